// The canonical script of the WAL's crash and fault tests, and what its readers check.

import SpanFormat
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting
import Testing

/// A log on a simulated disk whose batches can be told from their bytes.
struct WALScript {
    static let directory = "/store/wal"
    static let fileBytes = 2048

    /// Numbers of the batches whose sync returned.
    private(set) var acknowledged = 0
    /// Batches appended.
    private(set) var appended = 0
    /// Batches below the low-water mark of the manifest.
    private(set) var sealed = 0
    /// The low-water mark: the end of batch `sealed`.
    private(set) var lowWater: UInt64 = 0
    private var ends: [UInt64] = []
    private(set) var log: WriteAheadLog?

    static func options(recover: Bool = false, seed: UInt64 = 1) -> WriteAheadLog.Options {
        WriteAheadLog.Options(
            fileBytes: fileBytes, bytesMax: 16 * fileBytes, recover: recover,
            randomness: Randomness(seed: seed))
    }

    /// The payloads of batch `number`: 1–3 records of very different lengths.
    static func payloads(_ number: Int) -> [[UInt8]] {
        var generator = SeededGenerator(seed: UInt64(number))
        let lengths = [0, 1, 40, 200, 500, 900, 1_300, 1_950, 4_500]
        return (0...generator.int(below: 3)).map { _ in
            generator.bytes(lengths[generator.int(below: number % 5 == 0 ? lengths.count : 7)])
        }
    }

    /// Opens the log and takes what it replays; checks that batches are whole and in order.
    static func replay(
        _ disk: any FileSystem, from lowWater: UInt64 = 0, first: Int = 0, recover: Bool = false,
        seed: UInt64 = 99
    ) throws(StoreError) -> (log: WriteAheadLog, count: Int, ends: [UInt64]) {
        var next = first
        var ends: [UInt64] = []
        let log = try WriteAheadLog.open(
            directory: directory, fileSystem: disk, options: options(recover: recover, seed: seed),
            from: lowWater
        ) { batch in
            if recover, let number = batch.records.first?.firstSequence { next = Int(number) }
            #expect(batch.records.map(\.payload) == payloads(next))
            #expect(batch.records.allSatisfy { $0.firstSequence == next && $0.kind == 3 })
            ends.append(batch.end)
            next += 1
        }
        return (log, next - first, ends)
    }

    mutating func open(_ disk: any FileSystem) throws(StoreError) {
        try disk.createDirectory("/store")
        try disk.syncDirectory("/")
        log = try Self.replay(disk, from: lowWater, first: sealed, seed: 1).log
    }

    /// Appends batch `number`.
    static func append(_ number: Int, to log: WriteAheadLog) throws(StoreError) {
        let payloads = payloads(number)
        try log.reserve(payloads.reduce(0) { $0 + $1.count }, records: payloads.count)
        for (place, payload) in payloads.enumerated() {
            try log.append(
                kind: 3, isLast: place == payloads.count - 1, firstSequence: UInt64(number),
                payload: payload)
        }
    }

    mutating func append() throws(StoreError) {
        guard let log else { return }
        try Self.append(appended, to: log)
        appended += 1
        ends.append(log.position)
    }

    mutating func sync() throws(StoreError) {
        try log?.sync()
        acknowledged = appended
    }

    /// As if a manifest had taken over all acknowledged batches but the last `kept`.
    mutating func seal(keeping kept: Int) throws(StoreError) {
        sealed = max(sealed, acknowledged - kept)
        if sealed > 0 { lowWater = ends[sealed - 1] }
        try log?.release(below: lowWater)
    }

    /// Everything a log goes through: groups, rotation, long records, reuse, restart, a clean end.
    mutating func run(_ disk: any FileSystem) throws(StoreError) {
        try open(disk)
        for round in 0..<48 {
            try append()
            if round % 3 != 1 { try sync() }
            if round % 7 == 6 { try seal(keeping: 2) }
            if round % 20 == 13 {
                try sync()
                try log?.close()
                try open(disk)
            }
        }
        try sync()
        try log?.close()
    }

    /// What must hold of any disk after any crash of this script. Returns the number of batches.
    @discardableResult
    func check(_ disk: SimFileSystem, _ context: String) -> Int {
        do {
            try disk.createDirectory("/store")
            try disk.syncDirectory("/")
            let found = try Self.replay(disk, from: lowWater, first: sealed)
            let total = sealed + found.count
            #expect(total >= acknowledged, "\(context): lost an acknowledged batch")
            #expect(total <= appended + 1, "\(context): more than was written")
            return total
        } catch {
            Issue.record("\(context): \(error)")
            return 0
        }
    }
}
