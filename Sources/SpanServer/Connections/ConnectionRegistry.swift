// All open connections. Bounds their number by closing the longest idle one, closes those of slow
// clients when `sweep` is called, and lets all end when the server stops.

import NIOCore
import SpanPlatform
import Synchronization

/// Keeps the connections of all listeners.
final class ConnectionRegistry: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var isDraining = false
        var closedAtLimit = 0
    }

    private let limits: ServerLimits
    private let clock: any Clock
    private let state = Mutex(State())

    init(limits: ServerLimits, clock: any Clock) {
        self.limits = limits
        self.clock = clock
    }

    /// Open connections now.
    var count: Int { state.withLock { $0.connections.count } }

    /// Connections that were closed or refused because there were too many.
    var closedAtLimitCount: Int { state.withLock { $0.closedAtLimit } }

    /// Takes a new connection; nil when it must be closed: every other one is busy, or the server
    /// stops.
    func admit(_ channel: any Channel) -> Connection? {
        let connection = Connection(channel: channel, now: clock.monotonicNanoseconds())
        let (isAdmitted, victim) = state.withLock { state -> (Bool, Connection?) in
            if state.isDraining { return (false, nil) }
            var victim: Connection?
            if state.connections.count >= limits.connectionsMax {
                state.closedAtLimit += 1
                victim = Self.longestIdle(state.connections.values)
                guard let victim else { return (false, nil) }
                state.connections[ObjectIdentifier(victim)] = nil
            }
            state.connections[ObjectIdentifier(connection)] = connection
            return (true, victim)
        }
        victim?.closeIfIdle()
        return isAdmitted ? connection : nil
    }

    /// Forgets a connection that was closed.
    func remove(_ connection: Connection) {
        state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
    }

    /// Closes the connections of slow clients. Call about once a second.
    func sweep() {
        let now = clock.monotonicNanoseconds()
        let head = UInt64(limits.headSecondsMax * 1e9)
        let stall = UInt64(limits.stallSecondsMax * 1e9)
        for connection in all where connection.isOverdue(now: now, head: head, stall: stall) {
            connection.channel.close(promise: nil)
        }
    }

    /// Closes idle connections, and the others after their answer; no more are admitted.
    func drain() {
        state.withLock { $0.isDraining = true }
        for connection in all { connection.drain() }
    }

    /// Closes all connections now.
    func closeAll() {
        for connection in all { connection.channel.close(promise: nil) }
    }

    private var all: [Connection] { state.withLock { Array($0.connections.values) } }

    private static func longestIdle(
        _ connections: Dictionary<ObjectIdentifier, Connection>.Values
    ) -> Connection? {
        var found: (connection: Connection, since: UInt64)?
        for connection in connections {
            guard let since = connection.idleSince else { continue }
            if let best = found, best.since <= since { continue }
            found = (connection, since)
        }
        return found?.connection
    }
}
