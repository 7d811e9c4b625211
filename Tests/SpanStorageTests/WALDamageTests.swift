// Damage of log files: nothing that was proven durable is lost in silence (R5, R6, R7).

import SpanFormat
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting
import Testing

/// One way to damage the log of `WALDamageTests`, and what opening must say.
struct WALDamageCase: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Equatable {
        /// An error that names this region.
        case corruption(String)
        case unsupportedVersion
        /// This many batches, and whether something was set aside.
        case batches(Int, quarantined: Bool)
    }

    let testDescription: String
    let outcome: Outcome
    let damage: @Sendable (SimFileSystem, [UInt64]) throws -> Void

    init(
        _ name: String, _ outcome: Outcome,
        _ damage: @escaping @Sendable (SimFileSystem, [UInt64]) throws -> Void
    ) {
        testDescription = name
        self.outcome = outcome
        self.damage = damage
    }
}

struct WALDamageTests {
    static let path = WriteAheadLogTests.path
    static let batchCount = 14

    /// The file and the offset in it of the record that starts batch `number`.
    static func start(_ ends: [UInt64], _ number: Int) -> (UInt64, Int) {
        let length = UInt64(WALScript.fileBytes)
        let layout = WALLayout(fileBytes: length)
        let position = layout?.next(number == 0 ? 0 : ends[number - 1]) ?? 0
        return (position / length, Int(position % length))
    }

    /// Xors one byte of the record that starts batch `number`.
    static func flip(
        _ disk: SimFileSystem, _ ends: [UInt64], batch number: Int, byte: Int
    ) throws {
        let (index, offset) = start(ends, number)
        try WriteAheadLogTests.edit(disk, index) { $0[offset + byte] ^= 0x10 }
    }

    static let last = batchCount - 1
    static let cases: [WALDamageCase] = [
        .init("header checksum of a proven record", .corruption("WAL record")) {
            try flip($0, $1, batch: 4, byte: 0)
        },
        .init("stamp of a proven record", .corruption("WAL record")) {
            try flip($0, $1, batch: 4, byte: 4)
        },
        .init("length of a proven record", .corruption("WAL record")) {
            try flip($0, $1, batch: 4, byte: 12)
        },
        .init("flags of a proven record", .corruption("WAL record")) {
            try flip($0, $1, batch: 4, byte: 33)
        },
        .init("payload of a proven record", .corruption("WAL record")) {
            try flip($0, $1, batch: 6, byte: 41)
        },
        .init("payload of the last record", .batches(batchCount - 1, quarantined: true)) {
            try flip($0, $1, batch: last, byte: 41)
        },
        .init("header of the last record", .batches(batchCount - 1, quarantined: true)) {
            try flip($0, $1, batch: last, byte: 1)
        },
        .init("stamp of the last record", .batches(batchCount - 1, quarantined: true)) {
            try flip($0, $1, batch: last, byte: 4)
        },
        .init("junk behind the end", .batches(batchCount, quarantined: true)) { disk, ends in
            let (index, offset) = start(ends, batchCount)
            try WriteAheadLogTests.edit(disk, index) { $0[offset + 3] = 9 }
        },
        .init("the first sector of a file zeroed", .corruption("WAL file header")) { disk, _ in
            try WriteAheadLogTests.edit(disk, 1) {
                $0.replaceSubrange(0..<512, with: repeatElement(0, count: 512))
            }
        },
        .init("a sector of records zeroed", .corruption("WAL record")) { disk, _ in
            try WriteAheadLogTests.edit(disk, 1) {
                $0.replaceSubrange(1024..<1536, with: repeatElement(0, count: 512))
            }
        },
        .init("two files swapped", .corruption("WAL file header")) { disk, _ in
            let (one, two) = (disk.contents(path(1)), disk.contents(path(2)))
            disk.replace(path(1), with: two ?? [])
            disk.replace(path(2), with: one ?? [])
        },
        .init("a file in the place of another", .corruption("WAL file header")) { disk, _ in
            disk.replace(path(2), with: disk.contents(path(1)) ?? [])
        },
        .init("a file missing in the middle", .corruption("WAL")) { disk, _ in
            disk.remove(path(1))
        },
        .init("the first file missing", .corruption("WAL")) { disk, _ in disk.remove(path(0)) },
        .init("a file too long", .corruption("WAL file")) { disk, _ in
            try WriteAheadLogTests.edit(disk, 1) { $0.append(0) }
        },
        .init("a file cut", .corruption("WAL file")) { disk, _ in
            try WriteAheadLogTests.edit(disk, 1) { $0.removeLast(512) }
        },
        .init("an empty file", .corruption("WAL file header")) { disk, _ in
            disk.replace(path(2), with: [])
        },
        .init("a newer format", .unsupportedVersion) { disk, _ in
            try WriteAheadLogTests.edit(disk, 1) { $0[8] = 7 }
        },
        .init("a file of another incarnation", .corruption("WAL record")) { disk, _ in
            try WriteAheadLogTests.edit(disk, 1) {
                let other = WALFileHeader(
                    index: 1, incarnation: 77, fileBytes: UInt64(WALScript.fileBytes))
                $0.replaceSubrange(0..<64, with: other.encoded())
            }
        },
        .init("a file of another length", .corruption("WAL file header")) { disk, _ in
            let other = WALFileHeader(index: 1, incarnation: 77, fileBytes: 4096)
            disk.replace(path(1), with: other.encoded() + [UInt8](repeating: 0, count: 4032))
        },
        .init("unfinished and foreign files", .batches(batchCount, quarantined: false)) { disk, _ in
            for name in ["wal-00000000000000ff.tmp", "notes", "wal-1.log"] {
                disk.replace("\(WALScript.directory)/\(name)", with: [1])
            }
        },
    ]

    @Test("Named damage", arguments: cases)
    func damage(damage: WALDamageCase) throws {
        let (disk, ends) = try WriteAheadLogTests.disk(Self.batchCount)
        try damage.damage(disk, ends)
        let before = disk.restart()
        do {
            let found = try WALScript.replay(disk)
            let tails = found.log.recovery.quarantined
            #expect(damage.outcome == .batches(found.count, quarantined: !tails.isEmpty))
            for name in tails {
                #expect(
                    disk.contents("\(WALScript.directory)/quarantine/\(name)")?.isEmpty == false)
            }
            // What was set aside is gone from the log: the next opening is clean.
            let again = try WALScript.replay(disk)
            #expect(again.count == found.count)
            #expect(again.log.recovery.quarantined == [])
            #expect(again.log.position == found.log.position)
        } catch {
            switch error {
            case StoreError.corruption(_, _, let region, _):
                #expect(damage.outcome == .corruption(region), "\(error)")
            case StoreError.unsupportedVersion: #expect(damage.outcome == .unsupportedVersion)
            default: Issue.record("\(error)")
            }
            // A refused log is left as it was.
            for index in 0..<4 as Range<UInt64> {
                #expect(disk.contents(Self.path(index)) == before.contents(Self.path(index)))
            }
        }
    }

    @Test("Recovery on request keeps every batch behind the damage", arguments: 0..<batchCount - 2)
    func recover(number: Int) throws {
        let (disk, ends) = try WriteAheadLogTests.disk(Self.batchCount)
        try Self.flip(disk, ends, batch: number, byte: 1)
        #expect(throws: StoreError.self) { _ = try WALScript.replay(disk) }
        let found = try WALScript.replay(disk, recover: true)
        #expect(found.ends == ends.filter { $0 != ends[number] })
        #expect(found.log.recovery.skipped.count == 1)
        try WALScript.append(Self.batchCount, to: found.log)
        try found.log.close()
        #expect(
            try WALScript.replay(disk, recover: true).ends.count == Self.batchCount)
    }

    @Test(
        "Recovery on request passes over whole files",
        arguments: [0, 1, 2, 3, 4] as [UInt64], [true, false])
    func recoverFile(index: UInt64, missing: Bool) throws {
        let (disk, ends) = try WriteAheadLogTests.disk(Self.batchCount)
        if missing {
            disk.remove(Self.path(index))
        } else {
            try WriteAheadLogTests.edit(disk, index) { $0[30] ^= 1 }
        }
        let found = try WALScript.replay(disk, recover: true)
        let length = UInt64(WALScript.fileBytes)
        let begins = [0] + ends.dropLast()
        let whole = zip(begins, ends).filter { begin, end in
            (end - 1) / length < index
                || (WALLayout(fileBytes: length)?.next(begin) ?? 0) / length > index
        }
        #expect(found.ends == whole.map(\.1))
        try WALScript.append(Self.batchCount, to: found.log)
        try found.log.close()
        #expect(try WALScript.replay(disk, recover: true).ends.count == whole.count + 1)
    }

    /// A log of two batches in one small file, the first proven by the second.
    private func small() throws -> (SimFileSystem, [UInt64], [UInt8]) {
        let disk = SimFileSystem()
        try disk.createDirectory("/store")
        let log = try WALScript.replay(disk).log
        var ends: [UInt64] = []
        for number in 0..<2 as Range<UInt64> {
            try log.append(kind: 3, isLast: false, firstSequence: number, payload: [1, 2, 3])
            try log.append(kind: 4, isLast: true, firstSequence: number, payload: [4, 5, 6, 7])
            try log.sync()
            ends.append(log.position)
        }
        return (disk, ends, try #require(disk.contents(Self.path(0))))
    }

    /// The batches of a small log.
    private func replaySmall(_ disk: SimFileSystem) throws -> ([WALBatch], WriteAheadLog) {
        var found: [WALBatch] = []
        let log = try WriteAheadLog.open(
            directory: WALScript.directory, fileSystem: disk, options: WALScript.options(), from: 0
        ) { found.append($0) }
        return (found, log)
    }

    @Test("Every single flipped bit: the same batches, a torn last one, or an error")
    func everyBit() throws {
        let (disk, ends, bytes) = try small()
        let (intact, _) = try replaySmall(disk.restart())
        let used = min(bytes.count, Int(ends[1] % UInt64(WALScript.fileBytes)) + 64)
        var (errors, torn, same) = (0, 0, 0)
        for bit in 0..<used * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let image = disk.restart()
            image.replace(Self.path(0), with: damaged)
            do {
                let (found, log) = try replaySmall(image)
                #expect(found.count >= 1, "the proven batch was lost by bit \(bit)")
                #expect(found == Array(intact.prefix(found.count)))
                if found.count == 1 { torn += 1 } else { same += 1 }
                if found.count == 1 { #expect(log.recovery.quarantined.count == 1) }
            } catch { errors += 1 }
        }
        #expect(errors >= Int(ends[0]) * 8)
        #expect(torn > 0)
        #expect(same > 0)
    }

    @Test("Every length of the only file is an error")
    func everyLength() throws {
        let (disk, _, bytes) = try small()
        for length in 0...bytes.count + 512 where length != bytes.count {
            let image = disk.restart()
            let kept = bytes.prefix(length) + repeatElement(0, count: max(0, length - bytes.count))
            image.replace(Self.path(0), with: Array(kept))
            #expect(throws: StoreError.self) { _ = try replaySmall(image) }
        }
    }

    @Test("Every zeroed end: whole batches, and an error where a later record proves more")
    func everyZeroedEnd() throws {
        let (disk, ends) = try WriteAheadLogTests.disk(5)
        let bytes = try #require(disk.contents(Self.path(0)))
        let full = ends.filter { $0 <= UInt64(bytes.count) }
        let goesOn = ends.contains { $0 > UInt64(bytes.count) }
        for length in 64...bytes.count {
            let image = disk.restart()
            let zeros = repeatElement(0 as UInt8, count: bytes.count - length)
            image.replace(Self.path(0), with: Array(bytes.prefix(length) + zeros))
            let found = try? WALScript.replay(image)
            if goesOn && UInt64(length) < (full.last ?? 0) {
                #expect(found == nil, "cut at \(length)")
            } else if let found {
                #expect(found.ends == Array(ends.prefix(found.count)))
            }
        }
    }

    @Test("A record behind a torn one never follows what is written in its place")
    func noResurrection() throws {
        let disk = SimFileSystem()
        try disk.createDirectory("/store")
        try disk.syncDirectory("/")
        let (_, log) = try replaySmall(disk)
        // The second record ends where the next sector and the third record begin.
        let long = [UInt8](repeating: 9, count: 512 - 112 - 40)
        for (number, payload) in [[9], long, [9]].enumerated() {
            try log.append(
                kind: 1, isLast: true, firstSequence: UInt64(number), payload: payload)
        }
        try log.sync()
        // Of one sync, the second of three records did not reach the disk, the third did.
        try WriteAheadLogTests.edit(disk, 0) { $0[64 + 48] ^= 1 }
        let (before, again) = try replaySmall(disk)
        #expect(before.count == 1)
        #expect(again.recovery.quarantined == ["wal-tail-0000000000000070.bin"])
        try again.append(kind: 1, isLast: true, firstSequence: 7, payload: long)
        disk.crashAt(call: disk.callCount + 2)
        #expect(throws: StoreError.self) { try again.sync() }
        var seen: Set<[UInt64]> = []
        for seed in 0..<32 as Range<UInt64> {
            let (after, _) = try replaySmall(disk.crash(.reordered, seed: seed))
            seen.insert(after.map { $0.records[0].firstSequence })
        }
        #expect(seen == [[0], [0, 7]])
    }

    @Test("What recovery erases is in quarantine, whenever it is interrupted")
    func quarantineFirst() throws {
        let (disk, ends) = try WriteAheadLogTests.disk(Self.batchCount)
        try Self.flip(disk, ends, batch: Self.last, byte: 41)
        let (index, offset) = Self.start(ends, Self.last)
        let torn = try #require(disk.contents(Self.path(index))?[offset..<offset + 48])
        for policy in CrashPolicy.allCases {
            for call in 1..<100 {
                let half = disk.restart()
                half.crashAt(call: call)
                _ = try? WALScript.replay(half)
                let image = half.crash(policy, seed: UInt64(call))
                let log = image.contents(Self.path(index))?[offset..<offset + 48]
                let folder = "\(WALScript.directory)/\(FileNames.quarantine)"
                let copies = ((try? image.list(folder)) ?? []).filter {
                    image.contents("\(folder)/\($0)")?.starts(with: torn) == true
                }
                #expect(log == torn || !copies.isEmpty, "\(policy), call \(call)")
            }
        }
    }

    @Test("A file that is reused never shows what it held before")
    func staleRecords() throws {
        let disk = SimFileSystem()
        var script = WALScript()
        try script.open(disk)
        for round in 0..<60 {
            try script.append()
            try script.sync()
            if round % 5 == 4 { try script.seal(keeping: 1) }
            let image = disk.crash(.allLost, seed: 0)
            #expect(script.check(image.restart(), "round \(round)") == round + 1)
            let clean = try WALScript.replay(image, from: script.lowWater, first: script.sealed)
            #expect(clean.log.recovery.quarantined == [])
        }
    }
}
