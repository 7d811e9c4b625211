// The idempotency window: a retry is a no-op, the same key with other content a conflict, across
// seals, merges of runs and restarts.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting
import Testing

@Suite struct IdempotencyTests {
    private static func commit(
        key: UInt64, content: UInt64, step: Int = 1
    ) throws -> PreparedCommit {
        try PreparedCommit(
            workspace: "default",
            batches: [ColumnBatch.of([StoreFixture.metric(step)], table: Tables.metrics)],
            token: IdempotencyToken(key: key, content: content), ingestTime: 1)
    }

    private static func open(
        _ disk: SimFileSystem, window: Int = Limits.idempotencyWindowBatches
    ) throws -> Store {
        var options = StoreFixture.options
        options.idempotencyWindowBatches = window
        return try Store.open(
            directory: "store", fileSystem: disk, options: options, randomness: Randomness(seed: 1))
    }

    private static func rowCount(_ store: Store) throws -> Int {
        try TableReader.rows(
            store.snapshots.latest.tables(workspace: "default")
                .source(Tables.metrics, view: .raw)
        ).count
    }

    /// What a store says to a retry and to a conflict.
    private static func expectKnown(_ store: Store, key: UInt64, content: UInt64) throws {
        let rows = try rowCount(store)
        let results = store.commit([
            try commit(key: key, content: content), try commit(key: key, content: content + 1),
        ])
        #expect(results[0] == .success(.replayed))
        #expect(
            results[1] == .failure(.idempotencyConflict(key: String(key, radix: 16))))
        #expect(try rowCount(store) == rows)
    }

    @Test func retriesWithinOneGroupAreStoredOnce() throws {
        let store = try Self.open(SimFileSystem())
        let results = store.commit([
            try Self.commit(key: 1, content: 5), try Self.commit(key: 1, content: 5),
            try Self.commit(key: 1, content: 6), try Self.commit(key: 2, content: 6),
        ])
        #expect(results[0] == .success(.stored))
        #expect(results[1] == .success(.replayed))
        #expect(results[2] == .failure(.idempotencyConflict(key: "1")))
        #expect(results[3] == .success(.stored))
        #expect(try Self.rowCount(store) == 2)
    }

    @Test func keysSurviveSealsMergesAndRestarts() throws {
        let disk = SimFileSystem()
        var store = try Self.open(disk)
        for key in 0..<40 as Range<UInt64> {
            let result = store.commit([try Self.commit(key: key << 58 | key, content: key * 9)])
            #expect(result == [.success(.stored)])
            if key % 2 == 0 { try store.seal() }
            if key % 7 == 3 {
                try store.close()
                store = try Self.open(disk)
            }
            for known in 0...key {
                try Self.expectKnown(store, key: known << 58 | known, content: known * 9)
            }
        }
        #expect(disk.calls.contains { $0.hasPrefix("unlink") && $0.contains("idempotency-") })
        let names = try disk.list("store").filter { $0.hasPrefix("idempotency-") }
        #expect(names.count <= Limits.identityRunsMax)
    }

    @Test func theWindowRemembersAtLeastItsSizeAndForgetsTheOldest() throws {
        let disk = SimFileSystem()
        let window = 40
        let store = try Self.open(disk, window: window)
        let total = 600
        for key in 0..<total {
            _ = store.commit([try Self.commit(key: UInt64(key), content: 1)])
            if key % 3 == 2 { try store.seal() }
            for known in max(0, key - window)...key {
                let again = try Self.commit(key: UInt64(known), content: 1)
                #expect(store.commit([again]) == [.success(.replayed)], "\(known) at \(key)")
            }
        }
        #expect(store.commit([try Self.commit(key: 0, content: 2)]) == [.success(.stored)])
        let bytes = try #require(disk.contents("store/MANIFEST"))
        let manifest = try bytes.withUnsafeBytes {
            try ManifestCodec.decode($0, file: "MANIFEST")
        }
        let kept = manifest.idempotencyRuns.reduce(0) { $0 + Int($1.entryCount) }
        #expect(kept >= window && kept <= 4 * window)
    }
}
