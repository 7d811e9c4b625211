// Key columns: the worked example of schemas/segment.md, and damaged sections are refused or read.

import SpanColumns
import SpanFormat
import SpanModel
import Testing

@Suite struct KeyColumnFormatTests {
    private let groupRows = [3, 2]

    /// The key `a` with these codes for 1 and x, by row group.
    private func section(_ codes: [[UInt32]]) -> [UInt8] {
        let dictionary = StringDictionary(ends: [1, 2], bytes: Array("1x".utf8))
        let pages = codes.map {
            PageEncoder.encode(.string(StringVector(codes: $0, dictionary: dictionary)))
        }
        return KeyColumn.encode(
            column: 33, key: Array("a".utf8), dictionary: dictionary, pages: pages)
    }

    private func values(_ section: [UInt8]) throws(StoreError) -> [[UInt32]] {
        let result: Result<[[UInt32]], StoreError> = section.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                let keys = try KeyColumn(
                    ByteReader(bytes, file: "segment", region: "key column"),
                    groupRows: groupRows)
                var codes: [[UInt32]] = []
                for (group, rows) in groupRows.enumerated() {
                    let page = try keys.page(of: group, rowCount: rows, section: bytes)
                    let vector = try page.decode(dictionary: keys.dictionary, blocks: nil)
                    if case .string(let strings) = vector { codes.append(strings.codes) }
                }
                return codes
            }
        }
        return try result.get()
    }

    @Test func theWorkedExampleOfTheSchemaIsWhatIsWritten() throws {
        let codes = [[1, 1, 1], [StringVector.nullCode, StringVector.nullCode]]
        let written = section(codes)
        #expect(written == bytes(hex: GoldenBytes.keyColumn), "\(dump(written))")
        // A page without values decodes to no vector of codes.
        #expect(try values(written) == [[1, 1, 1]])
    }

    @Test func damagedSectionsAreRefusedOrRead() throws {
        let codes = [[1, StringVector.nullCode, 0], [StringVector.nullCode, 1]]
        let good = section(codes)
        #expect(try values(good) == codes)
        var refused = 0
        for damage in damages(of: good) {
            do {
                _ = try values(damage.bytes)
            } catch {
                refused += 1
            }
        }
        #expect(refused > good.count)
    }
}
