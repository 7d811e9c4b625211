// Columns of spans as usage reads them: identifiers as hashes, counts with their nulls.
// Cost: about 5 ns a value.

import SpanColumns
import SpanModel

/// Hashes of what tells spans apart, for as long as a question takes.
enum UsageHash {
    private static let seed: UInt64 = 1

    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 { Hash64.hash(bytes, seed: seed) }

    static func of(_ text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { of(UnsafeRawBufferPointer($0)) }
    }

    /// Of a column of strings or identifiers, by row; 0 is null.
    static func hashes(of column: ColumnVector) -> [UInt64] {
        switch column {
        case .identifier(let vector):
            return vector.bytes.withUnsafeBytes { bytes in
                var start = 0
                return vector.ends.map { end in
                    let range = start..<Int(end)
                    start = range.upperBound
                    return range.isEmpty ? 0 : of(UnsafeRawBufferPointer(rebasing: bytes[range]))
                }
            }
        case .string(let vector):
            // Neighbours mostly are alike.
            var last = (code: StringVector.nullCode, hash: 0 as UInt64)
            return vector.codes.map { code in
                if code == StringVector.nullCode { return 0 }
                if code != last.code { last = (code, vector.dictionary.withBytes(code) { of($0) }) }
                return last.hash
            }
        case .null, .integer, .float, .text:
            return Array(repeating: 0, count: column.count)
        }
    }
}

/// Integers of a column, by row.
struct UsageNumbers {
    private let vector: IntegerVector?

    init(_ column: ColumnVector) {
        if case .integer(let vector) = column { self.vector = vector } else { vector = nil }
    }

    func isPresent(_ row: Int) -> Bool {
        guard let vector else { return false }
        return vector.validity?[row] != 0
    }

    subscript(row: Int) -> Int64? { isPresent(row) ? vector?.values[row] : nil }
}
