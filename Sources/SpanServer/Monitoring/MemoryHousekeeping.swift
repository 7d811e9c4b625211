// Gives freed memory back to the system once after each busy time, when no body is held.

import CPlatform
import Synchronization

/// Remembers whether there is something to give back.
final class MemoryHousekeeping: Sendable {
    private let registry: ConnectionRegistry
    private let budget: BodyBudget
    private let wasBusy = Atomic(true)

    init(registry: ConnectionRegistry, budget: BodyBudget) {
        self.registry = registry
        self.budget = budget
    }

    /// Call about once a second. Costs a few milliseconds at the end of a busy time, else nothing.
    func tick() {
        if budget.reservedBytes > 0 {
            wasBusy.store(true, ordering: .relaxed)
        } else if wasBusy.exchange(false, ordering: .relaxed) {
            cplatform_release_free_memory()
        }
    }
}
