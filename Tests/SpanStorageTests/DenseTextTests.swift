// Recompression of texts: the same answers from fewer bytes, also for what came meanwhile, and in
// segments that are merged again later; a missing or wrong dictionary is damage.

import SpanColumns
import SpanFormat
import SpanModel
import SpanStorage
import SpanTesting
import Testing

@Suite struct DenseTextTests {
    /// A sentence of a small vocabulary.
    private static func text(_ random: inout SeededGenerator) -> String {
        (0..<60 + random.int(below: 120)).map { _ in
            let word = random.int(below: 3_000)
            return String(word &* 2_654_435_761 & 0xff_ffff, radix: 36)
        }.joined(separator: " ")
    }

    private static func span(_ number: Int, _ random: inout SeededGenerator) -> ReferenceRecord {
        var record = StoreFixture.span(number, text: random.oneIn(9) ? "" : text(&random))
        if random.oneIn(11) { record = StoreFixture.span(number) }
        return record
    }

    /// A driver with about a mebibyte of texts in few blocks.
    private static func filled() throws -> StoreDriver {
        var options = StoreDriver.smallOptions
        options.segmentRowsMax = 4_096
        options.walFileBytes = 1 << 20
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: 1, options: options)
        var random = SeededGenerator(seed: 8)
        for batch in 0..<8 {
            try driver.commit((0..<400).map { span(batch * 400 + $0, &random) })
        }
        return driver
    }

    private static func segments(_ driver: StoreDriver) throws -> [(String, [UInt8])] {
        let disk = try #require(driver.fileSystem as? SimFileSystem)
        return try disk.list("store/workspace-0000000000000001").filter { $0.hasSuffix(".seg") }
            .map { name in
                let path = "store/workspace-0000000000000001/" + name
                return (path, try #require(disk.contents(path)))
            }
    }

    private static func footer(_ path: String, _ bytes: [UInt8]) throws -> SegmentFooter {
        let digits = path.split(separator: "-").last?.prefix(16) ?? ""
        let file = try #require(UInt64(digits, radix: 16))
        let result: Result<SegmentFooter, StoreError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(StoreError) in
                try SegmentFooterCodec.decode(buffer, file: file, name: path)
            }
        }
        return try result.get()
    }

    @Test func textsAreTheSameFromFewerBytes() throws {
        var driver = try Self.filled()
        try driver.store.compact(isEager: true)
        #expect(try driver.difference() == nil)
        let before = try Self.segments(driver)
        #expect(before.count == 1)
        try driver.store.compact(isEager: true, recompresses: true)
        #expect(try driver.difference() == nil)
        let after = try Self.segments(driver)
        #expect(after.count == 1)
        #expect(after[0].1.count * 10 < before[0].1.count * 9)
        let footer = try Self.footer(after[0].0, after[0].1)
        #expect(footer.section(.textDictionary) != nil)
        let blocks = footer.columns[SpanColumn.output].textBlocks
        #expect(blocks.count > 4)
        #expect(blocks.allSatisfy { $0.codec == .zstdWithDictionary })
        // In order of rows a page needs no places.
        let page = footer.columns[SpanColumn.output].pages[0]
        #expect(page.encoding == .sequentialText)
        #expect(driver.store.planRecompression() == nil)
        try driver.reopen()
        #expect(try driver.difference() == nil)
        // Later writes point at dense texts, and merges unpack them.
        for number in [3, 500, 2_000] {
            try driver.commit([StoreFixture.span(number, kind: .patch, attributes: "{\"a\":1}")])
        }
        #expect(try driver.difference() == nil)
        try driver.store.compact(isEager: true)
        #expect(try driver.difference() == nil)
        try driver.store.compact(isEager: true, recompresses: true)
        #expect(try driver.difference() == nil)
    }

    @Test func killsDuringRecompressionAreAppliedToItsOutput() throws {
        var driver = try Self.filled()
        try driver.store.compact(isEager: true)
        let job = try #require(driver.store.planRecompression())
        var random = SeededGenerator(seed: 2)
        try driver.commit((0..<50).map { Self.span($0 * 3, &random) })
        let result = try job.run()
        try driver.commit((0..<50).map { Self.span($0 * 5, &random) })
        try driver.store.install(job, result)
        #expect(try driver.difference() == nil)
        try driver.reopen()
        #expect(try driver.difference() == nil)
    }

    @Test func workThatGivesWayChangesNothing() throws {
        let driver = try Self.filled()
        try driver.store.compact(isEager: true)
        let before = try Self.segments(driver).map(\.0)
        let refusal = StoreError.overloaded(limit: "test", retryAfterSeconds: 1)
        let job = try #require(
            driver.store.planRecompression { () throws(StoreError) in
                throw refusal
            })
        #expect(throws: refusal) { _ = try job.run() }
        #expect(try Self.segments(driver).map(\.0) == before)
        #expect(try driver.difference() == nil)
        try driver.store.compact(isEager: true, recompresses: true)
        #expect(try driver.difference() == nil)
    }

    @Test func aDamagedDictionaryIsDamageOfTheSegment() throws {
        var driver = try Self.filled()
        try driver.store.compact(isEager: true, recompresses: true)
        let (path, bytes) = try #require(try Self.segments(driver).first)
        let section = try #require(Self.footer(path, bytes).section(.textDictionary))
        let disk = try #require(driver.fileSystem as? SimFileSystem)
        for place in [0, 4, 12, 300, Int(section.length) - 1] {
            let copy = disk.restart()
            var damaged = bytes
            damaged[Int(section.offset) + place] ^= 1
            copy.replace(path, with: damaged)
            try driver.open(on: copy)
            let error = #expect(throws: StoreError.self) { try driver.difference() }
            if case .corruption(path, _, _, _) = error { continue }
            Issue.record("byte \(place): \(String(describing: error))")
        }
    }
}
