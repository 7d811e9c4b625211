// The cells of each kind of vector: a loop per type, so that nothing is decided per value but
// whether it is null.

import SpanColumns
import SpanModel

extension CellWriter {
    /// Appends the cells of a vector. Throws `corruption` when a text block is damaged.
    mutating func append(_ vector: ColumnVector, type: ColumnType) throws(StoreError) {
        let style = style
        switch vector {
        case .null: appendShort(bytesMax: 4) { _, out in style.writeNull(&out) }
        case .integer(let vector): append(vector, type)
        case .float(let vector): append(vector)
        case .identifier(let vector): try append(vector)
        case .string(let vector): try append(vector, isJSON: type == .json)
        case .text(let vector): try append(vector, isJSON: type == .json)
        }
    }

    // MARK: - Numbers

    private mutating func append(_ vector: IntegerVector, _ type: ColumnType) {
        let (values, validity) = (vector.values, vector.validity)
        let style = style
        switch type {
        case .bool:
            append(values, validity, bytesMax: 5) { value, out in
                let text: StaticString = value != 0 ? "true" : "false"
                let count = text.utf8CodeUnitCount
                out.copyMemory(from: text.utf8Start, byteCount: count)
                out += count
            }
        case .instant:
            var instants = InstantText()
            append(values, validity, bytesMax: InstantText.bytes + 2) { value, out in
                style.writeQuote(&out)
                instants.write(value, to: &out)
                style.writeQuote(&out)
            }
        case .money:
            append(values, validity, bytesMax: MoneyText.bytesMax) { value, out in
                MoneyText.write(value, to: &out)
            }
        default:
            append(values, validity, bytesMax: NumberText.integerBytesMax) { value, out in
                NumberText.write(value, to: &out)
            }
        }
    }

    private mutating func append(_ vector: FloatVector) {
        let style = style
        append(vector.values, vector.validity, bytesMax: NumberText.doubleBytesMax) { value, out in
            if value.isFinite {
                NumberText.write(value, to: &out)
            } else if style == .json {
                style.writeNull(&out)
            } else {
                for byte in NonFinite.name(of: value).utf8 { out.put(byte) }
            }
        }
    }

    /// Appends the values that are not null.
    @inline(__always)
    private mutating func append<Value>(
        _ values: [Value], _ validity: [UInt8]?, bytesMax: Int,
        _ write: (Value, inout UnsafeMutableRawPointer) -> Void
    ) {
        let style = style
        values.withUnsafeBufferPointer { values in
            guard let validity else {
                return appendShort(bytesMax: bytesMax) { row, out in write(values[row], &out) }
            }
            validity.withUnsafeBufferPointer { validity in
                appendShort(bytesMax: max(4, bytesMax)) { row, out in
                    if validity[row] == 0 {
                        style.writeNull(&out)
                    } else {
                        write(values[row], &out)
                    }
                }
            }
        }
    }

    // MARK: - Texts

    private mutating func append(_ vector: IdentifierVector) throws(StoreError) {
        let style = style
        try vector.bytes.withUnsafeBufferPointer { bytes throws(StoreError) in
            try vector.ends.withUnsafeBufferPointer { ends throws(StoreError) in
                try appendTexts { row, frame, writer in
                    let packed = UnsafeRawBufferPointer(
                        UnsafeBufferPointer(rebasing: bytes[rowRange(ends, row)]))
                    if packed.isEmpty {
                        writer.addNull(frame)
                    } else if packed[0] == PackedIdentifier.Form.text.rawValue {
                        let text = UnsafeRawBufferPointer(rebasing: packed.dropFirst())
                        writer.addText(frame, text, isJSON: false)
                    } else {
                        let length = IdentifierText.length(packed)
                        writer.addCell(frame, bytesMax: length &+ 2) { out in
                            style.writeQuote(&out)
                            IdentifierText.write(packed, length: length, to: out)
                            out += length
                            style.writeQuote(&out)
                        }
                    }
                }
            }
        }
    }

    private mutating func append(
        _ vector: StringVector, isJSON: Bool
    ) throws(StoreError) {
        let dictionary = vector.dictionary
        try dictionary.bytes.withUnsafeBufferPointer { bytes throws(StoreError) in
            try dictionary.ends.withUnsafeBufferPointer { ends throws(StoreError) in
                try vector.codes.withUnsafeBufferPointer { codes throws(StoreError) in
                    try appendTexts { row, frame, writer in
                        let code = codes[row]
                        guard code != StringVector.nullCode else { return writer.addNull(frame) }
                        let text = bytes[rowRange(ends, Int(code))]
                        let buffer = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: text))
                        writer.addText(frame, buffer, isJSON: isJSON)
                    }
                }
            }
        }
    }

    private mutating func append(_ vector: TextVector, isJSON: Bool) throws(StoreError) {
        var reader = TextReader(vector.blocks)
        try appendTexts { row, frame, writer throws(StoreError) in
            guard let text = try reader.bytes(vector.references[row]) else {
                return writer.addNull(frame)
            }
            text.withUnsafeBytes { writer.addText(frame, $0, isJSON: isJSON) }
        }
    }
}
