// Percentiles of an interval by few groups without a vector: one pass over the pages as they lie counts
// rank codes by group, with rows, conditions, sums and extremes; the second one picks single values.
// It answers questions whose keys are strings of few values and whose aggregates are counts, summaries
// and quantiles of one interval; other rows (in memory, or of segments with many names) go the general
// way, and both meet in the same accumulators.
// Order of calls: `add` per morsel, where false means that the general way is to be gone, `finish`; then
// `collect` per morsel, in the same order.

import SpanColumns
import SpanModel

/// One worker's pass.
final class RankedPass {
    private let question: RankedQuestion
    private let interval: ColumnInterval
    private let groupsMax: Int
    private let block = RankedBlock()
    private var cells: RankedCells?
    /// The segments met, in order; the last one is being counted.
    private var parts: [Part] = []
    /// The page that is open.
    private var page: (group: Int, base: Int64, unit: Int64)?
    /// By call of `add`: the number of the part that took the rows in.
    private var takers: [Int?] = []
    private var collectCalls = 0

    /// Groups up to which counting pays.
    private static let countedGroupsMax = 256
    /// Of a morsel's rows at least one in so many must be wanted.
    private static let rowsPerWantedMax = 8
    /// Rows of which the second pass most often picks less than one.
    private static let rowsPerChosen = 24

    private struct Part {
        let bounds: RankBounds
        let layout: RankedLayout
        /// By key: its group; `none` for those without rows.
        var groups: [UInt32] = []
        /// By refinement, once collecting.
        var flags: [[UInt8]] = []
    }

    private static let none = UInt32.max

    /// Nil when nothing but rows is counted: then there is no second scan to gain from.
    init?(_ question: RankedQuestion, groupsMax: Int) {
        guard let interval = question.interval else { return nil }
        self.question = question
        self.interval = interval
        self.groupsMax = groupsMax
    }

    // MARK: - Counting

    /// Takes in the evaluator's rows, if they can be read in place.
    func add(
        _ evaluator: RowEvaluator, _ grouping: inout Grouping, _ aggregates: AggregateStates
    ) throws(StoreError) -> Bool {
        takers.append(nil)
        guard grouping.count <= Self.countedGroupsMax, let rows = try wanted(evaluator) else {
            return false
        }
        if parts.last?.bounds !== rows.pages.bounds {
            guard let layout = RankedLayout(question, rows.pages) else { return false }
            try finish(&grouping, aggregates)
            if cells?.cellCount != layout.cellCount {
                cells = RankedCells(cellCount: layout.cellCount)
            }
            parts.append(Part(bounds: rows.pages.bounds, layout: layout))
        }
        guard let cells, let part = parts.last else { return false }
        if page?.group != rows.group {
            closePage()
            page = (rows.group, rows.pages.distances.base, rows.pages.distances.unit)
            cells.open(base: rows.pages.distances.base, unit: rows.pages.distances.unit)
        }
        try forEachBlock(rows, part.layout) { (range, selected) throws(StoreError) in
            guard block.readConditions(rows.pages, range, part.layout) else { throw Self.damage() }
            let validity = try block.readNumbers(rows.pages, range)
            cells.add(block, rows: selected, first: range.lowerBound, validity: validity)
        }
        takers[takers.count - 1] = parts.count - 1
        return true
    }

    private func wanted(_ evaluator: RowEvaluator) throws(StoreError) -> RankedRows? {
        guard let rows = try evaluator.ranked(interval, question.columns),
            evaluator.rowCount * Self.rowsPerWantedMax >= rows.rows.count
        else { return nil }
        return rows
    }

    /// Calls `body` for each block with rows that are wanted, once its cells are read, with its rows
    /// and those wanted of them (nil: all).
    private func forEachBlock(
        _ rows: RankedRows, _ layout: RankedLayout,
        _ body: (Range<Int>, ArraySlice<UInt32>?) throws(StoreError) -> Void
    ) throws(StoreError) {
        var next = rows.rows.lowerBound
        var selected = rows.selected.map { $0[...] }
        while next < rows.rows.upperBound {
            let range = rows.pages.block(from: next, before: rows.rows.upperBound)
            next = range.upperBound
            let part = selected.map { left in
                let end = SelectionVector.position(of: UInt32(range.upperBound), in: left)
                selected = left[end...]
                return left[..<end]
            }
            if part?.isEmpty ?? false { continue }
            guard block.readCells(rows.pages, range, layout) else { throw Self.damage() }
            try body(range, part)
        }
    }

    private func closePage() {
        guard let page else { return }
        cells?.close(base: page.base, unit: page.unit)
        self.page = nil
    }

    /// Gives what was counted of the last segment to the accumulators.
    func finish(
        _ grouping: inout Grouping, _ aggregates: AggregateStates
    ) throws(StoreError) {
        closePage()
        guard let cells, let part = parts.last, part.groups.isEmpty else { return }
        let layout = part.layout
        let keyCount = 1 << layout.keyBits
        let rowCounts = (0..<cells.cellCount).map { cells.rowCount($0) }
        let keys = (0..<keyCount).filter { key in
            stride(from: key, to: cells.cellCount, by: keyCount).contains { rowCounts[$0] > 0 }
        }
        let groups = try grouping.groups(
            try layout.columns(keys), rowCount: keys.count, groupsMax: groupsMax)
        var found = RankedGroups(
            bounds: part.bounds, groups: groups, groupCount: grouping.count,
            conditionCount: layout.conditions.count)
        parts[parts.count - 1].groups = Array(repeating: Self.none, count: keyCount)
        for (place, key) in keys.enumerated() {
            parts[parts.count - 1].groups[key] = groups[place]
            for conditions in 0..<1 << layout.conditions.count {
                let cell = conditions << layout.keyBits | key
                if rowCounts[cell] == 0 { continue }
                found.add(cells, cell, rowCount: rowCounts[cell], conditions, to: place)
            }
        }
        cells.clear()
        aggregates.take(found)
    }

    // MARK: - Collecting

    /// Collects what `refinements` want of the rows of the next call of `add`; false when that did not
    /// take them in.
    func collect(
        _ refinements: [QuantileRefinement?], _ evaluator: RowEvaluator,
        into collected: inout [CollectedValues]
    ) throws(StoreError) -> Bool {
        defer { collectCalls += 1 }
        guard let number = takers[collectCalls], let rows = try wanted(evaluator) else {
            return false
        }
        if parts[number].flags.isEmpty {
            parts[number].flags = refinements.map { flags($0, parts[number]) }
        }
        let part = parts[number]
        for index in refinements.indices where !part.flags[index].isEmpty {
            var values: [Int64] = []
            var groups: [UInt32] = []
            values.reserveCapacity(rows.rows.count / Self.rowsPerChosen)
            groups.reserveCapacity(rows.rows.count / Self.rowsPerChosen)
            try forEachBlock(rows, part.layout) { (range, selected) throws(StoreError) in
                let found = block.flagged(
                    part.flags[index], rows: selected, first: range.lowerBound)
                rows.pages.distances.append(
                    found, from: rows.pages.firstRow + range.lowerBound, to: &values)
                for row in found { groups.append(part.groups[Int(block.cells[Int(row)])]) }
            }
            collected[index].append(values, groups)
        }
        return true
    }

    /// By key × 256 + code, whether values are wanted; empty when none are.
    private func flags(_ refinement: QuantileRefinement?, _ part: Part) -> [UInt8] {
        guard let wanted = refinement?.wanted(part.bounds) else { return [] }
        var flags: [UInt8] = []
        flags.reserveCapacity(part.groups.count * RankBounds.codeCount)
        for group in part.groups {
            flags += wanted.flags(of: group == Self.none ? .max : Int(group))
        }
        return flags
    }

    private static func damage() -> StoreError {
        .corruption(
            file: "segment", offset: 0, region: "strings",
            reason: "a code is not in the dictionary")
    }
}

/// What was counted of one set of rank codes, by group.
struct RankedGroups {
    let bounds: RankBounds
    /// Which groups those counted are.
    let groups: [UInt32]
    /// Groups known so far.
    let groupCount: Int
    /// By condition behind none, then by place in `groups`: rows that meet it.
    var rowCounts: [[Int64]]
    /// By place in `groups`.
    var summaries: [IntegerSummaryState]
    /// By place in `groups`.
    var counts: RankCounts

    init(bounds: RankBounds, groups: [UInt32], groupCount: Int, conditionCount: Int) {
        self.bounds = bounds
        self.groups = groups
        self.groupCount = groupCount
        rowCounts = Array(
            repeating: Array(repeating: 0, count: groups.count), count: conditionCount + 1)
        summaries = Array(repeating: IntegerSummaryState(), count: groups.count)
        counts = RankCounts(bounds)
        counts.grow(to: groups.count)
    }

    /// Adds a cell, whose rows meet the conditions that `conditions` has bits for.
    fileprivate mutating func add(
        _ cells: RankedCells, _ cell: Int, rowCount: Int, _ conditions: Int, to place: Int
    ) {
        for condition in rowCounts.indices
        where condition == 0 || conditions >> (condition - 1) & 1 == 1 {
            rowCounts[condition][place] += Int64(rowCount)
        }
        summaries[place].merge(cells.summary(cell))
        cells.addCounts(of: cell, to: place, in: &counts)
    }
}
