// The rows of a plan given to a kernel of the question's own, morsel by morsel: for questions that
// have no form as groups and aggregates (the buckets of a chart, each line with its own bounds).
// Pruning, filter, views, threads and the time limit are those of any plan.
// Cost: one call a morsel, and what the kernel asks of it; what the kernel keeps is all that stays in memory.

import SpanColumns
import SpanModel

/// A kernel over the rows of a query.
package protocol RowFold {
    /// Takes in the rows of a morsel.
    mutating func add(_ rows: FoldedRows) throws(StoreError)
    /// Takes in what folds of other rows found, all of them behind these in the source's order.
    mutating func merge(_ others: [Self]) throws(StoreError)
}

extension Executor {
    /// `empty` after it has taken in the rows that `plan` selects; its order, page and aggregates do
    /// not count. Every piece of the rows starts with a copy of `empty`, so that must hold nothing yet.
    /// Throws `overloaded` beyond the time, and what the fold throws.
    package static func fold<Fold: RowFold>(
        _ plan: Plan, into empty: Fold, tables: any TableProvider,
        budget: QueryBudget = QueryBudget(), statistics: inout QueryStatistics
    ) throws(StoreError) -> Fold {
        var scan = try Self.scan(plan, tables: tables, budget: budget)
        let start = ContinuousClock.now
        let pieces = pieces(of: scan.parts)
        var parts = try Parallel.map(pieces.count) { index throws(StoreError) in
            try folded(pieces[index], of: scan, plan, into: empty)
        }
        for part in parts { scan.statistics.add(part.statistics) }
        // Nothing else holds it: it is merged into, not copied.
        var whole = parts.removeFirst().fold
        if !parts.isEmpty { try whole.merge(parts.map(\.fold)) }
        scan.statistics.scanNanoseconds = Deadline.nanoseconds(since: start)
        scan.countReads()
        statistics.add(scan.statistics)
        return whole
    }

    /// Pieces of each worker's morsels: a worker that is done early takes one of another's.
    private static let piecesPerWorker = 4

    /// The same morsels in pieces for workers to take in turn; one worker has one.
    private static func pieces(of parts: [ArraySlice<Morsel>]) -> [ArraySlice<Morsel>] {
        if parts.count == 1 { return parts }
        return parts.flatMap { part in
            (0..<piecesPerWorker).map {
                part[Parallel.part($0, of: piecesPerWorker, in: part.indices)]
            }.filter { !$0.isEmpty }
        }
    }

    private static func folded<Fold: RowFold>(
        _ morsels: ArraySlice<Morsel>, of scan: Scan, _ plan: Plan, into empty: Fold
    ) throws(StoreError) -> (fold: Fold, statistics: QueryStatistics) {
        var fold = empty
        var reader = MorselReader(scan, try PredicateFilter(plan.filter, types: scan.types))
        for morsel in morsels {
            guard let (whole, rows) = try reader.select(morsel) else { continue }
            try fold.add(FoldedRows(whole, selected: rows, plan.outputs.map(\.operand)))
        }
        return (fold, reader.statistics)
    }
}
