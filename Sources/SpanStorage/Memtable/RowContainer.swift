// What chunks and segments have in common: rows in groups, single values for identity resolution,
// and a list of superseded rows. Resolution and rewriting work on this alone.

import SpanColumns
import SpanModel

/// Rows of one table in one place.
protocol RowContainer: AnyObject, Sendable {
    var schema: TableSchema { get }
    /// Rows of each row group; row numbers run through the groups.
    var groupRows: [Int] { get }
    var kills: KillList { get }
    /// Whether rows of a group are superseded ones, kept for the raw view only.
    func isHistory(group: Int) -> Bool
    /// A column of a row group.
    func vector(_ column: Int, group: Int) throws(StoreError) -> ColumnVector
    /// A column in some rows of a row group.
    func vector(_ column: Int, group: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector
    /// One value of an integer column; nil when null.
    func integer(_ column: Int, row: Int) throws(StoreError) -> Int64?
    /// Takes note that the rows cannot be read; queries that need them will fail.
    func quarantine(_ error: StoreError)
    /// Appends one value of a column as bytes that are equal exactly when values are.
    func appendKey(_ column: Int, row: Int, to key: inout [UInt8]) throws(StoreError)
}

extension RowContainer {
    /// The group of a row and the row within it.
    func position(of row: Int) -> (group: Int, row: Int) {
        var first = 0
        for (group, rows) in groupRows.enumerated() {
            if row < first + rows { return (group, row - first) }
            first += rows
        }
        preconditionFailure("row \(row) of \(first)")
    }

    /// The identity of a row, as bytes.
    func identityKey(row: Int) throws(StoreError) -> [UInt8] {
        var key: [UInt8] = []
        for column in schema.identity { try appendKey(column, row: row, to: &key) }
        return key
    }

    /// The kind of a row; a null kind is a complete record.
    func kind(row: Int) throws(StoreError) -> WriteKind {
        let raw = try integer(SystemColumn.writeKind, row: row) ?? 0
        return WriteKind(rawValue: UInt8(truncatingIfNeeded: raw)) ?? .complete
    }
}

/// Bytes of single values, the same for chunks and segments.
enum ValueKey {
    /// A counted byte string; nil is a null.
    static func append(bytes: UnsafeRawBufferPointer?, to key: inout [UInt8]) {
        guard let bytes else {
            key.put(UInt32.max)
            return
        }
        key.put(UInt32(bytes.count))
        key.append(contentsOf: bytes)
    }

    /// An integer; nil is a null.
    static func append(integer: Int64?, to key: inout [UInt8]) {
        key.put(UInt8(integer == nil ? 0 : 1))
        key.put(integer ?? 0)
    }
}
