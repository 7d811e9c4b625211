// The one byte budget of all request bodies (design §4.1). A request reserves before it reads;
// what does not fit is refused with `overloaded`, so memory never grows with load.

import SpanModel
import Synchronization

/// Counts the bytes that request bodies hold.
package final class BodyBudget: Sendable {
    package let capacityBytes: Int
    private let reserved = Mutex(0)

    package init(capacityBytes: Int) { self.capacityBytes = capacityBytes }

    /// Bytes that are reserved now.
    package var reservedBytes: Int { reserved.withLock { $0 } }

    fileprivate func take(_ bytes: Int) -> Bool {
        reserved.withLock { reserved in
            guard bytes <= capacityBytes - reserved else { return false }
            reserved += bytes
            return true
        }
    }

    fileprivate func give(_ bytes: Int) { reserved.withLock { $0 -= bytes } }
}

/// One request's share of the budget, given back at deinit.
package final class BodyReservation: Sendable {
    private let budget: BodyBudget
    private let held = Mutex(0)

    package init(_ budget: BodyBudget) { self.budget = budget }

    deinit { budget.give(held.withLock { $0 }) }

    /// Raises the share to `total` bytes. Throws `overloaded` when it does not fit now.
    package func grow(to total: Int) throws(StoreError) {
        let isHeld = held.withLock { held in
            if total <= held { return true }
            guard budget.take(total - held) else { return false }
            held = total
            return true
        }
        if !isHeld {
            throw .overloaded(limit: "request bodies in memory", retryAfterSeconds: 1)
        }
    }
}
