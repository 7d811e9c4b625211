// The rows of several results, and the bytes that a result takes.

import SpanColumns
import SpanModel

extension ResultTable {
    /// All rows of some tables, one behind the other.
    package static func allRows(_ tables: [ResultTable]) -> [RowPick] {
        tables.enumerated().flatMap { source, table in
            (0..<table.rowCount).map { (source: UInt32(source), row: UInt32($0)) }
        }
    }

    /// Bytes that the columns take; texts on disk are not among them.
    var heldBytes: Int { columns.reduce(0) { $0 + $1.values.heldBytes } }
}

extension ColumnVector {
    /// Bytes that the values take, a dictionary included.
    var heldBytes: Int {
        switch self {
        case .null: 0
        case .integer(let source): source.values.heldBytes + (source.validity?.heldBytes ?? 0)
        case .float(let source): source.values.heldBytes + (source.validity?.heldBytes ?? 0)
        case .string(let source):
            source.codes.heldBytes + source.dictionary.ends.heldBytes
                + source.dictionary.bytes.heldBytes
        case .identifier(let source): source.ends.heldBytes + source.bytes.heldBytes
        case .text(let source): source.references.heldBytes
        }
    }
}
