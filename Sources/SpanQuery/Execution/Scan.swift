// The row groups of a query, cut into morsels: runs of rows small enough that their decoded columns
// stay in a core's cache. Morsels are dealt to the workers in contiguous parts of equal size, so
// that an answer depends on the number of threads alone, never on which of them was faster.

import SpanColumns
import SpanModel
import Synchronization

/// A run of rows of a row group.
struct Morsel {
    let group: Int
    let rows: Range<Int>
}

/// What a query scans.
struct Scan {
    let groups: [any RowGroup]
    let types: [ColumnType]
    var deadline: Deadline
    var log: PageLog
    /// The morsels of each worker; at least one worker, maybe without morsels.
    let parts: [ArraySlice<Morsel>]
    /// Rows of all morsels.
    let rowCount: Int
    let progress = ScanProgress()
    var statistics = QueryStatistics()

    init(
        groups: [any RowGroup], types: [ColumnType], bounds: [ColumnBound], budget: QueryBudget
    ) {
        self.groups = groups
        self.types = types
        deadline = Deadline(budget.secondsMax)
        log = PageLog(groupCount: groups.count)
        statistics.rowGroupsConsidered = groups.count
        var morsels: [Morsel] = []
        var rowCount = 0
        for (index, group) in groups.enumerated() {
            guard bounds.allSatisfy({ $0.mayHold(in: group) }) else {
                statistics.rowGroupsPruned += 1
                statistics.rowsSkipped += group.rowCount
                continue
            }
            rowCount += group.rowCount
            for first in stride(from: 0, to: group.rowCount, by: budget.morselRows) {
                morsels.append(
                    Morsel(
                        group: index,
                        rows: first..<min(first + budget.morselRows, group.rowCount)))
            }
        }
        self.rowCount = rowCount
        let workers = max(1, min(budget.threads, rowCount / max(1, budget.threadRowsMin)))
        parts = (0..<workers).map { worker in
            morsels[Parallel.part(worker, of: workers, in: morsels.indices)]
        }
    }

    var fetcher: RowFetcher { RowFetcher(groups: groups, types: types, log: log) }

    /// Adds what was read up to now to the statistics; once, at the end.
    mutating func countReads() {
        (statistics.pagesRead, statistics.bytesRead) = log.total(groups)
        (statistics.textBlocksRead, statistics.textBytesRead) = log.texts
    }
}

/// How far the workers of a scan have come.
final class ScanProgress: Sendable {
    private let rows = Atomic(0)

    /// Rows that were read, or are about to be; those that are read again count again.
    var rowCount: Int { rows.load(ordering: .relaxed) }

    func add(_ count: Int) { rows.add(count, ordering: .relaxed) }
}

/// Reads the morsels of one worker through the filter. One thread.
struct MorselReader {
    private let scan: Scan
    private let filter: PredicateFilter
    private var group = -1
    private var selection: [UInt32]?
    /// Whether the filter left few rows of the last morsel.
    private var isSparse = false
    private(set) var statistics = QueryStatistics()

    /// Of a morsel's rows at most one in so many are few.
    private static let rowsPerMatchMin = 4

    init(_ scan: Scan, _ filter: PredicateFilter) {
        self.scan = scan
        self.filter = filter
    }

    /// Takes the next of some morsels; where the last one left few rows, joined with those behind it of its
    /// row group, so that what is done once a morsel is done for about as many rows.
    mutating func next(of morsels: inout ArraySlice<Morsel>) -> Morsel? {
        guard var morsel = morsels.popFirst() else { return nil }
        let rowsMax = isSparse ? morsel.rows.count * Self.rowsPerMatchMin : 0
        while let next = morsels.first, next.group == morsel.group,
            morsel.rows.count + next.rows.count <= rowsMax
        {
            morsel = Morsel(
                group: morsel.group, rows: morsel.rows.lowerBound..<next.rows.upperBound)
            morsels.removeFirst()
        }
        return morsel
    }

    /// An evaluator of the rows of `morsel` that belong to the view and pass the filter; nil when
    /// none does.
    mutating func read(_ morsel: Morsel) throws(StoreError) -> RowEvaluator? {
        guard let (whole, rows) = try select(morsel) else { return nil }
        return try rows.map { rows throws(StoreError) in
            try filter.narrowed(whole, to: rows)
        } ?? whole
    }

    /// An evaluator of all rows of `morsel`, and those of them that belong to the view and pass the
    /// filter, or nil for all of them; nil when none does.
    mutating func select(
        _ morsel: Morsel
    ) throws(StoreError) -> (whole: RowEvaluator, rows: [UInt32]?)? {
        try scan.deadline.check()
        scan.progress.add(morsel.rows.count)
        let evaluator = RowEvaluator(
            group: scan.groups[morsel.group], index: morsel.group, rows: morsel.rows,
            types: scan.types, log: scan.log)
        let visible = try visibleRows(morsel)
        statistics.rowsScanned += visible?.count ?? evaluator.rowCount
        let rows: [UInt32]?
        if let visible {
            rows = try filter.select(visible, in: evaluator)
        } else {
            rows = try filter.matches(in: evaluator)
        }
        let matched = rows?.count ?? evaluator.rowCount
        statistics.rowsMatched += matched
        isSparse = matched * Self.rowsPerMatchMin <= evaluator.rowCount
        return rows?.isEmpty == true ? nil : (evaluator, rows)
    }

    /// The rows of the view, counted from the morsel's first; nil: all of them.
    private mutating func visibleRows(_ morsel: Morsel) throws(StoreError) -> [UInt32]? {
        if let excluded = scan.groups[morsel.group].excluded() {
            return SelectionVector.all(morsel.rows, without: excluded)
        }
        if group != morsel.group {
            selection = try scan.groups[morsel.group].selection()
            group = morsel.group
        }
        guard let selection else { return nil }
        let first = UInt32(morsel.rows.lowerBound)
        let start = SelectionVector.position(of: first, in: selection[...])
        let end = SelectionVector.position(of: UInt32(morsel.rows.upperBound), in: selection[...])
        if end - start == morsel.rows.count { return nil }
        return selection[start..<end].map { $0 &- first }
    }
}

extension ColumnBound {
    /// Whether a row group may hold a row within the bound.
    fileprivate func mayHold(in group: any RowGroup) -> Bool {
        guard case .integerRange(let column, let range) = self, let zone = group.zone(column)
        else { return true }
        if zone.nullCount == group.rowCount { return false }
        return zone.integers.map { $0.overlaps(range) } ?? true
    }
}
