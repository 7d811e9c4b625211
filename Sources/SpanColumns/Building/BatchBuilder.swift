// What decoders write into. Order of calls: for each record any number of `set…`, then `endRow`
// (or `cancelRow` for a bad record), finally `finish`. A record's fields may come in any order and
// twice (the last one counts); a field that is not set is null.
// Cost: a few nanoseconds a value plus the copy; text is compressed as its blocks fill.

import SpanModel

/// Builds a `ColumnBatch` of one table, row by row.
package struct BatchBuilder: ~Copyable {
    package let schema: TableSchema
    /// Rows ended so far; also the number of the current row.
    package private(set) var rowCount = 0
    private let columns: UnsafeMutableBufferPointer<ColumnBuilder>

    package init(schema: TableSchema) {
        self.schema = schema
        columns = .allocate(capacity: schema.columns.count)
        for (index, column) in schema.columns.enumerated() {
            columns.initializeElement(at: index, to: ColumnBuilder(form: column.type.form))
        }
    }

    deinit {
        columns.deinitialize()
        columns.deallocate()
    }

    /// Sets an integer, bool (0 or 1), instant or money column of the current row.
    package mutating func setInteger(_ column: Int, _ value: Int64) {
        columns[column].set(integer: value, row: rowCount)
    }

    /// Sets a float column of the current row.
    package mutating func setFloat(_ column: Int, _ value: Double) {
        columns[column].set(float: value, row: rowCount)
    }

    /// Sets a string column of the current row to UTF-8 bytes, which the caller has validated.
    package mutating func setString(_ column: Int, _ value: UnsafeRawBufferPointer) {
        columns[column].set(string: value, row: rowCount)
    }

    /// Sets a string column of the current row.
    package mutating func setString(_ column: Int, _ value: String) {
        var copy = value
        copy.withUTF8 { columns[column].set(string: UnsafeRawBufferPointer($0), row: rowCount) }
    }

    /// Sets a text or json column of the current row to UTF-8 bytes, which the caller has
    /// validated.
    package mutating func setText(_ column: Int, _ value: UnsafeRawBufferPointer) {
        columns[column].set(text: value, row: rowCount)
    }

    /// Sets an identifier from its text; false when it is empty or too long.
    package mutating func setIdentifier(_ column: Int, text: UnsafeRawBufferPointer) -> Bool {
        columns[column].set(identifier: text, isBinary: false, row: rowCount)
    }

    /// Sets an identifier from 16 or 8 binary bytes; false for another length.
    package mutating func setIdentifier(_ column: Int, binary: UnsafeRawBufferPointer) -> Bool {
        columns[column].set(identifier: binary, isBinary: true, row: rowCount)
    }

    /// Sets an identifier from its packed form.
    package mutating func setIdentifier(_ column: Int, packed: UnsafeRawBufferPointer) {
        columns[column].set(packed: packed, row: rowCount)
    }

    /// Whether the current row has a value in `column`.
    package func isSet(_ column: Int) -> Bool { columns[column].rows > rowCount }

    /// Marks the current row as a patch or tombstone; complete needs no call.
    package mutating func setKind(_ kind: WriteKind) {
        setInteger(SystemColumn.writeKind, Int64(kind.rawValue))
    }

    /// Ends the current row.
    package mutating func endRow() { rowCount += 1 }

    /// Drops what was set on the current row.
    package mutating func cancelRow() {
        for index in columns.indices { columns[index].truncate(to: rowCount) }
    }

    /// The batch of all ended rows.
    package consuming func finish() -> ColumnBatch {
        cancelRow()
        let rows = rowCount
        let vectors = columns.indices.map { columns[$0].finish(rowCount: rows) }
        return ColumnBatch(schema: schema, rowCount: rows, columns: vectors)
    }
}
