// A run of rows of the memtable: the columns of one batch, or of several that were merged.
// Immutable but for its kill list, so readers hold it without locks. Rows ascend by sequence.

import SpanColumns
import SpanModel

/// Up to `Limits.pageRowsMax` rows in memory.
final class MemtableChunk: RowContainer {
    let schema: TableSchema
    let columns: [ColumnVector]
    let rowCount: Int
    let sequences: [UInt64]
    /// Whether these are merged rows, which only the dedup view sees.
    let isMerged: Bool
    let kills = KillList()
    /// Bytes held, roughly.
    let byteCount: Int

    init(schema: TableSchema, columns: [ColumnVector], sequences: [UInt64], isMerged: Bool) {
        self.schema = schema
        self.columns = columns
        self.rowCount = sequences.count
        self.sequences = sequences
        self.isMerged = isMerged
        byteCount = columns.reduce(0) { $0 + $1.byteCount }
    }

    /// The chunk of a batch: its rows get consecutive sequences from `firstSequence`.
    convenience init(batch: ColumnBatch, firstSequence: UInt64, ingestTime: Int64) {
        let sequences = (0..<UInt64(batch.rowCount)).map { firstSequence + $0 }
        var columns = batch.columns
        columns[SystemColumn.sequence] = .integer(
            IntegerVector(values: sequences.map { Int64(bitPattern: $0) }))
        columns[SystemColumn.ingestTime] = .integer(
            IntegerVector(values: Array(repeating: ingestTime, count: batch.rowCount)))
        self.init(
            schema: batch.schema, columns: columns, sequences: sequences, isMerged: false)
    }

    var groupRows: [Int] { [rowCount] }

    func isHistory(group: Int) -> Bool { false }

    func quarantine(_ error: StoreError) {
        preconditionFailure("rows in memory cannot be unreadable: \(error)")
    }

    func vector(_ column: Int, group: Int) -> ColumnVector { columns[column] }

    func vector(_ column: Int, group: Int, rows: Range<Int>) -> ColumnVector {
        columns[column].slice(rows)
    }

    /// The row with a sequence, nil when it is not here.
    func row(of sequence: UInt64) -> Int? {
        guard let first = sequences.first, sequence >= first else { return nil }
        let guess = Int(clamping: sequence - first)
        if guess < rowCount, sequences[guess] == sequence { return guess }
        let row = (0..<min(rowCount, guess + 1)).partitionPoint { sequences[$0] < sequence }
        return row < rowCount && sequences[row] == sequence ? row : nil
    }

    func integer(_ column: Int, row: Int) -> Int64? {
        guard case .integer(let vector) = columns[column] else { return nil }
        if let validity = vector.validity, validity[row] == 0 { return nil }
        return vector.values[row]
    }

    func appendKey(_ column: Int, row: Int, to key: inout [UInt8]) {
        switch columns[column] {
        case .null:
            if schema.columns[column].type.form == .integer {
                ValueKey.append(integer: nil, to: &key)
            } else {
                ValueKey.append(bytes: nil, to: &key)
            }
        case .integer:
            ValueKey.append(integer: integer(column, row: row), to: &key)
        case .identifier(let vector):
            vector.withBytes(row) { ValueKey.append(bytes: $0.isEmpty ? nil : $0, to: &key) }
        case .string(let vector):
            let code = vector.codes[row]
            if code == StringVector.nullCode {
                ValueKey.append(bytes: nil, to: &key)
            } else {
                vector.dictionary.withBytes(code) { ValueKey.append(bytes: $0, to: &key) }
            }
        case .float, .text:
            preconditionFailure("column \(column) cannot be part of an identity")
        }
    }
}

extension ColumnVector {
    /// Bytes that the vector holds, roughly.
    var byteCount: Int {
        switch self {
        case .null: return 0
        case .integer(let vector):
            return vector.values.count * 8 + (vector.validity?.count ?? 0)
        case .float(let vector):
            return vector.values.count * 8 + (vector.validity?.count ?? 0)
        case .identifier(let vector):
            return vector.ends.count * 4 + vector.bytes.count
        case .string(let vector):
            return vector.codes.count * 4 + vector.dictionary.count * 4
                + vector.dictionary.bytes.count
        case .text(let vector):
            let blocks = (vector.blocks as? MemoryTextBlocks)?.blocks ?? []
            return vector.references.count * 12 + blocks.reduce(0) { $0 + $1.bytes.count }
        }
    }
}
