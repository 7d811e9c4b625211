// Promise R14 for erasing: when it returns, no file of the store holds a byte of what was erased, as it
// lies there or decompressed; and a crash or a failing call anywhere leaves all rows or none.

import Glibc
import SpanColumns
import SpanFormat
import SpanModel
import SpanStorage
import SpanTesting
import Testing

@Suite struct ErasedBytesTests {
    private static let word = "zyxwsecretvut"

    /// A span that says the word in every column that can, or in none; long enough for blocks that
    /// are kept as they are.
    private static func span(_ number: Int, day: Int, secret: Bool) -> ReferenceRecord {
        let mark = secret ? word : "harmless"
        var filler = SeededGenerator(seed: UInt64(number))
        let text = (0..<200).map { _ in String(filler.next() % 1_000_000, radix: 36) }
            .joined(separator: " ")
        return ReferenceRecord(
            table: Tables.spans, kind: .complete,
            fields: [
                SpanColumn.traceID: .text(mark + "-\(number)"),
                SpanColumn.spanID: .text(mark + "-s\(number)"), SpanColumn.source: .text("native"),
                SpanColumn.project: .text("p"),
                SpanColumn.startTime: .integer(Int64(day) * StoreFixture.day + Int64(number)),
                SpanColumn.name: .text(mark), SpanColumn.sessionID: .text(mark + " session"),
                SpanColumn.input: .text("\(text) \(mark) \(text)"),
                SpanColumn.output: .text("\(mark)\(number)"),
                SpanColumn.attributes: .text("{\"\(mark) key\":\"\(mark) value\",\"n\":\"v\"}"),
                SpanColumn.events: .text("[\"\(mark)\"]"),
            ])
    }

    /// A driver whose secret rows share batches, blocks, dictionaries and segments with others, in
    /// segments of all levels, in the memtable, and in log files of the past.
    private static func makeDriver(_ disk: SimFileSystem) throws(StoreError) -> StoreDriver {
        var options = StoreDriver.smallOptions
        options.segmentRowsMax = 1_000
        var driver = try StoreDriver(fileSystem: disk, seed: 9, options: options)
        var number = 0
        func batch(_ days: Int) -> [ReferenceRecord] {
            (0..<24).map { _ in
                number += 1
                return span(number, day: number % days, secret: number % 5 == 0)
            }
        }
        // Days split the blocks of a batch over segments; these are packed anew, the next are not.
        try driver.commit(batch(2))
        try driver.store.compact(isEager: true, recompresses: true)
        try driver.commit(batch(2))
        try driver.commit(batch(1))
        try driver.store.compact()
        try driver.commit(batch(3))
        try driver.store.compact(isEager: true)
        try driver.commit(batch(3))
        try driver.store.seal()
        try driver.commit([
            ReferenceRecord(
                table: Tables.spans, kind: .patch,
                fields: [
                    SpanColumn.traceID: .text(word + "-5"), SpanColumn.spanID: .text(word + "-s5"),
                    SpanColumn.source: .text("native"), SpanColumn.output: .text(word + " again"),
                ])
        ])
        try driver.commit(batch(2))
        return driver
    }

    private static func erase(_ driver: inout StoreDriver) throws(StoreError) {
        try driver.eraseSpans(SpanColumn.sessionID, word + " session")
    }

    /// The files that hold the word.
    private static func filesWithTheWord(_ disk: SimFileSystem) throws -> [String] {
        try disk.paths.filter { path in
            guard let bytes = disk.contents(path) else { return false }
            return try pieces(bytes, path).contains(where: hasTheWord)
        }
    }

    private static func hasTheWord(_ bytes: [UInt8]) -> Bool {
        let word = Array(word.utf8)
        return bytes.withUnsafeBytes { bytes in
            var start = 0
            while start + word.count <= bytes.count, let base = bytes.baseAddress {
                let rest = bytes.count - word.count + 1 - start
                guard let found = memchr(base + start, Int32(word[0]), rest) else { return false }
                if memcmp(found, word, word.count) == 0 { return true }
                start = base.distance(to: UnsafeRawPointer(found)) + 1
            }
            return false
        }
    }

    /// A file's bytes, and what its compressed parts say.
    private static func pieces(_ bytes: [UInt8], _ path: String) throws -> [[UInt8]] {
        var pieces = [bytes]
        guard path.hasSuffix(".seg") else { return pieces }
        try bytes.withUnsafeBytes { buffer in
            let number = try #require(
                FileNames.number(
                    String(path.split(separator: "/").last ?? ""), prefix: "segment-",
                    suffix: ".seg"))
            // What a failed write has left is no segment.
            guard let footer = try? SegmentFooterCodec.decode(buffer, file: number, name: path)
            else { return }
            func part(_ section: SectionEntry) -> UnsafeRawBufferPointer {
                let start = Int(section.offset)
                return UnsafeRawBufferPointer(
                    rebasing: buffer[start..<start + Int(section.length)])
            }
            var dictionaries: [Int: TextDictionary] = [:]
            for extra in footer.sections
            where extra.kind == SectionKind.textDictionary.rawValue {
                let section = part(extra.section)
                let column = Int(section.loadUnaligned(as: UInt32.self))
                dictionaries[column] = try TextDictionary(
                    UnsafeRawBufferPointer(rebasing: section[4...]), owner: Owner())
            }
            for (column, directory) in footer.columns.enumerated() {
                if let section = directory.dictionary {
                    var reader = ByteReader(part(section), file: path, region: "dictionary")
                    pieces.append(try StringDictionaryCodec.decode(&reader).bytes)
                }
                for block in directory.textBlocks {
                    let section = part(block.section)
                    if block.codec == .residual {
                        // Items of residual blocks; what they leave out lies in dictionaries.
                        pieces.append(
                            try BlockCompressor.decompress(
                                UnsafeRawBufferPointer(rebasing: section[13...]),
                                codec: try #require(BlockCodec(rawValue: section[12])),
                                rawLength: Int(
                                    section.loadUnaligned(fromByteOffset: 8, as: UInt32.self))))
                        continue
                    }
                    pieces.append(
                        try BlockCompressor.decompress(
                            TextBlock(
                                codec: block.codec, rawLength: block.rawLength,
                                bytes: [UInt8](section),
                                dictionary: block.codec == .zstdWithDictionary
                                    ? dictionaries[column] : nil)))
                }
            }
        }
        return pieces
    }

    private final class Owner: Sendable {}

    @Test func nothingIsLeftInAnyFile() throws {
        let disk = SimFileSystem()
        var driver = try Self.makeDriver(disk)
        let before = try Self.filesWithTheWord(disk)
        #expect(before.contains { $0.contains("wal-") })
        #expect(before.count { $0.hasSuffix(".seg") } >= 4)
        try disk.createDirectory("store/quarantine")
        disk.replace("store/quarantine/wal-tail-0000000000000001.bin", with: Array(Self.word.utf8))
        disk.replace("store/quarantine/segment-0000000000000001.json", with: Array("{}".utf8))
        try Self.erase(&driver)
        #expect(try Self.filesWithTheWord(disk) == [])
        #expect(try driver.difference() == nil)
        #expect(disk.contents("store/quarantine/segment-0000000000000001.json") != nil)
        // The log is one file in which nothing was ever written.
        let logs = disk.paths.filter { $0.contains("wal-") }
        #expect(logs.count == 1)
        let log = try #require(disk.contents(logs[0]))
        #expect(log.dropFirst(WALFileHeader.byteCount).allSatisfy { $0 == 0 })
        // Nor does it come back from anywhere.
        try driver.commit(countMax: 50)
        try driver.store.compact(isEager: true, recompresses: true)
        #expect(try driver.difference() == nil)
        try driver.reopen()
        #expect(try driver.difference() == nil)
        #expect(try Self.filesWithTheWord(disk) == [])
    }

    /// Compactions that part the rows of a batch leave no text or string where none of its rows is:
    /// so erasing needs to rewrite no segment without a row of what is erased.
    @Test func segmentsHoldTheirOwnRowsAlone() throws {
        let disk = SimFileSystem()
        var options = StoreDriver.smallOptions
        options.segmentRowsMax = 1_000
        var driver = try StoreDriver(fileSystem: disk, seed: 9, options: options)
        for round in 0..<3 {
            try driver.commit(
                (0..<30).map {
                    Self.span(round * 30 + $0, day: $0 % 3 == 0 ? 1 : 2, secret: $0 % 3 == 0)
                })
            try driver.store.compact(isEager: true)
        }
        #expect(try Self.filesWithTheWord(disk).count { $0.hasSuffix(".seg") } == 1)
    }

    // MARK: Crashes and failures

    /// Runs the erasure on a copy of the store that has been opened, with `prepare` told its first
    /// call, and gives the disk.
    private static func attempt(
        _ base: SimFileSystem, _ driver: inout StoreDriver,
        _ prepare: (SimFileSystem, Int) -> Void
    ) throws -> (disk: SimFileSystem, succeeded: Bool, calls: Int) {
        let disk = base.restart()
        try driver.open(on: disk)
        let first = disk.callCount
        prepare(disk, first)
        let succeeded = (try? driver.store.erase(erasure)) != nil
        return (disk, succeeded, disk.callCount - first)
    }

    private static let erasure = StoreDriver.erasure(SpanColumn.sessionID, word + " session")

    /// All rows or none, and after another erasure none and no byte.
    private static func check(
        _ driver: inout StoreDriver, _ disk: SimFileSystem, isDone: Bool, _ place: String
    ) throws {
        let whole = driver.reference
        try driver.open(on: disk)
        let isUntouched = try driver.difference() == nil
        driver.reference.erase(Tables.spans) {
            $0[SpanColumn.sessionID] == .text(word + " session")
        }
        let isErased = try driver.difference() == nil
        #expect(isErased || isUntouched && !isDone, "\(place)")
        _ = try driver.store.erase(erasure)
        #expect(try driver.difference() == nil, "\(place), again")
        #expect(try filesWithTheWord(disk) == [], "\(place), again")
        driver.reference = whole
    }

    @Test(arguments: CrashPolicy.allCases)
    func aCrashAnywhereLeavesAllOrNone(policy: CrashPolicy) throws {
        let base = SimFileSystem()
        var driver = try Self.makeDriver(base)
        let calls = try Self.attempt(base, &driver) { _, _ in }.calls
        #expect(calls > 60)
        let first = 3 * (CrashPolicy.allCases.firstIndex(of: policy) ?? 0)
        for call in stride(from: 1 + first, through: calls, by: 11) {
            let (disk, succeeded, _) = try Self.attempt(base, &driver) { disk, first in
                disk.crashAt(call: first + call)
            }
            try Self.check(
                &driver, disk.crash(policy, seed: UInt64(call)), isDone: succeeded,
                "crash at call \(call), \(policy)")
        }
    }

    @Test(arguments: [EIO, ENOSPC], [false, true])
    func aFailureAnywhereLeavesAllOrNone(errno: Int32, forever: Bool) throws {
        let base = SimFileSystem()
        var driver = try Self.makeDriver(base)
        let calls = try Self.attempt(base, &driver) { _, _ in }.calls
        let first = (errno == EIO ? 0 : 3) + (forever ? 5 : 0)
        for call in stride(from: 1 + first, through: calls, by: 11) {
            let (disk, succeeded, _) = try Self.attempt(base, &driver) { disk, first in
                disk.setFaults(
                    FaultPlan([.init(call: first + call, errno: errno, forever: forever)]))
            }
            disk.setFaults(FaultPlan())
            if succeeded { #expect(try Self.filesWithTheWord(disk) == []) }
            // In the same process, if it may still write. While every call fails, a failed seal cannot
            // remove what it began; that goes at the next start.
            if driver.store.failure == nil, !forever {
                _ = try driver.store.erase(Self.erasure)
                #expect(try Self.filesWithTheWord(disk) == [], "errno \(errno) at call \(call)")
            }
            try Self.check(
                &driver, disk.restart(), isDone: succeeded, "errno \(errno) at call \(call)")
        }
    }
}
