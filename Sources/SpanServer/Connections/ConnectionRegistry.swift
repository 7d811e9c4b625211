// All open connections. Bounds their number by closing the longest idle one, closes those of slow
// clients when `sweep` is called, and lets all end when the server stops.

import NIOCore
import SpanPlatform
import Synchronization

/// Keeps the connections of all listeners.
final class ConnectionRegistry: Sendable {
    private struct State {
        /// Those that count for the limit.
        var connections: [ObjectIdentifier: Connection] = [:]
        /// Those that have not gone: also the ones being closed for the limit.
        var aliveCount = 0
        var isDraining = false
        var closedAtLimit = 0
        /// Resumed when none is alive.
        var onEmpty: CheckedContinuation<Void, Never>?

        mutating func takeOnEmpty() -> CheckedContinuation<Void, Never>? {
            guard aliveCount == 0 else { return nil }
            defer { onEmpty = nil }
            return onEmpty
        }
    }

    private let limits: ServerLimits
    private let clock: any Clock
    private let openRequests: OpenRequests
    private let state = Mutex(State())

    init(limits: ServerLimits, clock: any Clock, openRequests: OpenRequests) {
        self.limits = limits
        self.clock = clock
        self.openRequests = openRequests
    }

    /// Open connections now.
    var count: Int { state.withLock { $0.connections.count } }

    /// Connections that were closed or refused because there were too many.
    var closedAtLimitCount: Int { state.withLock { $0.closedAtLimit } }

    /// Takes a new connection; nil when it must be closed: every other one is busy, or the server
    /// stops.
    func admit(_ channel: any Channel) -> Connection? {
        let connection = Connection(
            channel: channel, now: clock.monotonicNanoseconds(), openRequests: openRequests
        ) { self.remove($0) }
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
            state.aliveCount += 1
            return (true, victim)
        }
        victim?.closeIfIdle()
        guard isAdmitted else { return nil }
        channel.closeFuture.whenComplete { _ in connection.closed() }
        return connection
    }

    private func remove(_ connection: Connection) {
        let onEmpty = state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = nil
            state.aliveCount -= 1
            return state.takeOnEmpty()
        }
        onEmpty?.resume()
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

    /// Returns when every connection has gone. Once, after `drain`.
    func waitUntilEmpty() async {
        await withCheckedContinuation { continuation in
            let onEmpty = state.withLock { state in
                state.onEmpty = continuation
                return state.takeOnEmpty()
            }
            onEmpty?.resume()
        }
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
