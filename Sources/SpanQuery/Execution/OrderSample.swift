// Places that part many rows into about equal windows in the order of a query: some of the rows, evenly spread over
// the table, are put in order, and every so many of them is a place.
// Order of calls: `scan` for each part of the rows, `append` of the others to the first, then `bounds`.

import SpanColumns
import SpanModel

/// Some of the rows of a query, with what they are ordered by.
struct OrderSample {
    private let terms: [OrderTerm]
    /// Rows of which one is taken.
    private let spacing: Int
    private var keys: [ColumnCollector]
    private var count = 0
    private(set) var statistics = QueryStatistics()

    /// Rows that are taken of a whole table, about.
    private static let rowsMax = 1 << 16

    init(_ terms: [OrderTerm], _ scan: Scan) {
        self.terms = terms
        spacing = max(1, scan.rowCount / Self.rowsMax)
        keys = terms.map { ColumnCollector(type: $0.operand.type(in: scan.types)) }
    }

    mutating func scan(
        _ morsels: ArraySlice<Morsel>, of scan: Scan, _ filter: PredicateFilter
    ) throws(StoreError) {
        var reader = MorselReader(scan, filter)
        for morsel in morsels {
            let before = reader.statistics.rowsMatched
            guard let evaluator = try reader.read(morsel) else { continue }
            let first = (spacing - before % spacing) % spacing
            let rows = stride(from: first, to: evaluator.rowCount, by: spacing)
            let taken = evaluator.narrowed(to: rows.map(UInt32.init))
            if taken.rowCount == 0 { continue }
            for (index, term) in terms.enumerated() {
                try keys[index].append(try taken.vector(term.operand))
            }
            count += taken.rowCount
        }
        statistics.add(reader.statistics)
    }

    mutating func append(_ other: OrderSample) throws(StoreError) {
        var other = other
        for index in keys.indices { try keys[index].append(other.keys[index].finish()) }
        count += other.count
        statistics.add(other.statistics)
    }

    /// Places in ascending order, that part the rows into `windows` parts or fewer.
    mutating func bounds(windows: Int) -> [OrderBound] {
        let values = keys.indices.map { keys[$0].finish() }
        let order = RowOrder.sorted(
            count: count, by: zip(terms, values).map { $0.rowOrder($1) })
        let parts = min(windows, count)
        return (1..<max(1, parts)).map { part in
            let row = order[count * part / parts]
            return OrderBound(terms, values.map { $0.gathered([row]) })
        }
    }
}
