// What storage knows of an evaluator's rows besides whole vectors: bounds, dictionaries, runs, single rows,
// and the few rows that a filter left. Nil always means that the vector must tell.

import SpanColumns
import SpanModel

extension RowEvaluator {
    /// Of a morsel's rows one in so many may be picked; of more, decoding all costs less.
    private static let rowsPerPickMin = 4

    /// Bounds of a column's values, nil when unknown.
    func zone(_ column: Int) -> ZoneMap? {
        if case .group(let group, _, _) = source { group.zone(column) } else { nil }
    }

    /// The strings that a column's codes mean, when they are known without reading its page.
    func dictionary(_ column: Int) throws(StoreError) -> StringDictionary? {
        if case .group(let group, _, _) = source { try group.dictionary(column) } else { nil }
    }

    /// Whether rows ascend by the table's sort key.
    var isSorted: Bool {
        switch source {
        case .group(let group, _, _): group.isSorted
        case .part(let whole, _): whole.isSorted
        }
    }

    /// Whether rows ascend by the table's sort key, no two of one identity.
    var isStrictlySorted: Bool {
        switch source {
        case .group(let group, _, _): group.isStrictlySorted
        case .part(let whole, _): whole.isStrictlySorted
        }
    }

    /// The strings of an operand as runs of equal ones; nil when only its vector tells.
    func stringRuns(_ operand: Operand) throws(StoreError) -> StringRuns? {
        guard case .column(let column) = operand,
            case .group(let group, let index, let rows) = source
        else { return nil }
        log?.note(column, of: index)
        return try group.stringRuns(column, rows: rows)
    }

    /// The integers of an operand in single rows; nil when only its vector tells.
    func integers(_ operand: Operand, at rows: [Int]) throws(StoreError) -> [Int64]? {
        guard let (group, column, first) = unread(operand) else { return nil }
        return try group.integers(column, at: rows.map { first + $0 })
    }

    /// The integers of an operand in some runs of rows; nil when only its vector tells.
    func integers(
        _ operand: Operand, in runs: [Range<Int>]
    ) throws(StoreError) -> [Int64]? {
        guard let (group, column, first) = unread(operand) else { return nil }
        return try group.integers(column, in: runs.map { $0.shifted(by: first) })
    }

    /// The doubles of an operand in some runs of rows; nil when only its vector tells.
    func floats(
        _ operand: Operand, in runs: [Range<Int>]
    ) throws(StoreError) -> [Double]? {
        guard let (group, column, first) = unread(operand) else { return nil }
        return try group.floats(column, in: runs.map { $0.shifted(by: first) })
    }

    /// Sums of an operand by blocks of rows; nil when none are kept.
    func blockSums(_ operand: Operand) throws(StoreError) -> BlockSums? {
        guard case .column(let column) = operand,
            case .group(let group, _, let rows) = source
        else { return nil }
        return try group.blockSums(column, rows: rows)
    }

    /// Sums of an operand by runs of superseded rows; nil when none are kept.
    func runSums(_ operand: Operand) throws(StoreError) -> RunSums? {
        guard case .column(let column) = operand,
            case .group(let group, _, let rows) = source
        else { return nil }
        return try group.runSums(column, rows: rows)
    }

    /// The group, column and first row of an operand that is a column whose vector is not known; its
    /// page is about to be read.
    private func unread(_ operand: Operand) -> (any RowGroup, column: Int, first: Int)? {
        guard case .column(let column) = operand, vectors[operand] == nil,
            case .group(let group, let index, let range) = source
        else { return nil }
        log?.note(column, of: index)
        return (group, column, range.lowerBound)
    }

    /// The evaluator that this one has some rows of, and which; nil when it has its own.
    var whole: (RowEvaluator, rows: [UInt32])? {
        if case .part(let whole, let rows) = source { (whole, rows) } else { nil }
    }

    /// What storage knows of texts that match a pattern; nil when nothing.
    func candidates(
        _ column: Int, _ pattern: TextPattern
    ) throws(StoreError) -> TextCandidates? {
        guard case .group(let group, _, let rows) = source else { return nil }
        let found = try group.candidates(column, pattern, rows: rows)
        guard let found, let log else { return found }
        return TextCandidates(
            rows: found.rows, references: found.references, blocks: log.noting(found.blocks),
            hits: found.hits)
    }

    /// The rank codes of an operand's values; nil when storage keeps none.
    func ranks(_ operand: Operand) throws(StoreError) -> RankCodes? {
        guard let interval = operand.interval else { return nil }
        switch source {
        case .group(let group, _, let rows): return try group.ranks(interval, rows: rows)
        case .part(let whole, let rows):
            return try whole.ranks(operand).map {
                RankCodes(bounds: $0.bounds, codes: $0.codes.gathered(ascending: rows))
            }
        }
    }

    /// The rows as pages to read in place, with keys of string columns; nil when they are not such.
    func ranked(
        _ interval: ColumnInterval, _ keys: [Int]
    ) throws(StoreError) -> RankedRows? {
        switch source {
        case .group(let group, let index, let rows):
            guard let pages = try group.rankedPages(interval, keys: keys) else { return nil }
            for column in keys + [interval.end] { log?.note(column, of: index) }
            return RankedRows(pages: pages, group: index, rows: rows, selected: nil)
        case .part(let whole, let part):
            guard let all = try whole.ranked(interval, keys), all.selected == nil else {
                return nil
            }
            let first = UInt32(all.rows.lowerBound)
            return RankedRows(
                pages: all.pages, group: all.group, rows: all.rows,
                selected: first == 0 ? part : part.map { $0 &+ first })
        }
    }

    // MARK: - Filters

    /// The rows for whose string a condition is true (`wanted`) or false, found without a vector.
    func select(
        _ column: Int, _ verdicts: CodeVerdicts, wanted: Bool
    ) throws(StoreError) -> [UInt32]? {
        guard vectors[.column(column)] == nil, case .group(let group, let index, let rows) = source
        else { return nil }
        log?.note(column, of: index)
        return try group.select(column, rows: rows, verdicts, wanted: wanted)
    }

    /// The values of an operand in `rows`, ascending, if these are few and its vector is not known.
    func pick(_ operand: Operand, _ rows: [UInt32]) throws(StoreError) -> ColumnVector? {
        guard isWorthPicking(rows), vectors[operand] == nil, case .column(let column) = operand
        else { return nil }
        switch source {
        case .group(let group, let index, let range):
            log?.note(column, of: index)
            return try group.pick(column, rows, of: range)
        case .part(let whole, let part): return try whole.pick(operand, part.gathered(rows))
        }
    }

    /// The same of the lengths of an interval.
    func pick(
        _ interval: ColumnInterval, _ rows: [UInt32]
    ) throws(StoreError) -> IntegerVector? {
        guard isWorthPicking(rows) else { return nil }
        switch source {
        case .group(let group, let index, let range):
            log?.note(interval.end, of: index)
            return try group.pick(interval, rows, of: range)
        case .part(let whole, let part): return try whole.pick(interval, part.gathered(rows))
        }
    }

    private func isWorthPicking(_ rows: [UInt32]) -> Bool {
        rows.count * Self.rowsPerPickMin <= rowCount
    }
}

extension Range<Int> {
    fileprivate func shifted(by distance: Int) -> Range<Int> {
        lowerBound + distance..<upperBound + distance
    }
}

/// Rows of a row group that are read from its pages in place.
struct RankedRows {
    let pages: RankedPages
    /// The row group's place among those of the query.
    let group: Int
    /// Rows of the row group.
    let rows: Range<Int>
    /// Those of them that are meant, ascending; nil: all.
    let selected: [UInt32]?
}
