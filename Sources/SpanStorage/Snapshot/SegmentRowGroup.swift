// A row group of a segment in one view, as queries read it: each call goes to the mapped segment, with rows
// counted from the row group's first instead of from this run's.

import SpanColumns
import SpanModel

/// A row group of a segment, or a run of its rows.
struct SegmentRowGroup: RowGroup {
    let segment: MappedSegment
    let group: Int
    /// Counted from the row group's first.
    let rows: Range<Int>
    let view: View
    /// Superseded rows, ascending, counted from the first of `rows`; none in the raw view.
    let killed: [UInt32]
    let searches: SegmentSearches

    var rowCount: Int { rows.count }

    func selection() throws(StoreError) -> [UInt32]? {
        switch view {
        case .dedup: return Selection.all(rowCount, without: killed)
        case .raw:
            let merged = Int64(WriteKind.merged.rawValue)
            let zone = segment.zone(SystemColumn.writeKind, group: group)
            guard let kinds = zone.integers, kinds.contains(merged),
                case .integer(let vector) = try vector(SystemColumn.writeKind, rows: 0..<rowCount)
            else { return nil }
            return Selection.rows(rowCount, without: []) { vector.values[$0] != merged }
        }
    }

    func excluded() -> [UInt32]? { view == .dedup ? killed : nil }

    /// The zone map of the whole row group holds for a run too, but for its nulls, unless there are
    /// none.
    func zone(_ column: Int) -> ZoneMap? {
        let zone = segment.zone(column, group: group)
        return zone.nullCount == 0 || rows.count == segment.groupRows[group] ? zone : nil
    }

    func pageBytes(_ column: Int) -> Int? { segment.pageBytes(column, group: group) }

    func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
        try segment.vector(column, group: group, rows: place(rows))
    }

    /// Rows of the row group from rows of this run of it.
    private func place(_ rows: Range<Int>) -> Range<Int> {
        self.rows.lowerBound + rows.lowerBound..<self.rows.lowerBound + rows.upperBound
    }

    func candidates(
        _ column: Int, _ pattern: TextPattern, rows: Range<Int>
    ) throws(StoreError) -> TextCandidates? {
        try searches.candidates(column, pattern, group: group, rows: place(rows))
    }

    func attribute(
        _ column: Int, key: String, rows: Range<Int>
    ) throws(StoreError) -> ColumnVector? {
        try segment.attribute(column, key: key, group: group, rows: place(rows))
    }

    func attributeNumbers(
        _ column: Int, key: String, rows: Range<Int>
    ) throws(StoreError) -> ColumnVector? {
        try segment.attributeNumbers(column, key: key, group: group, rows: place(rows))
    }

    var isSorted: Bool { true }

    /// Both regions are sorted; in the live one an identity has one row.
    var isStrictlySorted: Bool { !segment.isHistory(group: group) }

    func stringRuns(_ column: Int, rows: Range<Int>) throws(StoreError) -> StringRuns? {
        try segment.stringRuns(column, group: group, rows: place(rows))
    }

    func integers(_ column: Int, at rows: [Int]) throws(StoreError) -> [Int64]? {
        try segment.integers(column, group: group, at: rows.map { self.rows.lowerBound + $0 })
    }

    func integers(_ column: Int, in runs: [Range<Int>]) throws(StoreError) -> [Int64]? {
        try segment.integers(column, group: group, in: runs.map(place))
    }

    func floats(_ column: Int, in runs: [Range<Int>]) throws(StoreError) -> [Double]? {
        try segment.floats(column, group: group, in: runs.map(place))
    }

    func blockSums(_ column: Int, rows: Range<Int>) throws(StoreError) -> BlockSums? {
        try segment.blockSums(column, group: group, rows: place(rows))
    }

    func runSums(_ column: Int, rows: Range<Int>) throws(StoreError) -> RunSums? {
        try segment.runSums(column, group: group, rows: place(rows))
    }

    func distances(
        _ interval: ColumnInterval, rows: Range<Int>
    ) throws(StoreError) -> IntegerVector? {
        try segment.distances(interval, group: group, rows: place(rows))
    }

    func select(
        _ column: Int, rows: Range<Int>, _ verdicts: CodeVerdicts, wanted: Bool
    ) throws(StoreError) -> [UInt32]? {
        try segment.select(
            column, group: group, rows: place(rows), verdicts, wanted: wanted)
    }

    func pick(
        _ column: Int, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> ColumnVector? {
        try segment.pick(column, group: group, picked, of: place(rows))
    }

    func pick(
        _ interval: ColumnInterval, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> IntegerVector? {
        try segment.pick(interval, group: group, picked, of: place(rows))
    }

    func ranks(_ interval: ColumnInterval, rows: Range<Int>) throws(StoreError) -> RankCodes? {
        try segment.ranks(interval, group: group, rows: place(rows))
    }

    func rankedPages(
        _ interval: ColumnInterval, keys: [Int]
    ) throws(StoreError) -> RankedPages? {
        try segment.rankedPages(interval, keys: keys, group: group, rows: rows)
    }

    func dictionary(_ column: Int) throws(StoreError) -> StringDictionary? {
        let isString = segment.schema.columns[column].type.form == .string
        return isString ? try segment.dictionary(column) : nil
    }
}
