// Gives a store its one writer: a serial queue. Commits that arrive while a sync is under way wait
// and share the next one; nobody waits on purpose. Compaction runs beside it on a queue of its own
// and comes back only to install its result. Idle, nothing runs: timers are set only while a memtable
// holds rows or texts are to be packed anew.
// Order of calls: any number of `submit`, `run`; `stop` once.

import Dispatch
import SpanFormat
import SpanModel
import SpanPlatform
import Synchronization

/// The writer of an open store, for any number of threads.
package final class StoreWriter: Sendable {
    package typealias Completion = @Sendable (Result<CommitOutcome, StoreError>) -> Void

    private struct Waiting {
        let commit: PreparedCommit
        let completion: Completion
    }

    private struct Inbox {
        var waiting: [Waiting] = []
        var isDraining = false
        var isStopped = false
    }

    /// What the writer's queue alone reads and changes.
    struct State {
        var isSealing = false
        /// Commits wait for the seal.
        var isStalled = false
        var isCompacting = false
        var isTimerSet = false
        var isIdleTimerSet = false
    }

    /// What readers see.
    package let snapshots: SnapshotCell
    /// Only ever touched on `queue`.
    nonisolated(unsafe) let store: Store
    /// Only ever touched on `queue`.
    nonisolated(unsafe) var state = State()
    let queue = DispatchQueue(label: "spand.writer")
    let sealQueue = DispatchQueue(label: "spand.seal")
    let compactionQueue = DispatchQueue(label: "spand.compaction")
    /// A compaction waits for the queue that recompression may hold.
    let isCompactionDue = Atomic(false)
    /// Callers that wait for a compaction.
    let awaitedCompactions = Atomic(0)
    private let inbox = Mutex(Inbox())
    let log: @Sendable (String) -> Void

    /// Takes over an open store; `log` gets one line per failed background task.
    package init(store: Store, log: @escaping @Sendable (String) -> Void) {
        self.store = store
        self.log = log
        snapshots = store.snapshots
        store.files.damage.onRaise { [weak self] in self?.noteDamage() }
        queue.async {
            self.setTimer()
            self.startCompaction()
        }
    }

    /// Stores a commit and calls back when it is durable and visible, or refused. Refuses at once
    /// when `Limits.commitQueueBatchesMax` commits wait. With `onThisThread` the first waiter
    /// writes and syncs for all itself: for small commits waking another thread costs as much as
    /// the sync.
    package func submit(
        _ commit: PreparedCommit, onThisThread: Bool = false, completion: @escaping Completion
    ) {
        var isFirst = false
        let refusal: StoreError? = inbox.withLock { inbox in
            if inbox.isStopped { return .readOnly(reason: "the store is closing") }
            guard inbox.waiting.count < Limits.commitQueueBatchesMax else {
                return .overloaded(limit: "waiting batches", retryAfterSeconds: 1)
            }
            inbox.waiting.append(Waiting(commit: commit, completion: completion))
            isFirst = !inbox.isDraining
            inbox.isDraining = true
            return nil
        }
        if let refusal { completion(.failure(refusal)) }
        guard isFirst else { return }
        if onThisThread, queue.sync(execute: commitAndEnd) { return }
        queue.async { self.drain() }
    }

    /// Commits what waits, once; true when nothing has come meanwhile and draining is over.
    private func commitAndEnd() -> Bool {
        commitWaiting()
        let hasEnded = inbox.withLock { inbox in
            inbox.isDraining = !inbox.waiting.isEmpty
            return !inbox.isDraining
        }
        if hasEnded { setTimer() }
        return hasEnded
    }

    /// Runs `body` on the store, between commits.
    package func run<T: Sendable>(
        _ body: @escaping @Sendable (Store) throws(StoreError) -> T
    ) -> Result<T, StoreError> {
        queue.sync {
            Result { () throws(StoreError) in try body(store) }
        }
    }

    /// Commits what waits, seals what the next start would replay for long, closes the store and
    /// refuses everything from now on.
    package func stop() throws(StoreError) {
        inbox.withLock { $0.isStopped = true }
        sealQueue.sync {}
        compactionQueue.sync {}
        queue.sync { _ = commitWaiting() }
        sealQueue.sync(execute: sealBeforeStop)
        try run { store throws(StoreError) in try store.close() }.get()
    }

    /// Whether `stop` was called.
    var isStopped: Bool { inbox.withLock { $0.isStopped } }

    /// Commits until nothing waits, or until a seal must end first.
    func drain() {
        while commitWaiting() {}
        setTimer()
    }

    /// Commits everything that waits as one group; false when nothing did, or when it has to wait.
    @discardableResult
    private func commitWaiting() -> Bool {
        if state.isSealing, store.isSealDue {
            state.isStalled = true
            return false
        }
        let group = inbox.withLock { inbox in
            let group = inbox.waiting
            inbox.waiting = []
            if group.isEmpty { inbox.isDraining = false }
            return group
        }
        if group.isEmpty { return false }
        for (result, waiting) in zip(store.commit(group.map(\.commit)), group) {
            waiting.completion(result)
        }
        if store.isSealDue { startSeal() }
        return true
    }
}
