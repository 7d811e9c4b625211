// Where storage and queries meet: storage offers a table's rows as row groups, queries read
// vectors from them. Neither knows the other.

import SpanModel

/// The rows of one table in one view, as of one snapshot.
package protocol ColumnSource: Sendable {
    var schema: TableSchema { get }
    /// Rows of all row groups.
    var rowCount: Int { get }
    /// What questions found out about this moment of the table; nil: nothing is kept.
    var memo: SnapshotMemo? { get }
    /// Row groups that may hold rows within all `bounds`. Groups that surely hold none are left
    /// out (by day, zone map, identity index); rows inside a group are not filtered by them.
    /// Throws `corruption` when a segment the bounds overlap is quarantined.
    func rowGroups(within bounds: [ColumnBound]) throws(StoreError) -> [any RowGroup]
    /// The rows that may lie within all `bounds`, with entries of a rollup that are added up in place of
    /// those they stand for; nil when none are kept. Throws as `rowGroups` does.
    func rolledUp(
        _ rollup: RollupSchema, within bounds: [ColumnBound]
    ) throws(StoreError) -> RolledUp?
    /// All groups of a rollup whose entries stand for whole groups; nil when none are kept in this view.
    /// Throws as `rowGroups` does.
    func rolledGroups(_ rollup: RollupSchema) throws(StoreError) -> RolledGroups?
    /// The rows that lie within all `bounds`, and in the rest maybe others, with the lengths that
    /// segments keep in place of those they stand for; nil when none are kept. Throws as `rowGroups`
    /// does.
    func rolledLengths(
        _ rollup: LengthRollup, within bounds: [ColumnBound]
    ) throws(StoreError) -> RolledLengths?
}

extension ColumnSource {
    package var memo: SnapshotMemo? { nil }

    package func rolledGroups(
        _ rollup: RollupSchema
    ) throws(StoreError) -> RolledGroups? { nil }

    package func rolledLengths(
        _ rollup: LengthRollup, within bounds: [ColumnBound]
    ) throws(StoreError) -> RolledLengths? { nil }

    package func rolledUp(
        _ rollup: RollupSchema, within bounds: [ColumnBound]
    ) throws(StoreError) -> RolledUp? { nil }
}

/// Up to `Limits.pageRowsMax` rows of one table.
package protocol RowGroup: Sendable {
    /// Physical rows; vectors have this many.
    var rowCount: Int { get }
    /// The rows that belong to the view, ascending; nil: all of them.
    func selection() throws(StoreError) -> [UInt32]?
    /// The rows that do not belong to the view, ascending, where these are known and few; nil: see
    /// `selection`.
    func excluded() -> [UInt32]?
    /// Bounds of a column's values, nil when unknown.
    func zone(_ column: Int) -> ZoneMap?
    /// Bytes of a column's page on disk; nil when there is none.
    func pageBytes(_ column: Int) -> Int?
    /// The values of a column in `rows`, which are some of the group's. Throws `corruption` when
    /// its page fails its check.
    func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector
    /// The strings that the codes of a string column mean, without reading its page; nil when there
    /// are none or they are not known apart from the values.
    func dictionary(_ column: Int) throws(StoreError) -> StringDictionary?
    /// The texts of a column that may match a pattern among `rows`; nil: any may, see `vector`.
    /// Throws `corruption`.
    func candidates(
        _ column: Int, _ pattern: TextPattern, rows: Range<Int>
    ) throws(StoreError) -> TextCandidates?
    /// The values of a key of a JSON column in `rows`: strings, or integers or doubles whose texts in
    /// JSON they are (`NumberTexts`); nil when they must be taken from the JSON. Throws `corruption`.
    func attribute(
        _ column: Int, key: String, rows: Range<Int>
    ) throws(StoreError) -> ColumnVector?
    /// The same as numbers, integers or doubles, where all texts of the key are such; nil when they must
    /// be made of the texts. Throws `corruption`.
    func attributeNumbers(
        _ column: Int, key: String, rows: Range<Int>
    ) throws(StoreError) -> ColumnVector?
    /// Whether rows ascend by the table's sort key.
    var isSorted: Bool { get }
    /// Whether rows ascend by the table's sort key, and no two are of one identity.
    var isStrictlySorted: Bool { get }
    /// The values of a string column in `rows` as runs of equal ones; nil when `vector` must tell.
    /// Throws `corruption`.
    func stringRuns(_ column: Int, rows: Range<Int>) throws(StoreError) -> StringRuns?
    /// The values of an integer column in single rows, 0 for null; nil when `vector` must tell.
    /// Throws `corruption`.
    func integers(_ column: Int, at rows: [Int]) throws(StoreError) -> [Int64]?
    /// The values of an integer column in some runs of rows, ascending and apart, one behind the
    /// other, 0 for null; nil when `vector` must tell. Throws `corruption`.
    func integers(_ column: Int, in runs: [Range<Int>]) throws(StoreError) -> [Int64]?
    /// The same of a float column.
    func floats(_ column: Int, in runs: [Range<Int>]) throws(StoreError) -> [Double]?
    /// Sums of a column by blocks of `rows`; nil when none are kept. Throws `corruption`.
    func blockSums(_ column: Int, rows: Range<Int>) throws(StoreError) -> BlockSums?
    /// Sums of a column by runs of `rows`, which are superseded ones; nil when none are kept. Throws
    /// `corruption`.
    func runSums(_ column: Int, rows: Range<Int>) throws(StoreError) -> RunSums?
    /// End − start of `rows`; nil when it must be taken from the two columns. Throws `corruption`.
    func distances(
        _ interval: ColumnInterval, rows: Range<Int>
    ) throws(StoreError) -> IntegerVector?
    /// The rows of `rows`, counted from their first, for whose string a condition, of which `verdicts` are
    /// those of the column's dictionary, is true (`wanted`) or false; nil when `vector` must tell. Throws
    /// `corruption`.
    func select(
        _ column: Int, rows: Range<Int>, _ verdicts: CodeVerdicts, wanted: Bool
    ) throws(StoreError) -> [UInt32]?
    /// The values of a column in `picked`, ascending and counted from the first of `rows`, which hold
    /// them; nil where nothing is won over `vector` of all `rows`. Throws `corruption`.
    func pick(
        _ column: Int, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> ColumnVector?
    /// The same of end − start; nil also when that must be taken from the two columns.
    func pick(
        _ interval: ColumnInterval, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> IntegerVector?
    /// The rank codes of end − start of `rows`; nil when none are kept. Throws `corruption`.
    func ranks(_ interval: ColumnInterval, rows: Range<Int>) throws(StoreError) -> RankCodes?
    /// The pages of end − start and of string columns, to read in place; nil when they do not lie in
    /// pages that can be. Throws `corruption`.
    func rankedPages(
        _ interval: ColumnInterval, keys: [Int]
    ) throws(StoreError) -> RankedPages?
}

extension RowGroup {
    /// All values of a column. Throws `corruption` when its page fails its check.
    package func vector(_ column: Int) throws(StoreError) -> ColumnVector {
        try vector(column, rows: 0..<rowCount)
    }

    package func excluded() -> [UInt32]? { nil }

    package func pageBytes(_ column: Int) -> Int? { nil }

    package func dictionary(_ column: Int) throws(StoreError) -> StringDictionary? { nil }

    package func candidates(
        _ column: Int, _ pattern: TextPattern, rows: Range<Int>
    ) throws(StoreError) -> TextCandidates? { nil }

    package func attribute(
        _ column: Int, key: String, rows: Range<Int>
    ) throws(StoreError) -> ColumnVector? { nil }

    package func attributeNumbers(
        _ column: Int, key: String, rows: Range<Int>
    ) throws(StoreError) -> ColumnVector? { nil }

    package var isSorted: Bool { isStrictlySorted }

    package var isStrictlySorted: Bool { false }

    package func stringRuns(
        _ column: Int, rows: Range<Int>
    ) throws(StoreError) -> StringRuns? { nil }

    package func integers(_ column: Int, at rows: [Int]) throws(StoreError) -> [Int64]? { nil }

    package func integers(
        _ column: Int, in runs: [Range<Int>]
    ) throws(StoreError) -> [Int64]? { nil }

    package func floats(
        _ column: Int, in runs: [Range<Int>]
    ) throws(StoreError) -> [Double]? { nil }

    package func blockSums(
        _ column: Int, rows: Range<Int>
    ) throws(StoreError) -> BlockSums? { nil }

    package func runSums(_ column: Int, rows: Range<Int>) throws(StoreError) -> RunSums? { nil }

    package func distances(
        _ interval: ColumnInterval, rows: Range<Int>
    ) throws(StoreError) -> IntegerVector? { nil }

    package func select(
        _ column: Int, rows: Range<Int>, _ verdicts: CodeVerdicts, wanted: Bool
    ) throws(StoreError) -> [UInt32]? { nil }

    package func pick(
        _ column: Int, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> ColumnVector? { nil }

    package func pick(
        _ interval: ColumnInterval, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> IntegerVector? { nil }

    package func ranks(
        _ interval: ColumnInterval, rows: Range<Int>
    ) throws(StoreError) -> RankCodes? { nil }

    package func rankedPages(
        _ interval: ColumnInterval, keys: [Int]
    ) throws(StoreError) -> RankedPages? { nil }
}

/// A condition that pruning understands: all bounds of a query hold together.
package enum ColumnBound: Sendable {
    /// An integer-form column lies in a closed range (so it is not null).
    case integerRange(column: Int, ClosedRange<Int64>)
    /// An identifier column equals packed bytes.
    case identifierEquals(column: Int, packed: [UInt8])
    /// A string column equals one of these.
    case stringIn(column: Int, [String])
    /// A key of a JSON column meets a condition.
    case key(column: Int, key: String, KeyCondition)
}

/// What a bound says of the values of a key of a JSON column, which are texts.
package enum KeyCondition: Sendable, Equatable {
    case isNull
    case isPresent
    /// Equal to one of these.
    case textIn([String])
    /// As an integer in one of these ranges.
    case integerIn([ClosedRange<Int64>])
    /// As a double with its `OrderedDouble` key in one of these ranges.
    case doubleIn([ClosedRange<Int64>])
}

/// What is known of a column's values in a run of rows.
package struct ZoneMap: Sendable, Equatable {
    /// Rows without a value.
    package var nullCount: Int
    /// Least and greatest value of an integer-form column; nil when unknown or all null.
    package var integers: ClosedRange<Int64>?

    package init(nullCount: Int, integers: ClosedRange<Int64>? = nil) {
        self.nullCount = nullCount
        self.integers = integers
    }
}
