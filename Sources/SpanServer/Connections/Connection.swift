// What the server knows of one open connection: enough to find idle ones, slow ones, and to let
// requests in flight end. Changed by the handlers on the connection's event loop, read by the
// registry from any thread.

import NIOCore
import Synchronization

/// One accepted connection.
final class Connection: Sendable {
    /// Where the connection is in the life of its requests.
    struct Phase {
        /// Requests whose head was read and whose answer is not written yet.
        var openRequests = 0
        var isReadingBody = false
        /// Body bytes of the request that is being read.
        var bodyBytes = 0
        /// When the first byte of an unfinished head came; at first, when we accepted.
        var headStartedAt: UInt64?
        /// The last read, or the end of the last answer.
        var lastActivityAt: UInt64
        /// Since when the client has not taken what was written.
        var blockedSince: UInt64?
        var closesAfterAnswer = false
    }

    let channel: any Channel
    let phase: Mutex<Phase>

    init(channel: any Channel, now: UInt64) {
        self.channel = channel
        phase = Mutex(Phase(headStartedAt: now, lastActivityAt: now))
    }

    /// When the connection became idle; nil while a request is open.
    var idleSince: UInt64? {
        phase.withLock { $0.openRequests == 0 ? $0.lastActivityAt : nil }
    }

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
        channel.eventLoop.execute {
            let isIdle = self.phase.withLock {
                $0.closesAfterAnswer = true
                return $0.openRequests == 0
            }
            if isIdle { self.channel.close(promise: nil) }
        }
    }
}
