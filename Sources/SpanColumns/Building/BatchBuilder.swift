// What decoders write into. Order of calls: for each record any number of `set…`, then `endRow`
// (or `cancelRow` for a bad record), finally `finish`. A record's fields may come in any order and
// twice (the last one counts); a field that is not set is null.
// Cost: a few nanoseconds a value plus the copy; text is compressed as its blocks fill.

import SpanModel

/// What the rows of a string column have that set no value.
package struct ColumnDefault {
    let column: Int
    let value: [UInt8]

    /// `value` is UTF-8, which the caller has validated.
    package init(_ column: Int, _ value: UnsafeRawBufferPointer) {
        self.column = column
        self.value = [UInt8](value)
    }
}

/// A string of a row. Public, like `SpanColumn`.
public struct StringCell: BitwiseCopyable {
    @usableFromInline let column: Int
    @usableFromInline let start: UnsafeRawPointer
    @usableFromInline let count: Int

    /// The string is UTF-8, which the caller has validated.
    @inlinable @inline(__always)
    package init(_ column: Int, _ start: UnsafeRawPointer, _ count: Int) {
        self.column = column
        self.start = start
        self.count = count
    }
}

/// Builds a `ColumnBatch` of one table, row by row.
package struct BatchBuilder: ~Copyable {
    package let schema: TableSchema
    /// Rows ended so far; also the number of the current row.
    package private(set) var rowCount = 0
    private let columns: UnsafeMutablePointer<ColumnBuilder>
    /// The columns that have a builder, a bit each. The others have no value yet: a record sets a
    /// third of them, and single records are common.
    private var started: UInt64 = 0
    private let textCodec: BlockCodec
    /// Rows that columns have room for from their first value on.
    private var expectedRows = 0
    /// What rows from `defaultsStart` on have where they set no value.
    package private(set) var defaults: [ColumnDefault] = []
    private var defaultsStart = 0

    /// A schema has at most 64 columns. Blocks of texts are compressed with `textCodec`.
    package init(schema: TableSchema, textCodec: BlockCodec = .zstd) {
        precondition(schema.columns.count <= UInt64.bitWidth)
        self.schema = schema
        self.textCodec = textCodec
        columns = .allocate(capacity: schema.columns.count)
    }

    deinit {
        var rest = started
        while rest != 0 {
            (columns + rest.trailingZeroBitCount).deinitialize(count: 1)
            rest &= rest &- 1
        }
        columns.deallocate()
    }

    /// Announces rows to come, which saves columns that begin then from growing; at most
    /// `Limits.recordRowsMax` count.
    package mutating func expect(rows: Int) {
        expectedRows = min(rowCount + rows, Limits.recordRowsMax)
    }

    /// Gives the current row and those after it values where they set none, in place of the ones
    /// before. Cost: nothing a row until it ends, a pass over each column then.
    package mutating func setDefaults(_ defaults: [ColumnDefault]) {
        fillDefaults()
        self.defaults = defaults
        defaultsStart = rowCount
    }

    private mutating func fillDefaults() {
        if defaultsStart == rowCount { return }
        for value in defaults {
            value.value.withUnsafeBytes {
                builder(value.column).pointee.fill(defaultsStart..<rowCount, with: $0)
            }
        }
    }

    /// The builder of a column, made at its first value.
    @inline(__always)
    private mutating func builder(_ column: Int) -> UnsafeMutablePointer<ColumnBuilder> {
        if !isStarted(column) { start(column) }
        return columns + column
    }

    @inline(__always)
    private func isStarted(_ column: Int) -> Bool {
        started &>> UInt64(truncatingIfNeeded: column) & 1 == 1
    }

    @inline(never)
    private mutating func start(_ column: Int) {
        (columns + column).initialize(
            to: ColumnBuilder(
                form: schema.columns[column].type.form, textCodec: textCodec,
                expectedRows: expectedRows))
        started |= 1 << UInt64(column)
    }

    /// Sets an integer, bool (0 or 1), instant or money column of the current row.
    package mutating func setInteger(_ column: Int, _ value: Int64) {
        guard isStarted(column), columns[column].hasRoom(rowCount) else {
            return setFirstInteger(column, value)
        }
        columns[column].set(integer: value, row: rowCount)
    }

    /// Apart, so that the usual way saves no registers.
    @inline(never)
    private mutating func setFirstInteger(_ column: Int, _ value: Int64) {
        builder(column).pointee.set(integer: value, row: rowCount)
    }

    /// Sets a float column of the current row.
    package mutating func setFloat(_ column: Int, _ value: Double) {
        builder(column).pointee.set(float: value, row: rowCount)
    }

    /// Sets a string column of the current row to UTF-8 bytes, which the caller has validated.
    package mutating func setString(_ column: Int, _ value: UnsafeRawBufferPointer) {
        builder(column).pointee.set(string: value, row: rowCount)
    }

    /// Sets string columns of the current row. Behind the start of one that ends at `paddedEnd` or before
    /// it 32 bytes are readable; nil: behind none.
    package mutating func setStrings(
        _ cells: UnsafeBufferPointer<StringCell>, paddedEnd: UnsafeRawPointer?
    ) {
        let paddedEnd = UInt(bitPattern: paddedEnd)
        let row = rowCount
        for cell in cells {
            let builder = builder(cell.column)
            let end = UInt(bitPattern: cell.start) &+ UInt(bitPattern: cell.count)
            if cell.count <= ShortString.bytesMax, end <= paddedEnd {
                let string = ShortString(padded: cell.start, cell.count)
                builder.pointee.set(short: string, at: cell.start, row: row)
            } else {
                let string = UnsafeRawBufferPointer(start: cell.start, count: cell.count)
                builder.pointee.set(string: string, row: row)
            }
        }
    }

    /// Sets a string column of the current row.
    package mutating func setString(_ column: Int, _ value: String) {
        var copy = value
        copy.withUTF8 {
            builder(column).pointee.set(string: UnsafeRawBufferPointer($0), row: rowCount)
        }
    }

    /// The code of UTF-8 bytes, which the caller has validated, in a string column: what `setCode`
    /// takes in this row and those after it.
    package mutating func code(_ column: Int, of value: UnsafeRawBufferPointer) -> UInt32 {
        builder(column).pointee.code(of: value)
    }

    /// Sets a string column of the current row to a string whose code is known.
    package mutating func setCode(_ column: Int, _ code: UInt32) {
        guard isStarted(column), columns[column].hasRoom(rowCount) else {
            return setFirstCode(column, code)
        }
        columns[column].set(code: code, row: rowCount)
    }

    @inline(never)
    private mutating func setFirstCode(_ column: Int, _ code: UInt32) {
        builder(column).pointee.set(code: code, row: rowCount)
    }

    /// Sets a text or json column of the current row to UTF-8 bytes, which the caller has
    /// validated.
    package mutating func setText(_ column: Int, _ value: UnsafeRawBufferPointer) {
        builder(column).pointee.set(text: value, row: rowCount)
    }

    /// Sets a text or json column of the current row to UTF-8 bytes, which the caller has validated and
    /// holds: they reach from `start` to `end` of what `closeText` is given next. A column has all its
    /// texts by `setText` or all by this.
    package mutating func setOpenText(_ column: Int, from start: Int, to end: Int) {
        builder(column).pointee.set(openText: start..<end, row: rowCount)
    }

    /// Ends a block of texts that the caller holds.
    package mutating func closeText(_ column: Int, _ block: UnsafeRawBufferPointer) {
        builder(column).pointee.closeText(block)
    }

    /// Sets an identifier from its text; false when it is empty or too long.
    package mutating func setIdentifier(_ column: Int, text: UnsafeRawBufferPointer) -> Bool {
        builder(column).pointee.set(identifier: text, row: rowCount)
    }

    /// Sets an identifier from 16 binary bytes as they lie in memory.
    package mutating func setIdentifier(_ column: Int, binary: SIMD2<UInt64>) {
        guard isStarted(column), columns[column].hasRoomForIdentifier(rowCount) else {
            return setFirstIdentifier(column, binary: binary)
        }
        columns[column].setNext(binary: binary, row: rowCount)
    }

    @inline(never)
    private mutating func setFirstIdentifier(_ column: Int, binary: SIMD2<UInt64>) {
        builder(column).pointee.set(binary: binary, row: rowCount)
    }

    /// Sets an identifier from 8 binary bytes as they lie in memory.
    package mutating func setIdentifier(_ column: Int, binary: UInt64) {
        guard isStarted(column), columns[column].hasRoomForIdentifier(rowCount) else {
            return setFirstIdentifier(column, binary: binary)
        }
        columns[column].setNext(binary: binary, row: rowCount)
    }

    @inline(never)
    private mutating func setFirstIdentifier(_ column: Int, binary: UInt64) {
        builder(column).pointee.set(binary: binary, row: rowCount)
    }

    /// Sets an identifier from its packed form.
    package mutating func setIdentifier(_ column: Int, packed: UnsafeRawBufferPointer) {
        builder(column).pointee.set(packed: packed, row: rowCount)
    }

    /// Whether the current row has a value in `column`.
    package func isSet(_ column: Int) -> Bool {
        started & (1 << UInt64(column)) != 0 && columns[column].rows > rowCount
    }

    /// Marks the current row as a patch or tombstone; complete needs no call.
    package mutating func setKind(_ kind: WriteKind) {
        setInteger(SystemColumn.writeKind, Int64(kind.rawValue))
    }

    /// Ends the current row.
    package mutating func endRow() { rowCount += 1 }

    /// Drops what was set on the current row.
    package mutating func cancelRow() {
        var rest = started
        while rest != 0 {
            columns[rest.trailingZeroBitCount].truncate(to: rowCount)
            rest &= rest &- 1
        }
    }

    /// The batch of all ended rows.
    package consuming func finish() -> ColumnBatch {
        cancelRow()
        fillDefaults()
        let vectors = schema.columns.indices.map { column -> ColumnVector in
            started & (1 << UInt64(column)) == 0
                ? .null(count: rowCount) : columns[column].finish(rowCount: rowCount)
        }
        return ColumnBatch(schema: schema, rowCount: rowCount, columns: vectors)
    }
}
