// What the server knows of one open connection: enough to find idle ones, slow ones, and to let
// requests in flight end. Changed on the connection's event loop, read by the registry from any
// thread.

import NIOCore
import Synchronization

/// One accepted connection.
final class Connection: Sendable {
    private struct Phase {
        var isRequestOpen = false
        var isReadingBody = false
        /// When the first byte of an unfinished head came; at first, when we accepted.
        var headStartedAt: UInt64?
        /// The last read, or the end of the last answer.
        var lastActivityAt: UInt64
        /// Since when the client has not taken what was written.
        var blockedSince: UInt64?
        var closesWhenIdle = false
    }

    let channel: any Channel
    private let phase: Mutex<Phase>

    init(channel: any Channel, now: UInt64) {
        self.channel = channel
        phase = Mutex(Phase(headStartedAt: now, lastActivityAt: now))
    }

    // MARK: On the event loop

    /// Bytes were read.
    func bytesCame(now: UInt64) {
        phase.withLock {
            $0.lastActivityAt = now
            if !$0.isRequestOpen, $0.headStartedAt == nil { $0.headStartedAt = now }
        }
    }

    /// A request's head was read; its answer is not written yet.
    func requestBegan() {
        phase.withLock {
            $0.isRequestOpen = true
            $0.headStartedAt = nil
            $0.isReadingBody = true
        }
    }

    /// The request's body was read to its end.
    func bodyEnded() { phase.withLock { $0.isReadingBody = false } }

    /// The answer is written.
    func requestEnded(now: UInt64) {
        phase.withLock {
            $0.isRequestOpen = false
            $0.lastActivityAt = now
        }
    }

    /// The client takes what is written, or no longer does.
    func writabilityChanged(_ isWritable: Bool, now: UInt64) {
        phase.withLock { $0.blockedSince = isWritable ? nil : now }
    }

    /// Whether the connection ends with the answers to what was read so far.
    var closesWhenIdle: Bool { phase.withLock { $0.closesWhenIdle } }

    // MARK: On any thread

    /// When the connection became idle; nil while a request is open.
    var idleSince: UInt64? { phase.withLock { $0.isRequestOpen ? nil : $0.lastActivityAt } }

    /// Whether the client has been too slow with a head, a body, or taking an answer.
    func isOverdue(now: UInt64, head: UInt64, stall: UInt64) -> Bool {
        phase.withLock {
            if let started = $0.headStartedAt, now &- started > head { return true }
            if let blocked = $0.blockedSince, now &- blocked > stall { return true }
            return $0.isReadingBody && now &- $0.lastActivityAt > stall
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
