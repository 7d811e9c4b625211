// The pages of a row group that grouped percentiles of an interval read in place: keys, distances and
// rank codes, a block of rows at a time (`PageReader+InPlace`).

import SpanModel

/// Pages of a row group. Rows are counted from the row group's first.
package struct RankedPages {
    package let bounds: RankBounds
    /// The columns asked for.
    package let keys: [KeyPage]
    package let distances: PackedDistances
    /// A rank code for each row, in the pages' bytes.
    package let codes: UnsafeRawBufferPointer
    /// The row of the pages that is the row group's first.
    package let firstRow: Int
    /// Keeps the bytes of all pages where they are.
    private let owner: AnyObject

    /// Pages whose bytes lie still while `owner` lives.
    package init(
        bounds: RankBounds, keys: [KeyPage], distances: PackedDistances,
        codes: UnsafeRawBufferPointer, firstRow: Int, owner: AnyObject
    ) {
        self.bounds = bounds
        self.keys = keys
        self.distances = distances
        self.codes = codes
        self.firstRow = firstRow
        self.owner = owner
    }

    /// The rows from `row` on, and before `end`, that are decoded together.
    package func block(from row: Int, before end: Int) -> Range<Int> {
        let blockRows = PageReader.blockRows
        let next = ((firstRow + row) / blockRows + 1) * blockRows - firstRow
        return row..<min(next, end)
    }

    /// The same rows in the pages.
    package func pageRows(_ rows: Range<Int>) -> Range<Int> {
        firstRow + rows.lowerBound..<firstRow + rows.upperBound
    }
}
