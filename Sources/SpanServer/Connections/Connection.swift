// What the server knows of one open connection: enough to find idle ones, slow ones, and to let
// requests in flight end. Changed on the connection's event loop, read by the registry from any
// thread.

import NIOCore
import Synchronization

/// One accepted connection.
final class Connection: Sendable {
    private struct Phase {
        /// Requests whose head was read and whose answer is not written yet.
        var openRequests = 0
        /// Requests whose body comes in, answered or not.
        var bodies = 0
        var isClosed = false
        /// When the first byte of an unfinished head came; at first, when we accepted.
        var headStartedAt: UInt64?
        /// The last read, or the end of the last answer.
        var lastActivityAt: UInt64
        /// Since when the client has not taken what was written.
        var blockedSince: UInt64?
        var closesWhenIdle = false
    }

    let channel: any Channel
    private let all: OpenRequests
    private let onGone: @Sendable (Connection) -> Void
    private let phase: Mutex<Phase>

    /// `onGone` is called once, when the channel is closed and no request of it is being handled.
    init(
        channel: any Channel, now: UInt64, openRequests: OpenRequests,
        onGone: @escaping @Sendable (Connection) -> Void
    ) {
        self.channel = channel
        all = openRequests
        self.onGone = onGone
        phase = Mutex(Phase(headStartedAt: now, lastActivityAt: now))
    }

    // MARK: On the event loop

    /// Bytes were read; `mayStartHead`: those of a request, when none is open.
    func bytesCame(now: UInt64, mayStartHead: Bool) {
        phase.withLock {
            $0.lastActivityAt = now
            guard mayStartHead, $0.openRequests == 0, $0.bodies == 0 else { return }
            if $0.headStartedAt == nil { $0.headStartedAt = now }
        }
    }

    /// A request's head was read; its answer is not written yet.
    func requestBegan(now: UInt64) {
        phase.withLock {
            $0.openRequests += 1
            $0.bodies += 1
            $0.headStartedAt = nil
        }
        all.began(on: ObjectIdentifier(self), now: now)
    }

    /// The body of a request has ended.
    func bodyEnded() { phase.withLock { $0.bodies -= 1 } }

    /// The answer of a request is written, or nobody waits for it any more.
    func requestEnded(now: UInt64) {
        all.ended()
        let isGone = phase.withLock {
            $0.openRequests -= 1
            $0.lastActivityAt = now
            return $0.isClosed && $0.openRequests == 0
        }
        if isGone { onGone(self) }
    }

    /// The channel was closed.
    func closed() {
        let isGone = phase.withLock {
            $0.isClosed = true
            return $0.openRequests == 0
        }
        if isGone { onGone(self) }
    }

    /// The client takes what is written, or no longer does.
    func writabilityChanged(_ isWritable: Bool, now: UInt64) {
        phase.withLock { $0.blockedSince = isWritable ? nil : now }
    }

    /// Whether the connection ends with the answers to what was read so far.
    var closesWhenIdle: Bool { phase.withLock { $0.closesWhenIdle } }

    // MARK: On any thread

    /// When the connection became idle; nil while a request is open.
    var idleSince: UInt64? { phase.withLock { $0.openRequests > 0 ? nil : $0.lastActivityAt } }

    /// Whether the client has been too slow with a head, a body, or taking an answer.
    func isOverdue(now: UInt64, head: UInt64, stall: UInt64) -> Bool {
        phase.withLock {
            if let started = $0.headStartedAt, now &- started > head { return true }
            if let blocked = $0.blockedSince, now &- blocked > stall { return true }
            return $0.bodies > 0 && now &- $0.lastActivityAt > stall
        }
    }

    /// Closes the connection if no request is open; on its event loop, where that cannot change.
    func closeIfIdle() {
        channel.eventLoop.execute {
            if self.idleSince != nil { self.channel.close(promise: nil) }
        }
    }

    /// Closes the connection now, or after the answer that is being made.
    func drain() {
        phase.withLock { $0.closesWhenIdle = true }
        closeIfIdle()
    }
}
