// Block sums: the worked example of schemas/segment.md, and damaged sections are refused or read.

import SpanColumns
import SpanFormat
import SpanModel
import Testing

@Suite struct BlockSumSectionTests {
    private func read(
        _ section: [UInt8], groupRows: [Int]
    ) throws(StoreError) -> [BlockSums] {
        let result: Result<[BlockSums], StoreError> = section.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                let sums = try BlockSumSection(
                    ByteReader(bytes, file: "segment", region: "block sums"),
                    groupRows: groupRows)
                var groups: [BlockSums] = []
                for (group, rows) in groupRows.enumerated() {
                    groups.append(
                        try sums.blocks(group: group, rows: 0..<rows, section: bytes))
                }
                return groups
            }
        }
        return try result.get()
    }

    private func text(_ blocks: BlockSums) -> String {
        "\(blocks.firstSteps) \(blocks.sums) \(blocks.least) \(blocks.greatest) \(blocks.others)"
    }

    @Test func theWorkedExampleOfTheSchemaIsWhatIsWritten() throws {
        let blocks = BlockSums(
            offset: 0, firstSteps: [7], sums: [20], least: [-1], greatest: [3], others: [9])
        let written = BlockSumSection.encode(column: 8, groups: [blocks])
        #expect(written == bytes(hex: GoldenBytes.blockSums), "\(dump(written))")
        #expect(try read(written, groupRows: [80]).map(text) == [text(blocks)])
    }

    private let groups = [
        BlockSums(
            offset: 0, firstSteps: [1, 81, 161], sums: [0.5, 1e9, 0], least: [-3, 0.1, 0],
            greatest: [7, .pi, 0], others: [0, 8 * 2 + 5, BlockSums.unknown]),
        BlockSums(offset: 0, firstSteps: [5], sums: [1], least: [1], greatest: [1], others: [0]),
    ]

    @Test func aPartIsTheBlocksThatHoldItsRows() throws {
        let written = BlockSumSection.encode(column: 8, groups: groups)
        try written.withUnsafeBytes { bytes in
            let sums = try BlockSumSection(
                ByteReader(bytes, file: "segment", region: "block sums"), groupRows: [200, 3])
            let part = try sums.blocks(group: 0, rows: 90..<165, section: bytes)
            #expect(part.offset == 10)
            #expect(part.firstSteps == [81, 161])
            #expect(part.others == [21, BlockSums.unknown])
        }
    }

    @Test func damagedSectionsAreRefusedOrRead() throws {
        let good = BlockSumSection.encode(column: 8, groups: groups)
        #expect(try read(good, groupRows: [200, 3]).map(text) == groups.map(text))
        var refused = 0
        for damage in damages(of: good) {
            do {
                _ = try read(damage.bytes, groupRows: [200, 3])
            } catch {
                refused += 1
            }
        }
        #expect(refused > good.count)
        #expect(throws: StoreError.self) { try read(good, groupRows: [200]) }
    }
}
