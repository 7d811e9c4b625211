// What runs beside the writer: seals, when the memtables are full or idle, and compactions, when
// there are too many segments. The writer is held for planning and installing alone.

import Dispatch
import SpanModel
import SpanPlatform
import Synchronization

extension StoreWriter {
    /// Seals what was written so far and merges all that can be, and with `recompresses` packs all
    /// texts anew; returns when that is done. Commits go on meanwhile.
    package func compact(recompresses: Bool = false) throws(StoreError) {
        awaitedCompactions.add(1, ordering: .relaxed)
        defer { awaitedCompactions.subtract(1, ordering: .relaxed) }
        let last = queue.sync { store.lastSequence }
        while queue.sync(execute: { store.memtableRows > 0 && store.sealedSequence < last }) {
            try sealQueue.sync { seal() }.get()
        }
        try compactionQueue.sync { compactDue(isEager: true) }.get()
        guard recompresses else { return }
        try compactionQueue.sync { recompressAll() }.get()
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
    func seal() -> Result<Void, StoreError> {
        let result = Result { () throws(StoreError) in
            let job = try run { store throws(StoreError) in
                self.state.isSealing = true
                let job = try store.planSeal()
                self.endStall()
                return job
            }.get()
            guard let job else { return }
            let written = try job.run()
            try run { store throws(StoreError) in try store.install(job, written) }.get()
        }
        queue.sync { sealEnded() }
        return result
    }

    /// Seals memtables of many rows; the log keeps them if that fails. On `sealQueue`, when nothing
    /// is committed any more.
    func sealBeforeStop() {
        let isDue = queue.sync {
            store.failure == nil && store.memtableRows > store.options.rowsLeftToReplayMax
        }
        guard isDue, case .failure(let error) = seal() else { return }
        log("seal failed: \(error)")
    }

    private func sealEnded() {
        state.isSealing = false
        endStall()
        startCompaction()
        releaseMemory()
    }

    /// Lets commits go on that met full memtables: new ones take them as soon as the full ones are frozen,
    /// and stall again only when those too are full before the seal has ended.
    private func endStall() {
        guard state.isStalled else { return }
        state.isStalled = false
        queue.async { self.drain() }
    }

    /// Gives what a seal or a compaction has used back to the system, unless writes go on and would
    /// take it again.
    private func releaseMemory() {
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

    // MARK: Damage

    /// Lists damage that a reader has found. From any thread.
    func noteDamage() {
        queue.async {
            guard !self.isStopped else { return }
            do throws(StoreError) {
                try self.store.listDamage()
            } catch {
                self.log("damage could not be listed: \(error)")
            }
        }
    }

    // MARK: Compactions

    /// Runs in the background what is due. On the writer's queue, when segments have changed.
    func startCompaction() {
        guard !isStopped, store.planCompaction() != nil || store.planRunMerge() != nil else {
            setIdleTimer()
            return
        }
        // Recompression in progress gives way.
        isCompactionDue.store(true, ordering: .relaxed)
        guard !state.isCompacting else { return }
        state.isCompacting = true
        compactionQueue.async {
            if case .failure(let error) = self.compactDue(isEager: false), !self.isStopped {
                self.log("compaction failed: \(error)")
            }
            self.queue.sync {
                self.state.isCompacting = false
                self.setIdleTimer()
                self.releaseMemory()
            }
        }
    }

    // MARK: Recompression

    /// Looks now and then whether there is time to pack texts anew, as long as some have to be. On
    /// the writer's queue.
    private func setIdleTimer() {
        guard !state.isIdleTimerSet, !state.isCompacting, !isStopped,
            store.planRecompression() != nil
        else { return }
        state.isIdleTimerSet = true
        let last = store.lastSequence
        queue.asyncAfter(deadline: .now() + .seconds(Limits.idleLookSeconds)) {
            self.state.isIdleTimerSet = false
            if self.store.lastSequence - last <= UInt64(Limits.idleRowsMax) {
                self.startRecompression()
            } else {
                self.setIdleTimer()
            }
        }
    }

    private func startRecompression() {
        guard !state.isCompacting, !isStopped else { return }
        state.isCompacting = true
        compactionQueue.async {
            do throws(StoreError) {
                while try self.recompressOne(givingWay: true) {}
            } catch {
                switch error {
                case .overloaded, .storageFull: break
                default: self.log("recompression failed: \(error)")
                }
            }
            self.queue.sync {
                self.state.isCompacting = false
                self.startCompaction()
                self.releaseMemory()
            }
        }
    }

    private func recompressAll() -> Result<Void, StoreError> {
        Result { () throws(StoreError) in
            while try recompressOne(givingWay: false) {}
        }
    }

    /// Packs the texts of the next segment anew; false when there is none. Only ever on
    /// `compactionQueue`. With `givingWay` throws `overloaded` when a compaction is due or the store
    /// is to stop: what was done is thrown away.
    private func recompressOne(givingWay: Bool) throws(StoreError) -> Bool {
        let checkpoint: Checkpoint = { [self] () throws(StoreError) in
            if isStopped || givingWay && isCompactionDue.load(ordering: .relaxed) {
                throw .overloaded(limit: "recompression gives way", retryAfterSeconds: 1)
            }
        }
        let planned = queue.sync { store.planRecompression(checkpoint: checkpoint) }
        guard let planned else { return false }
        let result = try planned.run()
        try run { store throws(StoreError) in try store.install(planned, result) }.get()
        return true
    }

    // MARK: Running

    /// All cores while somebody waits for a compaction, else one.
    @Sendable private func coresToUse() -> Int {
        awaitedCompactions.load(ordering: .relaxed) > 0 ? Processors.count : 1
    }

    /// Runs every compaction that is due; only ever on `compactionQueue`, so that two never choose
    /// the same segments.
    private func compactDue(isEager: Bool) -> Result<Void, StoreError> {
        isCompactionDue.store(false, ordering: .relaxed)
        return Result { () throws(StoreError) in
            while true {
                try mergeRuns()
                let job = queue.sync {
                    store.planCompaction(
                        isEager: isEager, checkpoint: requireRunning, workers: coresToUse)
                }
                guard let job else { return }
                let result = try job.run()
                try run { store throws(StoreError) in try store.install(job, result) }.get()
            }
        }
    }

    /// The checkpoint of compactions: a store that is to stop does not wait for them.
    @Sendable func requireRunning() throws(StoreError) {
        if isStopped { throw .readOnly(reason: "the store is closing") }
    }

    /// Merges identity and idempotency runs while there are too many.
    private func mergeRuns() throws(StoreError) {
        while let job = queue.sync(execute: { store.planRunMerge() }) {
            let merged = try job.run()
            try run { store throws(StoreError) in try store.install(job, merged) }.get()
        }
    }
}
