// Round trips and damage of the write-ahead log.

import Glibc
import SpanFormat
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting
import Testing

struct WriteAheadLogTests {
    static let directory = WALScript.directory
    static let fileBytes = WALScript.fileBytes

    static func path(_ index: UInt64) -> String { "\(directory)/\(FileNames.wal(index))" }

    /// A disk with a log of `count` batches, each synced on its own, not closed.
    static func disk(_ count: Int, close: Bool = false) throws -> (SimFileSystem, [UInt64]) {
        let disk = SimFileSystem()
        var script = WALScript()
        try script.open(disk)
        for _ in 0..<count {
            try script.append()
            try script.sync()
        }
        if close { try script.log?.close() }
        let ends = try WALScript.replay(disk.restart()).ends
        return (disk, ends)
    }

    static func edit(_ disk: SimFileSystem, _ index: UInt64, _ body: (inout [UInt8]) -> Void) throws
    {
        var bytes = try #require(disk.contents(path(index)))
        body(&bytes)
        disk.replace(path(index), with: bytes)
    }

    // MARK: Round trips

    @Test("Payloads of every length come back, also those longer than a file")
    func lengths() throws {
        let disk = SimFileSystem()
        try disk.createDirectory("/store")
        try disk.syncDirectory("/")
        var generator = SeededGenerator(seed: 3)
        let lengths =
            Array(0...40) + [1_900, 1_936, 1_937, 1_944, 1_945, 2_048, 4_096, 9_999, 70_000, 0]
        let payloads = lengths.map { generator.bytes($0) }
        var options = WriteAheadLog.Options(
            fileBytes: Self.fileBytes, bytesMax: 1 << 20, randomness: Randomness(seed: 4))
        let log = try WriteAheadLog.open(
            directory: Self.directory, fileSystem: disk, options: options, from: 0
        ) { _ in }
        for (number, payload) in payloads.enumerated() {
            try log.append(
                kind: UInt8(1 + number % 255), isLast: true, firstSequence: UInt64(number) << 40,
                payload: payload)
        }
        try log.sync()
        #expect(log.syncedThrough == log.position)
        var found: [WALBatch] = []
        options.fileBytes = 4096
        let again = try WriteAheadLog.open(
            directory: Self.directory, fileSystem: disk.crash(.allLost, seed: 0), options: options,
            from: 0
        ) { found.append($0) }
        #expect(found.flatMap(\.records).map(\.payload) == payloads)
        #expect(found.flatMap(\.records).map(\.kind) == (0..<payloads.count).map { UInt8(1 + $0) })
        #expect(
            found.map { $0.records[0].firstSequence >> 40 } == payloads.indices.map(UInt64.init))
        #expect(again.position == log.position)
        #expect(again.recovery.batchCount == payloads.count)
    }

    @Test("A batch without its last record never happened, even when it was synced")
    func openBatch() throws {
        let (disk, ends) = try Self.disk(2)
        let log = try WALScript.replay(disk).log
        try log.append(kind: 3, isLast: false, firstSequence: 2, payload: [1, 2, 3])
        try log.sync()
        #expect(log.syncedThrough == ends.last)
        try log.close()
        let found = try WALScript.replay(disk.restart())
        #expect(found.ends == ends)
        #expect(found.log.position == ends.last)
        #expect(found.log.recovery.quarantined.count == 1)
    }

    @Test("Replay starts behind the low-water mark, at every batch")
    func lowWater() throws {
        let (disk, ends) = try Self.disk(12)
        for (number, end) in ends.enumerated() {
            let found = try WALScript.replay(disk.restart(), from: end, first: number + 1)
            #expect(found.count == 11 - number)
        }
    }

    @Test("Release keeps what is above the mark, reuses some files and removes others")
    func release() throws {
        let disk = SimFileSystem()
        var script = WALScript()
        try script.open(disk)
        for _ in 0..<12 {
            try script.append()
            try script.sync()
        }
        let before = try disk.list(Self.directory)
        try script.seal(keeping: 1)
        let after = try disk.list(Self.directory)
        #expect(before.count > 6)
        #expect(after.count <= 6)
        #expect(Set(after).intersection(before).count < 3)
        let log = try #require(script.log)
        let made = disk.calls.count { $0.hasPrefix("allocate") }
        // The kept spares hold these without a new file.
        for _ in 0..<3 {
            try script.append()
            try script.sync()
        }
        #expect(disk.calls.count { $0.hasPrefix("allocate") } == made)
        #expect(log.position > 12 * 40)
        script.check(disk.crash(.allLost, seed: 0), "after reuse")
    }

    @Test("A clean end proves all before it, and a second one adds nothing")
    func markers() throws {
        let (disk, ends) = try Self.disk(3, close: true)
        let first = try WALScript.replay(disk)
        #expect(first.ends == ends)
        #expect(first.log.position == (ends.last ?? 0) + 40)
        try first.log.close()
        #expect(try WALScript.replay(disk).log.position == first.log.position)
    }

    @Test("A payload beyond the limit is refused, a wrong file length too")
    func limits() throws {
        let disk = SimFileSystem()
        try disk.createDirectory("/store")
        let log = try WALScript.replay(disk).log
        let size = WALRecord.payloadBytesMax + 1
        #expect(throws: StoreError.self) {
            try log.append(
                kind: 1, isLast: true, firstSequence: 0, payload: [UInt8](repeating: 0, count: size)
            )
        }
        #expect(log.position == 0)
        #expect(throws: StoreError.self) {
            _ = try WriteAheadLog.open(
                directory: "/store/other", fileSystem: disk, options: .init(fileBytes: 1000),
                from: 0
            ) { _ in }
        }
    }

    @Test("Reading finds the same batches and writes nothing")
    func readOnly() throws {
        let (disk, ends) = try Self.disk(9)
        let log = try WALScript.replay(disk).log
        try log.append(kind: 3, isLast: false, firstSequence: 9, payload: [1])
        try log.sync()
        let copy = disk.restart()
        var found: [UInt64] = []
        let recovery = try WriteAheadLog.read(
            directory: Self.directory, fileSystem: copy, from: ends[1]
        ) { found.append($0.end) }
        #expect(found == Array(ends[2...]))
        #expect(recovery.end == ends.last)
        #expect(
            copy.calls.allSatisfy {
                $0.hasPrefix("list") || $0.hasPrefix("mapReadOnly") || $0.hasPrefix("populate")
            })
        let none = try WriteAheadLog.read(
            directory: "/store/none", fileSystem: copy, from: 0
        ) { _ in }
        #expect(none.batchCount == 0)
    }

    @Test("A parent that may not be read is no obstacle; any other failure there is")
    func unreadableParent() throws {
        for (code, opens) in [(EACCES, true), (EIO, false)] {
            let disk = SimFileSystem()
            try disk.createDirectory("/store")
            disk.setFaults(FaultPlan([.init(call: disk.callCount + 2, errno: code)]))
            #expect(((try? WALScript.replay(disk)) != nil) == opens)
            #expect(disk.calls[2] == "syncDirectory /store")
        }
    }

    @Test("A clean end on a full disk needs no marker")
    func closeOnFullDisk() throws {
        for filler in 0..<48 {
            let disk = SimFileSystem()
            try disk.createDirectory("/store")
            let log = try WALScript.replay(disk).log
            let room = Self.fileBytes - 64 - 40 - filler
            try log.append(
                kind: 1, isLast: true, firstSequence: 0, payload: [UInt8](repeating: 1, count: room)
            )
            disk.setCapacity(0)
            try log.close()
            #expect(log.syncedThrough == log.position)
        }
    }

    @Test("What replay throws ends the opening")
    func replayThrows() throws {
        let (disk, _) = try Self.disk(2)
        #expect(throws: StoreError.unknown(what: "table", name: "x")) {
            _ = try WriteAheadLog.open(
                directory: Self.directory, fileSystem: disk, from: 0
            ) { _ throws(StoreError) in throw .unknown(what: "table", name: "x") }
        }
    }

    @Test("The real file system holds a log too")
    func realFiles() throws {
        var template = Array("/tmp/spand-wal-XXXXXX".utf8CString)
        let root = try #require(mkdtemp(&template).map { String(cString: $0) })
        let files = PosixFileSystem()
        defer {
            for name in (try? files.list("\(root)/wal")) ?? [] { unlink("\(root)/wal/\(name)") }
            rmdir("\(root)/wal")
            rmdir(root)
        }
        let payload = [UInt8](repeating: 7, count: 300_000)
        for start in 0..<3 {
            var count = 0
            let log = try WriteAheadLog.open(
                directory: "\(root)/wal", fileSystem: files, options: .init(fileBytes: 1 << 20),
                from: 0
            ) { batch in
                #expect(batch.records.map(\.payload) == [payload, [1]])
                count += 1
            }
            #expect(count == start * 4)
            for _ in 0..<4 {
                try log.append(kind: 1, isLast: false, firstSequence: 0, payload: payload)
                try log.append(kind: 2, isLast: true, firstSequence: 0, payload: [1])
            }
            try log.close()
        }
    }
}
