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

/// Reads values of referenced rows.
struct RowFetcher {
    let groups: [any RowGroup]
    let types: [ColumnType]

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
            while next < order.count, references[order[next]].group == first.group {
                rows.append(references[order[next]].row)
                next += 1
            }
            if first == .none {
                try collector.append(
                    .null(count: rows.count), rows: Array(0..<UInt32(rows.count)))
            } else {
                let evaluator = RowEvaluator(
                    group: groups[first.group], index: first.group, types: types)
                try collector.append(
                    try evaluator.vector(operand, rows: rows), rows: rows)
            }
        }
        byteCount += collector.byteCount
        var places = [UInt32](repeating: 0, count: order.count)
        for (place, index) in order.enumerated() { places[index] = UInt32(place) }
        return collector.finish().gathered(places)
    }
}
