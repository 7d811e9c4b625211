// Gives freed memory back to the system after each busy time: once nobody has asked for a while and no body
// is held, and a few times later, because the store seals its memtable, and compacts, only once writes have
// ended. Who asks every few seconds, as a dashboard does, finds the memory of the answer before in place; of a
// day without a pause it is given back now and then.

import CPlatform
import SpanColumns
import Synchronization

/// Remembers whether there is something to give back.
final class MemoryHousekeeping: Sendable {
    /// Ticks without a request before a release.
    private static let quietTicks = 20
    /// Ticks between two releases.
    private static let ticksBetween = 30
    /// The same while requests come.
    private static let busyTicksBetween = 300
    /// Releases after the last request: the memtable is sealed before the last of them.
    private static let releasesMax = 3

    private struct State {
        var requests = 0
        var releasesLeft = 0
        var ticksSinceRequest = 0
        var ticksSinceRelease = 0
    }

    private let budget: BodyBudget
    private let metrics: ServerMetrics
    private let state = Mutex(State())

    init(budget: BodyBudget, metrics: ServerMetrics) {
        self.budget = budget
        self.metrics = metrics
    }

    /// Call about once a second. A release costs a few milliseconds; a tick without one, nothing.
    func tick() {
        guard budget.reservedBytes == 0 else { return }
        let requests = metrics.requestCount
        let isDue = state.withLock { state in
            state.ticksSinceRequest += 1
            state.ticksSinceRelease += 1
            if state.requests != requests {
                state.requests = requests
                state.releasesLeft = Self.releasesMax
                state.ticksSinceRequest = 0
            }
            let isQuiet = state.ticksSinceRequest >= Self.quietTicks
            let least = isQuiet ? Self.ticksBetween : Self.busyTicksBetween
            guard state.releasesLeft > 0, state.ticksSinceRelease > least else { return false }
            state.releasesLeft -= 1
            state.ticksSinceRelease = 0
            return true
        }
        if !isDue { return }
        TextDictionaryCache.release()
        cplatform_release_free_memory()
    }
}
