// What runs beside the writer: seals, when the memtables are full or idle, and compactions, when
// there are too many segments. The writer is held for planning and installing alone.

import Dispatch
import SpanModel
import SpanPlatform

extension StoreWriter {
    /// Seals what was written so far and merges all that can be; returns when that is done. Commits
    /// go on meanwhile.
    package func compact() throws(StoreError) {
        let last = queue.sync { store.lastSequence }
        while queue.sync(execute: { store.memtableRows > 0 && store.sealedSequence < last }) {
            try sealQueue.sync { seal() }.get()
        }
        try compactionQueue.sync { compactDue(isEager: true) }.get()
    }

    // MARK: Seals

    /// Starts a seal, if none runs. On the writer's queue.
    func startSeal() {
        guard !state.isSealing, !isStopped else { return }
        state.isSealing = true
        sealQueue.async {
            if case .failure(let error) = self.seal() { self.log("seal failed: \(error)") }
        }
    }

    /// Seals the memtables. Only ever on `sealQueue`, so that there is one seal at a time.
    private func seal() -> Result<Void, StoreError> {
        let result = Result { () throws(StoreError) in
            let job = try run { store throws(StoreError) in
                self.state.isSealing = true
                return try store.planSeal()
            }.get()
            guard let job else { return }
            let written = try job.run()
            try run { store throws(StoreError) in try store.install(job, written) }.get()
        }
        queue.sync { sealEnded() }
        return result
    }

    private func sealEnded() {
        state.isSealing = false
        if state.isStalled {
            state.isStalled = false
            drain()
        }
        startCompaction()
        if store.memtableRows == 0 { ProcessMemory.release() }
    }

    /// Makes sure that a memtable which takes no write for a while is sealed, so that an idle
    /// store holds no rows. On the writer's queue.
    func setTimer() {
        guard !state.isTimerSet, store.memtableRows > 0 else { return }
        state.isTimerSet = true
        let last = store.lastSequence
        queue.asyncAfter(deadline: .now() + .seconds(Limits.memtableIdleSecondsMax)) {
            self.state.isTimerSet = false
            if self.store.lastSequence == last { self.startSeal() }
            self.setTimer()
        }
    }

    // MARK: Compactions

    /// Runs in the background what is due. On the writer's queue, when segments have changed.
    func startCompaction() {
        guard !state.isCompacting, !isStopped, store.planCompaction() != nil else { return }
        state.isCompacting = true
        compactionQueue.async {
            if case .failure(let error) = self.compactDue(isEager: false) {
                self.log("compaction failed: \(error)")
            }
            self.queue.sync { self.state.isCompacting = false }
        }
    }

    /// Runs every compaction that is due; only ever on `compactionQueue`, so that two never choose
    /// the same segments.
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
}
