// Late materialisation: values of single rows, named by reference, read a row group at a time in
// ascending row order, then put in the order asked for. Which rows are read together is worked out once
// for all columns.

import SpanColumns
import SpanModel

/// A row of a query's row groups.
struct RowReference: Hashable {
    private let bits: UInt64

    init(group: Int, row: UInt32) { bits = UInt64(group) << 32 | UInt64(row) }

    private init(bits: UInt64) { self.bits = bits }

    /// No row; its values are null.
    static let none = RowReference(bits: .max)

    var group: Int { Int(bits >> 32) }
    var row: UInt32 { UInt32(truncatingIfNeeded: bits) }

    static func isBefore(_ left: RowReference, _ right: RowReference) -> Bool {
        left.bits < right.bits
    }
}

extension RowReference {
    /// Rows between two wanted ones that are better decoded than passed over.
    private static let gapMax: UInt32 = 1_024

    /// Whether a reference that is not before `last` is read together with rows from this one on.
    fileprivate func isNear(_ other: RowReference, last: UInt32?) -> Bool {
        other.group == group && last.map { other.row - $0 <= Self.gapMax } ?? true
    }
}

/// References, and how they are read.
struct FetchedRows {
    /// Ascending rows of one row group that are read together; `first` is the first of them.
    struct Run {
        let first: RowReference
        var rows: [UInt32]
    }

    private(set) var runs: [Run] = []
    /// Where the value of each reference is among those that are read; nil: in their order.
    let places: [UInt32]?

    init(_ references: [RowReference]) {
        let isAscending = zip(references, references.dropFirst()).allSatisfy {
            !RowReference.isBefore($1, $0)
        }
        if isAscending {
            places = nil
            add(references)
            return
        }
        let order = Self.byGroup(references) ?? Self.sorted(references)
        var places = [UInt32](repeating: 0, count: order.count)
        for (place, index) in order.enumerated() { places[Int(index)] = UInt32(place) }
        self.places = places
        add(order.map { references[Int($0)] })
    }

    private static func sorted(_ references: [RowReference]) -> [UInt32] {
        (0..<UInt32(references.count)).sorted {
            RowReference.isBefore(references[Int($0)], references[Int($1)])
        }
    }

    /// Row groups that are told apart without sorting their rows.
    private static let partsMax = 8

    /// The order of references to a few row groups whose rows ascend in each of them, as those of a sorted
    /// answer do; nil of any others.
    private static func byGroup(_ references: [RowReference]) -> [UInt32]? {
        var parts: [(last: RowReference, indices: [UInt32])] = []
        var part = 0
        for (index, reference) in references.enumerated() {
            if parts.isEmpty || parts[part].last.group != reference.group {
                if let known = parts.firstIndex(where: { $0.last.group == reference.group }) {
                    part = known
                } else if parts.count < partsMax {
                    part = parts.count
                    parts.append((reference, []))
                } else {
                    return nil
                }
            }
            if RowReference.isBefore(reference, parts[part].last) { return nil }
            parts[part].last = reference
            parts[part].indices.append(UInt32(index))
        }
        return parts.sorted { $0.last.group < $1.last.group }.flatMap(\.indices)
    }

    private mutating func add(_ ascending: [RowReference]) {
        var next = 0
        while next < ascending.count {
            var run = Run(first: ascending[next], rows: [])
            while next < ascending.count,
                run.first.isNear(ascending[next], last: run.rows.last)
            {
                run.rows.append(ascending[next].row)
                next += 1
            }
            runs.append(run)
        }
    }
}

/// Reads values of referenced rows.
struct RowFetcher {
    let groups: [any RowGroup]
    let types: [ColumnType]
    let log: PageLog

    /// The values of an operand at the rows, in the order of their references. `byteCount` is what a result holds
    /// already, and grows; throws `limitExceeded` when it would pass `bytesMax`.
    func fetch(
        _ operand: Operand, at rows: FetchedRows, byteCount: inout Int,
        bytesMax: Int = Limits.resultBytesMax
    ) throws(StoreError) -> ColumnVector {
        var collector = ColumnCollector(
            type: operand.type(in: types), bytesMax: bytesMax - byteCount)
        for run in rows.runs {
            let (vector, local) = try values(operand, of: run)
            try collector.append(vector, rows: local)
        }
        byteCount += collector.byteCount
        let values = collector.finish()
        return rows.places.map { values.gathered($0) } ?? values
    }

    /// Values of rows that are read together: a vector, and which of its rows are meant.
    func values(
        _ operand: Operand, of run: FetchedRows.Run
    ) throws(StoreError) -> (vector: ColumnVector, rows: [UInt32]) {
        guard run.first != .none, let last = run.rows.last else {
            return (.null(count: run.rows.count), SelectionVector.all(run.rows.count))
        }
        let start = run.rows[0]
        let evaluator = RowEvaluator(
            group: groups[run.first.group], index: run.first.group,
            rows: Int(start)..<Int(last) + 1, types: types, log: log)
        let local = run.rows.map { $0 - start }
        return (try evaluator.vector(operand, rows: local), local)
    }
}
