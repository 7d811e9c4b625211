// Sums of a float column by blocks of rows (schemas/segment.md): five pages for each row group, with a
// value for each of its blocks, read in place.

import SpanColumns
import SpanModel

/// The parsed head of a section of block sums; the pages stay in the section.
package struct BlockSumSection: Sendable {
    /// First steps, sums, least values, greatest values, others.
    private static let pagesPerGroup = 5
    private static let forms: [PhysicalForm] = [.integer, .float, .float, .float, .integer]

    /// The column that is summed.
    package let column: Int
    private let groupRows: [Int]
    /// By row group and page.
    private let pages: SectionPages

    /// The section's bytes; blocks of each row group from its first row on.
    package static func encode(column: Int, groups: [BlockSums]) -> [UInt8] {
        let pages = groups.flatMap { blocks in
            [
                ColumnVector.integer(IntegerVector(values: blocks.firstSteps)),
                .float(FloatVector(values: blocks.sums)),
                .float(FloatVector(values: blocks.least)),
                .float(FloatVector(values: blocks.greatest)),
                .integer(IntegerVector(values: blocks.others)),
            ].map { PageEncoder.encode($0, allowsXor: false) }
        }
        var out: [UInt8] = []
        out.put(UInt32(column))
        out.put(UInt32(Limits.summedRows))
        out.put(UInt32(groups.count))
        SectionPages.put(headsOf: pages, into: &out)
        for page in pages { out += page.bytes }
        return out
    }

    /// The block sums of a segment with these row groups. Throws `corruption`; pages are checked when
    /// they are read.
    package init(_ reader: ByteReader, groupRows: [Int]) throws(StoreError) {
        var reader = reader
        column = Int(try reader.uint32())
        let rows = try reader.uint32()
        let groupCount = Int(try reader.uint32())
        guard rows == Limits.summedRows, groupCount == groupRows.count else {
            throw reader.damage("blocks of \(rows) rows in \(groupCount) row groups")
        }
        let heads = try SectionPages.heads(&reader, count: groupCount * Self.pagesPerGroup)
        pages = try SectionPages(&reader, heads)
        try reader.finish()
        self.groupRows = groupRows
    }

    /// The blocks that hold some rows of a row group. Throws `corruption`.
    package func blocks(
        group: Int, rows: Range<Int>, section: UnsafeRawBufferPointer
    ) throws(StoreError) -> BlockSums {
        let size = Limits.summedRows
        let blocks = rows.lowerBound / size..<(rows.upperBound + size - 1) / size
        func integers(_ page: Int) throws(StoreError) -> [Int64] {
            let vector = try self.vector(page, group, blocks, section)
            guard case .integer(let integers) = vector, integers.validity == nil else {
                throw Self.damage("blocks without integers")
            }
            return integers.values
        }
        func floats(_ page: Int) throws(StoreError) -> [Double] {
            let vector = try self.vector(page, group, blocks, section)
            guard case .float(let floats) = vector, floats.validity == nil else {
                throw Self.damage("blocks without floats")
            }
            return floats.values
        }
        let others = try integers(4)
        let most = BlockSums.unknown..<Int64(size + 1) * 8
        guard others.allSatisfy(most.contains) else { throw Self.damage("others out of range") }
        return BlockSums(
            offset: rows.lowerBound - blocks.lowerBound * size, firstSteps: try integers(0),
            sums: try floats(1), least: try floats(2), greatest: try floats(3), others: others)
    }

    private func vector(
        _ page: Int, _ group: Int, _ blocks: Range<Int>, _ section: UnsafeRawBufferPointer
    ) throws(StoreError) -> ColumnVector {
        try pages.reader(
            of: group * Self.pagesPerGroup + page, form: Self.forms[page],
            rowCount: (groupRows[group] + Limits.summedRows - 1) / Limits.summedRows,
            section: section
        ).decode(rows: blocks, dictionary: nil, blocks: nil)
    }

    private static func damage(_ reason: String) -> StoreError {
        .corruption(file: "page", offset: 0, region: "block sums", reason: reason)
    }
}
