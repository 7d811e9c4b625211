// Late materialisation: values of single rows, named by reference, read a row group at a time in
// ascending row order, then put in the order asked for.

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

/// Reads values of referenced rows.
struct RowFetcher {
    let groups: [any RowGroup]
    let types: [ColumnType]
    let log: PageLog

    /// The values of an operand at `references`, in their order. `byteCount` is what a result holds
    /// already, and grows; throws `limitExceeded` when it would pass `bytesMax`.
    func fetch(
        _ operand: Operand, at references: [RowReference], byteCount: inout Int,
        bytesMax: Int = Limits.resultBytesMax
    ) throws(StoreError) -> ColumnVector {
        let order = references.indices.sorted {
            RowReference.isBefore(references[$0], references[$1])
        }
        var collector = ColumnCollector(
            type: operand.type(in: types), bytesMax: bytesMax - byteCount)
        var next = 0
        while next < order.count {
            let first = references[order[next]]
            var rows: [UInt32] = []
            while next < order.count, first.isNear(references[order[next]], last: rows.last) {
                rows.append(references[order[next]].row)
                next += 1
            }
            try append(operand, of: first, rows, to: &collector)
        }
        byteCount += collector.byteCount
        var places = [UInt32](repeating: 0, count: order.count)
        for (place, index) in order.enumerated() { places[index] = UInt32(place) }
        return collector.finish().gathered(places)
    }

    /// Appends the values of ascending rows of one group, the first of which is `first`.
    private func append(
        _ operand: Operand, of first: RowReference, _ rows: [UInt32],
        to collector: inout ColumnCollector
    ) throws(StoreError) {
        guard first != .none, let last = rows.last else {
            return try collector.append(
                .null(count: rows.count), rows: SelectionVector.all(rows.count))
        }
        let start = rows[0]
        let evaluator = RowEvaluator(
            group: groups[first.group], index: first.group, rows: Int(start)..<Int(last) + 1,
            types: types, log: log)
        let local = rows.map { $0 - start }
        try collector.append(try evaluator.vector(operand, rows: local), rows: local)
    }
}
