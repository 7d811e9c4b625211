// Where the writer leaves the newest snapshot and readers take it: one reference under a lock.

import Synchronization

/// The newest snapshot of a store.
package final class SnapshotCell: Sendable {
    private let current = Mutex(Snapshot(sequence: 0, workspaces: [:]))

    /// The newest snapshot.
    package var latest: Snapshot { current.withLock { $0 } }

    func publish(_ snapshot: Snapshot) { current.withLock { $0 = snapshot } }
}
