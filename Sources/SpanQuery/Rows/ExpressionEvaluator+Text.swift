// Functions of texts: length, case, pieces, concatenation. Texts are UTF-8 and taken as it; a
// character is a Unicode scalar, as in DuckDB.

import SpanColumns
import SpanModel

extension ExpressionEvaluator {
    /// Length, lower, upper, trim, substring, replace, concatenation.
    func text(_ expression: ScalarExpression) throws(StoreError) -> ColumnVector {
        let arguments = expression.arguments
        switch expression.function {
        case .length: return try length(try vector(arguments[0]))
        case .lower: return try mapped(arguments[0]) { $0.lowercased() }
        case .upper: return try mapped(arguments[0]) { $0.uppercased() }
        case .trim: return try mapped(arguments[0], TextFunctions.trimmed)
        case .replace: return try replace(arguments)
        case .concatenate(let skipsNulls): return try concatenate(arguments, skipsNulls)
        default: return try substring(arguments)
        }
    }

    private func length(_ vector: ColumnVector) throws(StoreError) -> ColumnVector {
        var values = [Int64](repeating: 0, count: rowCount)
        var validity = [UInt8](repeating: 0, count: rowCount)
        try TextRows.forEach(vector, rows, { TextFunctions.length($0) }) { row, length in
            values[row] = length
            validity[row] = 1
        }
        return .integer(IntegerVector(values: values, validity: validity))
    }

    private func mapped(
        _ operand: Operand, _ transform: (String) -> String
    ) throws(StoreError) -> ColumnVector {
        var strings = StringRows(rowCount: rowCount)
        try strings.set(try vector(operand), rows) { text, out in
            out.append(contentsOf: transform(String(decoding: text, as: UTF8.self)).utf8)
        }
        return strings.vector
    }

    /// The texts of an operand by row; nil is null. For functions of several texts.
    private func texts(_ operand: Operand) throws(StoreError) -> [[UInt8]?] {
        var texts = [[UInt8]?](repeating: nil, count: rowCount)
        var byteCount = 0
        try TextRows.forEach(try vector(operand), rows, { Array($0) }) {
            row, text throws(StoreError) in
            byteCount += text.count
            guard byteCount <= Limits.expressionBytesMax else {
                throw .limitExceeded(
                    limit: "bytes of computed text", value: byteCount,
                    maximum: Limits.expressionBytesMax)
            }
            texts[row] = text
        }
        return texts
    }

    private func concatenate(
        _ arguments: [Operand], _ skipsNulls: Bool
    ) throws(StoreError) -> ColumnVector {
        var columns: [[[UInt8]?]] = []
        for argument in arguments { columns.append(try texts(argument)) }
        var strings = StringRows(rowCount: rowCount)
        for row in rows {
            let parts = columns.compactMap { $0[Int(row)] }
            if !skipsNulls, parts.count < columns.count { continue }
            try strings.set(Int(row), Array(parts.joined()))
        }
        return strings.vector
    }

    private func replace(_ arguments: [Operand]) throws(StoreError) -> ColumnVector {
        let wanted = try texts(arguments[1])
        let replacements = try texts(arguments[2])
        let sources = try texts(arguments[0])
        var strings = StringRows(rowCount: rowCount)
        for row in rows {
            guard let text = sources[Int(row)], let old = wanted[Int(row)],
                let new = replacements[Int(row)]
            else { continue }
            try strings.set(Int(row), TextFunctions.replaced(text, old, new))
        }
        return strings.vector
    }

    private func substring(_ arguments: [Operand]) throws(StoreError) -> ColumnVector {
        let sources = try texts(arguments[0])
        let starts = try integers(arguments[1])
        let lengths = arguments.count > 2 ? try integers(arguments[2]) : nil
        var strings = StringRows(rowCount: rowCount)
        for row in rows {
            guard let text = sources[Int(row)], starts.validity?[Int(row)] != 0 else { continue }
            if let lengths, lengths.validity?[Int(row)] == 0 { continue }
            try strings.set(
                Int(row),
                TextFunctions.substring(
                    text, from: starts.values[Int(row)], count: lengths?.values[Int(row)]))
        }
        return strings.vector
    }
}

/// Functions of single texts.
enum TextFunctions {
    /// Unicode scalars: bytes that do not continue one.
    static func length(_ text: UnsafeRawBufferPointer) -> Int64 {
        var count: Int64 = 0
        for byte in text { if byte & 0xC0 != 0x80 { count &+= 1 } }
        return count
    }

    /// Without spaces at both ends.
    static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// Every `old` replaced, from the left; an empty `old` replaces nothing. O(text × old).
    static func replaced(_ text: [UInt8], _ old: [UInt8], _ new: [UInt8]) -> [UInt8] {
        guard !old.isEmpty, old.count <= text.count else { return text }
        var out: [UInt8] = []
        var position = 0
        while position < text.count {
            if text.count - position >= old.count, text[position...].starts(with: old) {
                out.append(contentsOf: new)
                position += old.count
            } else {
                out.append(text[position])
                position += 1
            }
        }
        return out
    }

    /// Characters from the `start`-th (1 is the first, −1 the last), at most `count`.
    static func substring(_ text: [UInt8], from start: Int64, count: Int64?) -> [UInt8] {
        var boundaries = text.indices.filter { text[$0] & 0xC0 != 0x80 }
        boundaries.append(text.count)
        let length = Int64(boundaries.count - 1)
        // Positions count from 0; a window that begins before the text is cut, as in SQL.
        let first = start > 0 ? start - 1 : start < 0 ? length &+ start : -1
        guard let count else { return slice(text, boundaries, first, length) }
        let (end, overflow) = first.addingReportingOverflow(count)
        return count >= 0
            ? slice(text, boundaries, first, overflow ? length : end)
            : slice(text, boundaries, end, first)
    }

    private static func slice(
        _ text: [UInt8], _ boundaries: [Int], _ from: Int64, _ to: Int64
    ) -> [UInt8] {
        let length = Int64(boundaries.count - 1)
        let start = min(max(from, 0), length)
        let end = min(max(to, start), length)
        return Array(text[boundaries[Int(start)]..<boundaries[Int(end)]])
    }
}
