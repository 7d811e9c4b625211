// Texts of a vector, whatever its form, and texts that functions make. A string that repeats is
// looked at once per dictionary entry, so the closures below must depend on the text alone.

import SpanColumns
import SpanModel

/// Reads texts.
enum TextRows {
    typealias Reader<Value> = (UnsafeRawBufferPointer) throws(StoreError) -> Value

    /// Calls `store` with each of `rows` that has a text and what `read` made of the text.
    static func forEach<Value>(
        _ vector: ColumnVector, _ rows: [UInt32], _ read: Reader<Value>,
        _ store: (Int, Value) throws(StoreError) -> Void
    ) throws(StoreError) {
        switch vector {
        case .null, .integer, .float: return
        case .string(let source): try forEach(source, rows, read, store)
        case .identifier(let source):
            var text: [UInt8] = []
            for row in rows where !source.range(Int(row)).isEmpty {
                text.removeAll(keepingCapacity: true)
                source.withBytes(Int(row)) { PackedIdentifier.appendText(of: $0, to: &text) }
                try store(Int(row), try with(text[...], read))
            }
        case .text(let source):
            var reader = TextReader(source.blocks)
            for row in rows {
                guard let text = try reader.bytes(source.references[Int(row)]) else { continue }
                try store(Int(row), try with(text, read))
            }
        }
    }

    private static func forEach<Value>(
        _ source: StringVector, _ rows: [UInt32], _ read: Reader<Value>,
        _ store: (Int, Value) throws(StoreError) -> Void
    ) throws(StoreError) {
        var known = [Value?](repeating: nil, count: source.dictionary.count)
        for row in rows {
            let code = source.codes[Int(row)]
            if code == StringVector.nullCode { continue }
            if let value = known[Int(code)] {
                try store(Int(row), value)
                continue
            }
            let value = try with(source.dictionary.bytes[source.dictionary.range(code)], read)
            known[Int(code)] = value
            try store(Int(row), value)
        }
    }

    private static func with<Value>(
        _ text: ArraySlice<UInt8>, _ read: Reader<Value>
    ) throws(StoreError) -> Value {
        let result = text.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in try read(bytes) }
        }
        return try result.get()
    }
}

/// Strings being made for the rows of a row group.
struct StringRows {
    private var codes: [UInt32]
    private var interner = StringInterner()

    init(rowCount: Int) { codes = Array(repeating: StringVector.nullCode, count: rowCount) }

    /// Sets `rows` to what `transform` appends for their texts; a row without a text stays null.
    /// Throws `limitExceeded` when the texts of a row group grow too large.
    mutating func set(
        _ vector: ColumnVector, _ rows: [UInt32],
        _ transform: (UnsafeRawBufferPointer, inout [UInt8]) -> Void
    ) throws(StoreError) {
        var scratch: [UInt8] = []
        // The codes are moved out, so that the closures do not overlap in their access.
        var interner = self.interner
        var codes = self.codes
        self.codes = []
        try TextRows.forEach(
            vector, rows,
            { (text) throws(StoreError) -> UInt32 in
                scratch.removeAll(keepingCapacity: true)
                transform(text, &scratch)
                try Self.checkBytes(interner)
                return scratch.withUnsafeBytes { interner.intern($0) }
            }, { row, code in codes[row] = code })
        self.interner = interner
        self.codes = codes
    }

    /// Sets one row.
    mutating func set(_ row: Int, _ text: [UInt8]) throws(StoreError) {
        try Self.checkBytes(interner)
        codes[row] = text.withUnsafeBytes { interner.intern($0) }
    }

    private static func checkBytes(_ interner: StringInterner) throws(StoreError) {
        guard interner.byteCount <= Limits.expressionBytesMax else {
            throw .limitExceeded(
                limit: "bytes of computed text", value: interner.byteCount,
                maximum: Limits.expressionBytesMax)
        }
    }

    var vector: ColumnVector {
        .string(StringVector(codes: codes, dictionary: interner.dictionary()))
    }
}
