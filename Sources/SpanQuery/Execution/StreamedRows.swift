// The columns of a result that is too large to lie in memory: read for some rows at a time, while those
// before are on their way to the client. What is held meanwhile is the snapshot, 8 bytes a row of one window, and
// the numbers shown that ordered it.
// Cost: that of fetching the rows (`ResultFetch`); a part of them that proves too large is counted twice.

import SpanColumns
import SpanModel

/// Ordered rows that have not been read.
struct StreamedRows: ResultRest {
    private var ordered: OrderedRows
    /// The rows behind those; nil: there are none.
    private var windows: RowWindows?
    private let scan: Scan
    private let outputs: [Plan.Output]
    private let budget: QueryBudget
    private var next = 0
    /// Rows that are tried to be read together.
    private var count: Int

    /// Rows that are ordered, then those of `windows`.
    init(
        _ ordered: OrderedRows, _ windows: RowWindows?, _ scan: Scan, _ outputs: [Plan.Output],
        _ budget: QueryBudget
    ) {
        self.ordered = ordered.showing(outputs)
        self.windows = windows
        self.scan = scan
        self.outputs = outputs
        self.budget = budget
        count = max(1, budget.streamedRowsMax)
    }

    /// Throws `corruption`, `overloaded` when these rows alone take longer than a query may, and
    /// `limitExceeded` for one row that is larger than a result.
    func rows() throws(StoreError) -> ResultTable {
        var rest = self
        try rest.advance()
        while true {
            let range = rest.next..<min(rest.next + rest.count, rest.ordered.references.count)
            do throws(StoreError) {
                var table = ResultTable(
                    columns: try rest.columns(range), rowCount: range.count)
                rest.next = range.upperBound
                if !rest.isEmpty { table.rest = rest }
                return table
            } catch {
                guard range.count > 1, case .limitExceeded = error else { throw error }
                rest.count = (range.count + 1) / 2
            }
        }
    }

    /// Whether all rows were read.
    private var isEmpty: Bool {
        next == ordered.references.count && windows?.hasNext != true
    }

    /// Goes on to the next window where there is no row left of the last one.
    private mutating func advance() throws(StoreError) {
        guard next == ordered.references.count else { return }
        ordered = .none
        let deadline = Deadline(budget.secondsMax)
        if let following = try windows?.next(until: deadline) {
            (ordered, next) = (following.showing(outputs), 0)
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
    static let none = OrderedRows(references: [], values: [:])

    /// Some of the rows.
    fileprivate func some(_ range: Range<Int>) -> OrderedRows {
        if range == references.indices { return self }
        return OrderedRows(
            references: Array(references[range]), values: values.mapValues { $0.slice(range) })
    }

    /// Without what ordered the rows and is not shown.
    fileprivate func showing(_ outputs: [Plan.Output]) -> OrderedRows {
        let shown = Set(outputs.map(\.operand))
        return OrderedRows(
            references: references, values: values.filter { shown.contains($0.key) })
    }
}
