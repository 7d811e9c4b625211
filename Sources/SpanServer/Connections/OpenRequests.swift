// How many requests of all connections are open: their head was read, their answer is not written.
// A request that is alone may write and sync on its own thread; others would wait for it.

import Synchronization

/// Counts open requests; any thread.
package final class OpenRequests: Sendable {
    private let count = Atomic<Int>(0)

    package init() {}

    /// Whether at most one request is open.
    package var isAlone: Bool { count.load(ordering: .relaxed) <= 1 }

    func add(_ change: Int) { count.wrappingAdd(change, ordering: .relaxed) }
}
