// The columns of a result that is too large to lie in memory: read for some rows at a time, while those
// before are on their way to the client. What is held meanwhile is the snapshot, 8 bytes a row, and the
// numbers shown that ordered it.
// Cost: that of fetching the rows (`ResultFetch`); a part of them that proves too large is counted twice.

import SpanColumns
import SpanModel

/// Ordered rows that have not been read.
struct StreamedRows: ResultRest {
    private let ordered: OrderedRows
    private let scan: Scan
    private let outputs: [Plan.Output]
    private let budget: QueryBudget
    private var next = 0
    /// Rows that are tried to be read together.
    private var count: Int

    init(_ ordered: OrderedRows, _ scan: Scan, _ outputs: [Plan.Output], _ budget: QueryBudget) {
        // What ordered the rows and is not shown is not held any longer.
        let shown = Set(outputs.map(\.operand))
        self.ordered = OrderedRows(
            references: ordered.references,
            values: ordered.values.filter { shown.contains($0.key) })
        self.scan = scan
        self.outputs = outputs
        self.budget = budget
        count = max(1, budget.streamedRowsMax)
    }

    /// Throws `corruption`, `overloaded` when these rows alone take longer than a query may, and
    /// `limitExceeded` for one row that is larger than a result.
    func rows() throws(StoreError) -> ResultTable {
        var rest = self
        while true {
            let range = next..<min(next + rest.count, ordered.references.count)
            do throws(StoreError) {
                var table = ResultTable(columns: try columns(range), rowCount: range.count)
                rest.next = range.upperBound
                if rest.next < ordered.references.count { table.rest = rest }
                return table
            } catch {
                guard range.count > 1, case .limitExceeded = error else { throw error }
                rest.count = (range.count + 1) / 2
            }
        }
    }

    private func columns(_ range: Range<Int>) throws(StoreError) -> [ResultColumn] {
        var part = scan
        part.deadline = Deadline(budget.secondsMax)
        var bounded = budget
        if range.count > 1 { bounded.resultBytesMax = budget.streamedBytesMax }
        return try ResultFetch(ordered.some(range), part, bounded).columns(outputs)
    }
}

extension OrderedRows {
    /// Some of the rows.
    fileprivate func some(_ range: Range<Int>) -> OrderedRows {
        if range == references.indices { return self }
        return OrderedRows(
            references: Array(references[range]), values: values.mapValues { $0.slice(range) })
    }
}
