// Ranks: the worked example of schemas/segment.md, and damaged sections are refused or read.

import SpanColumns
import SpanFormat
import SpanModel
import Testing

@Suite struct RankSectionTests {
    private let interval = ColumnInterval(start: 7, end: 8)

    private func read(_ section: [UInt8], rowCount: Int) throws(StoreError) -> RankCodes {
        let result: Result<RankCodes, StoreError> = section.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                let ranks = try RankSection(
                    ByteReader(bytes, file: "segment", region: "ranks"), rowCount: rowCount)
                return ranks.codes(0..<rowCount, section: bytes)
            }
        }
        return try result.get()
    }

    @Test func theWorkedExampleOfTheSchemaIsWhatIsWritten() throws {
        let bounds = RankBounds([10])
        let codes = bounds.codes([20, 0, 5], [1, 0, 1])
        let written = RankSection.encode(interval, bounds: bounds, codes: codes)
        #expect(written == bytes(hex: GoldenBytes.ranks), "\(dump(written))")
        let found = try read(written, rowCount: 3)
        #expect(found.bounds.values == [10])
        #expect(found.codes == [1, RankBounds.null, 0])
    }

    @Test func damagedSectionsAreRefusedOrRead() throws {
        let bounds = RankBounds([-3, 0, 90])
        let good = RankSection.encode(
            interval, bounds: bounds, codes: bounds.codes([7, -4, 90, 0, .max]))
        var refused = 0
        for damage in damages(of: good) {
            do {
                _ = try read(damage.bytes, rowCount: 5)
            } catch {
                refused += 1
            }
        }
        #expect(refused > good.count / 2)
        #expect(throws: StoreError.self) { try read(good, rowCount: 4) }
    }
}
