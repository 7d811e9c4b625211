// The one writer under many threads: what it acknowledges is there, groups share a sync, stopping
// drains, limits refuse.

import Dispatch
import Glibc
import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting
import Synchronization
import Testing

@Suite struct WriterTests {
    typealias Outcome = Result<CommitOutcome, StoreError>

    /// Collects answers from any thread.
    private final class Answers: Sendable {
        private let outcomes = Mutex<[Outcome]>([])
        private let group = DispatchGroup()

        var all: [Outcome] { outcomes.withLock { $0 } }

        func expect() -> @Sendable (Outcome) -> Void {
            group.enter()
            return { outcome in
                self.outcomes.withLock { $0.append(outcome) }
                self.group.leave()
            }
        }

        func wait() { group.wait() }

        /// Whether all came within a time that only a failure takes.
        func arrive() -> Bool { group.wait(timeout: .now() + .seconds(30)) == .success }
    }

    private static func makeWriter(
        _ disk: SimFileSystem, rowsLeftToReplayMax: Int = Limits.rowsLeftToReplayMax,
        memtableRowsMax: Int = Limits.memtableRowsMax
    ) throws -> StoreWriter {
        var options = StoreFixture.options
        options.walFileBytes = 1 << 20
        options.rowsLeftToReplayMax = rowsLeftToReplayMax
        options.memtableRowsMax = memtableRowsMax
        let store = try Store.open(
            directory: "store", fileSystem: disk, options: options, randomness: Randomness(seed: 1))
        return StoreWriter(store: store) { _ in }
    }

    private static func commit(_ step: Int) throws -> PreparedCommit {
        try PreparedCommit(
            workspace: "default",
            batches: [ColumnBatch.of([StoreFixture.metric(step)], table: Tables.metrics)],
            token: nil, ingestTime: 1)
    }

    private static func steps(_ snapshot: Snapshot) throws -> Int {
        try TableReader.rows(
            snapshot.tables(workspace: "default").source(Tables.metrics, view: .dedup)
        ).count
    }

    /// Holds the writer's queue until the result is signalled.
    private static func hold(_ writer: StoreWriter) -> DispatchSemaphore {
        let held = DispatchSemaphore(value: 0)
        let release = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            _ = writer.run { _ in
                held.signal()
                release.wait()
            }
        }
        held.wait()
        return release
    }

    @Test func whatThreadsAreToldIsStoredIsThere() throws {
        let disk = SimFileSystem()
        let writer = try Self.makeWriter(disk)
        let answers = Answers()
        let (threads, each) = (4, 100)
        let prepared = try (0..<threads * each).map(Self.commit)
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            for index in 0..<each {
                let step = thread * each + index
                writer.submit(prepared[step], completion: answers.expect())
            }
        }
        answers.wait()
        #expect(answers.all == Array(repeating: .success(.stored), count: threads * each))
        #expect(try Self.steps(writer.snapshots.latest) == threads * each)
        try writer.stop()
        let again = try Self.makeWriter(disk.restart())
        #expect(try Self.steps(again.snapshots.latest) == threads * each)
        try again.stop()
    }

    @Test func waitingCommitsShareOneSync() throws {
        let disk = SimFileSystem()
        let writer = try Self.makeWriter(disk)
        let answers = Answers()
        writer.submit(try Self.commit(0), completion: answers.expect())
        answers.wait()
        let release = Self.hold(writer)
        let before = disk.calls.count
        for step in 1...50 { writer.submit(try Self.commit(step), completion: answers.expect()) }
        release.signal()
        answers.wait()
        let syncs = disk.calls[before...].filter { $0.hasPrefix("sync ") && $0.contains("wal-") }
        #expect(syncs.count == 1)
        #expect(answers.all.count == 51)
        try writer.stop()
    }

    @Test func beyondTheQueueLimitCommitsAreRefusedAtOnce() throws {
        let writer = try Self.makeWriter(SimFileSystem())
        let answers = Answers()
        let release = Self.hold(writer)
        for step in 0..<Limits.commitQueueBatchesMax {
            writer.submit(try Self.commit(step), completion: answers.expect())
        }
        #expect(answers.all.isEmpty)
        writer.submit(try Self.commit(-1), completion: answers.expect())
        #expect(
            answers.all == [.failure(.overloaded(limit: "waiting batches", retryAfterSeconds: 1))])
        release.signal()
        answers.wait()
        #expect(try Self.steps(writer.snapshots.latest) == Limits.commitQueueBatchesMax)
        try writer.stop()
    }

    /// While full memtables are written as segments, commits go into new ones; when those are full too,
    /// commits wait for the seal.
    @Test func commitsGoOnDuringASeal() throws {
        let disk = SimFileSystem()
        let writer = try Self.makeWriter(disk, memtableRowsMax: 10)
        let (isSealing, goOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        disk.beforeCalls { call in
            guard call.hasPrefix("createDirectory \(StoreFixture.workspace)") else { return }
            isSealing.signal()
            goOn.wait()
        }
        let full = Answers()
        for step in 0..<10 { writer.submit(try Self.commit(step), completion: full.expect()) }
        #expect(full.arrive())
        isSealing.wait()
        let meanwhile = Answers()
        for step in 10..<20 { writer.submit(try Self.commit(step), completion: meanwhile.expect()) }
        #expect(meanwhile.arrive())
        let beyond = Answers()
        writer.submit(try Self.commit(20), completion: beyond.expect())
        _ = writer.run { _ in }
        #expect(beyond.all.isEmpty)
        disk.beforeCalls(nil)
        goOn.signal()
        beyond.wait()
        #expect(try Self.steps(writer.snapshots.latest) == 21)
        try writer.stop()
    }

    /// A clean stop leaves few rows to replay; what it cannot seal stays in the log.
    @Test(arguments: [
        (rowsMax: 19, fails: false, replayed: 0), (rowsMax: 20, fails: false, replayed: 20),
        (rowsMax: 0, fails: true, replayed: 20),
    ])
    func stoppingSealsManyRows(rowsMax: Int, fails: Bool, replayed: Int) throws {
        let disk = SimFileSystem()
        let writer = try Self.makeWriter(disk, rowsLeftToReplayMax: rowsMax)
        let answers = Answers()
        for step in 0..<20 { writer.submit(try Self.commit(step), completion: answers.expect()) }
        answers.wait()
        if fails { disk.setFaults(FaultPlan([.init(call: disk.callCount + 1, errno: EIO)])) }
        try writer.stop()
        let again = try Self.makeWriter(disk.restart())
        #expect(try Self.steps(again.snapshots.latest) == 20)
        #expect(try again.run { $0.memtableRows }.get() == replayed)
        try again.stop()
    }

    @Test func stoppingDrainsAndThenRefuses() throws {
        let disk = SimFileSystem()
        let writer = try Self.makeWriter(disk)
        let answers = Answers()
        let release = Self.hold(writer)
        for step in 0..<20 { writer.submit(try Self.commit(step), completion: answers.expect()) }
        release.signal()
        try writer.stop()
        #expect(answers.all == Array(repeating: .success(.stored), count: 20))
        let late = Answers()
        writer.submit(try Self.commit(99), completion: late.expect())
        #expect(late.all == [.failure(.readOnly(reason: "the store is closing"))])
        let again = try Self.makeWriter(disk)
        #expect(try Self.steps(again.snapshots.latest) == 20)
        try again.stop()
    }
}
