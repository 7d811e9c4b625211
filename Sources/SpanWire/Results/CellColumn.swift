// The cells of one result column as text, for a run of rows: made column by column, so that a
// type is looked at once and not per value; the encoders then only interleave cells.

import SpanColumns
import SpanModel

/// How cells are written.
enum CellStyle {
    /// JSON values.
    case json
    /// Plain text; a null is empty.
    case text
}

/// Texts of one column, back to back.
struct CellColumn {
    private(set) var bytes: [UInt8] = []
    /// Where each row's cell ends in `bytes`.
    private(set) var ends: [Int] = []
    private let style: CellStyle
    private let type: ColumnType

    /// The cells of `rows` of `column`. Throws `corruption` when a text block is damaged.
    init(_ column: ResultColumn, rows: Range<Int>, style: CellStyle) throws(StoreError) {
        self.style = style
        type = column.type
        ends.reserveCapacity(rows.count)
        switch column.values {
        case .null: for _ in rows { endNull() }
        case .integer(let vector): append(vector, rows)
        case .float(let vector): append(vector, rows)
        case .identifier(let vector): append(vector, rows)
        case .string(let vector): append(vector, rows)
        case .text(let vector): try append(vector, rows)
        }
    }

    /// The bytes of a row's cell, counted from the first row.
    func range(_ row: Int) -> Range<Int> { (row == 0 ? 0 : ends[row - 1])..<ends[row] }

    private mutating func end() { ends.append(bytes.count) }

    private mutating func endNull() {
        if style == .json { bytes.append(contentsOf: "null".utf8) }
        end()
    }

    private mutating func append(_ vector: IntegerVector, _ rows: Range<Int>) {
        for row in rows {
            if let validity = vector.validity, validity[row] == 0 {
                endNull()
                continue
            }
            let value = vector.values[row]
            switch type {
            case .bool: bytes.append(contentsOf: value != 0 ? "true".utf8 : "false".utf8)
            case .instant: appendQuoted(Instant.utf8(value))
            case .money: bytes.append(contentsOf: Money.format(Int128(value)).utf8)
            default: JSONWriter.appendInteger(value, to: &bytes)
            }
            end()
        }
    }

    /// Appends text that needs no escapes.
    private mutating func appendQuoted(_ text: [UInt8]) {
        if style == .json { bytes.append(UInt8(ascii: "\"")) }
        bytes.append(contentsOf: text)
        if style == .json { bytes.append(UInt8(ascii: "\"")) }
    }

    private mutating func append(_ vector: FloatVector, _ rows: Range<Int>) {
        for row in rows {
            if let validity = vector.validity, validity[row] == 0 {
                endNull()
                continue
            }
            let value = vector.values[row]
            if style == .json || value.isFinite {
                JSONWriter.appendDouble(value, to: &bytes)
            } else {
                bytes.append(contentsOf: NonFinite.name(of: value).utf8)
            }
            end()
        }
    }

    private mutating func append(_ vector: IdentifierVector, _ rows: Range<Int>) {
        var text: [UInt8] = []
        for row in rows {
            guard !vector.range(row).isEmpty else {
                endNull()
                continue
            }
            text.removeAll(keepingCapacity: true)
            vector.withBytes(row) { PackedIdentifier.appendText(of: $0, to: &text) }
            text.withUnsafeBytes { appendText($0) }
            end()
        }
    }

    private mutating func append(_ vector: StringVector, _ rows: Range<Int>) {
        let dictionary = vector.dictionary
        for row in rows {
            let code = vector.codes[row]
            guard code != StringVector.nullCode else {
                endNull()
                continue
            }
            dictionary.withBytes(code) { appendText($0) }
            end()
        }
    }

    private mutating func append(_ vector: TextVector, _ rows: Range<Int>) throws(StoreError) {
        var reader = TextReader(vector.blocks)
        for row in rows {
            guard let text = try reader.bytes(vector.references[row]) else {
                endNull()
                continue
            }
            text.withUnsafeBytes { appendText($0) }
            end()
        }
    }

    private mutating func appendText(_ text: UnsafeRawBufferPointer) {
        if style == .text || type == .json {
            bytes.append(contentsOf: text)
        } else {
            JSONWriter.appendString(text, to: &bytes)
        }
    }
}
