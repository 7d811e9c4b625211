// Gives freed memory back to the system after each busy time: as soon as no body is held, and a few
// times later, because the store seals its memtable, and compacts, only once writes have ended.

import CPlatform
import Synchronization

/// Remembers whether there is something to give back.
final class MemoryHousekeeping: Sendable {
    /// Ticks between two releases.
    private static let ticksBetween = 30
    /// Releases after the last request: the memtable is sealed before the last of them.
    private static let releasesMax = 3

    private struct State {
        var requests = 0
        var releasesLeft = 0
        var ticksLeft = 0
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
            if state.requests != requests {
                state.requests = requests
                state.releasesLeft = Self.releasesMax
            }
            state.ticksLeft -= 1
            guard state.releasesLeft > 0, state.ticksLeft < 0 else { return false }
            state.releasesLeft -= 1
            state.ticksLeft = Self.ticksBetween
            return true
        }
        if isDue { cplatform_release_free_memory() }
    }
}
