// Gives a store its one writer: a serial queue. Commits that arrive while a sync is under way wait
// and share the next one; nobody waits on purpose. Compaction runs beside it on a queue of its own
// and comes back only to install its result. Idle, nothing runs: the one timer is set only while a
// memtable holds rows.
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

    /// What readers see.
    package let snapshots: SnapshotCell
    /// Only ever touched on `queue`.
    private nonisolated(unsafe) let store: Store
    private let queue = DispatchQueue(label: "spand.writer")
    private let compactionQueue = DispatchQueue(label: "spand.compaction")
    private let inbox = Mutex(Inbox())
    private let isCompacting = Atomic(false)
    private let isTimerSet = Atomic(false)
    private let log: @Sendable (String) -> Void

    /// Takes over an open store; `log` gets one line per failed background task.
    package init(store: Store, log: @escaping @Sendable (String) -> Void) {
        self.store = store
        self.log = log
        snapshots = store.snapshots
        queue.async { self.afterWrite() }
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
        if hasEnded { afterWrite() }
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

    /// Seals the memtables and merges all that can be; returns when that is done. Commits go on
    /// meanwhile.
    package func compact() throws(StoreError) {
        try run { store throws(StoreError) in try store.seal() }.get()
        try compactionQueue.sync { compactDue(isEager: true) }.get()
    }

    /// Commits what waits, closes the store and refuses everything from now on.
    package func stop() throws(StoreError) {
        inbox.withLock { $0.isStopped = true }
        compactionQueue.sync {}
        let result: Result<Void, StoreError> = queue.sync {
            commitWaiting()
            return Result { () throws(StoreError) in try store.close() }
        }
        try result.get()
    }

    private func drain() {
        while commitWaiting() {}
        afterWrite()
    }

    /// Commits everything that waits as one group; false when nothing did.
    @discardableResult
    private func commitWaiting() -> Bool {
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
        if store.isSealDue { attempt("seal") { store throws(StoreError) in try store.seal() } }
        return true
    }

    /// What is due when the queue has nothing to commit.
    private func afterWrite() {
        if store.memtableRows > 0 { setTimer() }
        startCompaction()
    }

    /// Seals a memtable that took no write for a while, so that an idle store holds no rows.
    private func setTimer() {
        guard !isTimerSet.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let rows = store.lastSequence
        queue.asyncAfter(deadline: .now() + .seconds(Limits.memtableIdleSecondsMax)) {
            self.isTimerSet.store(false, ordering: .releasing)
            if self.store.lastSequence == rows {
                self.attempt("seal") { store throws(StoreError) in try store.seal() }
                ProcessMemory.release()
            }
            self.afterWrite()
        }
    }

    /// Runs in the background what is due.
    private func startCompaction() {
        guard store.planCompaction() != nil,
            !isCompacting.exchange(true, ordering: .acquiringAndReleasing)
        else { return }
        compactionQueue.async {
            if case .failure(let error) = self.compactDue(isEager: false) {
                self.log("compaction failed: \(error)")
            }
            self.isCompacting.store(false, ordering: .releasing)
        }
    }

    /// Runs every compaction that is due; only ever on `compactionQueue`, so that two never choose
    /// the same segments. The writer is held for planning and installing alone.
    private func compactDue(isEager: Bool) -> Result<Void, StoreError> {
        Result { () throws(StoreError) in
            while true {
                let job = queue.sync { store.planCompaction(isEager: isEager) }
                guard let job else { return }
                let result = try job.run()
                try run { store throws(StoreError) in try store.install(job, result) }.get()
            }
        }
    }

    private func attempt(_ task: String, _ body: (Store) throws(StoreError) -> Void) {
        do {
            try body(store)
        } catch {
            log("\(task) failed: \(error)")
        }
    }
}
