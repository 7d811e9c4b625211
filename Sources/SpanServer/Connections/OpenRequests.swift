// How many requests of all connections are open: their head was read, their answer is not written.
// A request that is alone may write and sync on its own thread; others would wait for it. A question that is
// alone may be answered on the event loop when no other connection asks meanwhile either: two that ask in
// turns are each alone whenever the loop comes to them, and are better answered by two threads.

import Synchronization

/// Counts open requests; any thread.
package final class OpenRequests: Sendable {
    /// When requests came, in nanoseconds of the monotonic clock.
    private struct Senders {
        var last: ObjectIdentifier?
        var lastAt: UInt64 = 0
        /// The last request of another connection than `last`.
        var otherAt: UInt64 = 0
    }

    private let count = Atomic<Int>(0)
    private let senders = Mutex(Senders())
    /// Time without a request of another connection after which one counts as the only one.
    private static let quietNanoseconds: UInt64 = 5_000_000

    package init() {}

    /// Whether at most one request is open.
    package var isAlone: Bool { count.load(ordering: .relaxed) <= 1 }

    /// Whether at most one request is open, and only one connection has sent any for some milliseconds.
    package func isOfOnlyConnection(now: UInt64) -> Bool {
        isAlone && senders.withLock { now &- $0.otherAt >= Self.quietNanoseconds }
    }

    /// A connection's request was read.
    func began(on connection: ObjectIdentifier, now: UInt64) {
        count.wrappingAdd(1, ordering: .relaxed)
        senders.withLock { senders in
            if senders.last != connection {
                senders.otherAt = senders.lastAt
                senders.last = connection
            }
            senders.lastAt = now
        }
    }

    /// A request was answered.
    func ended() { count.wrappingAdd(-1, ordering: .relaxed) }
}
