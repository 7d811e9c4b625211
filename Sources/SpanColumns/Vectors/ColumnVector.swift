// The values of one column for a run of rows: what builders produce, pages decode to, kernels
// read and encoders print. Immutable values; nulls are a byte per row (0 = null), or none at all.
// Access across modules is per vector, never per value: take the arrays once, then loop.

import SpanModel

/// One column's values for `count` rows.
package enum ColumnVector: Sendable {
    /// No row has a value.
    case null(count: Int)
    case integer(IntegerVector)
    case float(FloatVector)
    case identifier(IdentifierVector)
    case string(StringVector)
    case text(TextVector)

    /// Rows of the vector.
    package var count: Int {
        switch self {
        case .null(let count): count
        case .integer(let vector): vector.values.count
        case .float(let vector): vector.values.count
        case .identifier(let vector): vector.count
        case .string(let vector): vector.codes.count
        case .text(let vector): vector.references.count
        }
    }
}

/// 64-bit integers: int64, bool (0 or 1), instant, money.
package struct IntegerVector: Sendable, Equatable {
    package var values: [Int64]
    /// A byte per row, 0 = null (its value is then 0); nil: no nulls.
    package var validity: [UInt8]?

    package init(values: [Int64], validity: [UInt8]? = nil) {
        self.values = values
        self.validity = validity
    }
}

/// Doubles; NaN payloads and the sign of zero are kept.
package struct FloatVector: Sendable {
    package var values: [Double]
    /// A byte per row, 0 = null (its value is then 0); nil: no nulls.
    package var validity: [UInt8]?

    package init(values: [Double], validity: [UInt8]? = nil) {
        self.values = values
        self.validity = validity
    }
}

/// Packed identifiers (`PackedIdentifier`), one after the other.
package struct IdentifierVector: Sendable, Equatable {
    /// Where each row's bytes end in `bytes`; a null row is empty.
    package var ends: [UInt32]
    package var bytes: [UInt8]

    package init(ends: [UInt32] = [], bytes: [UInt8] = []) {
        self.ends = ends
        self.bytes = bytes
    }

    /// Rows of the vector.
    package var count: Int { ends.count }

    /// The byte range of a row; empty: null.
    package func range(_ row: Int) -> Range<Int> {
        (row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row])
    }

    /// Calls `body` with the packed bytes of a row; an empty buffer is null.
    package func withBytes<R>(_ row: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range(row)])) }
    }
}

/// Dictionary codes and their dictionary.
package struct StringVector: Sendable {
    /// The code of a null row.
    package static let nullCode = UInt32.max

    package var codes: [UInt32]
    package var dictionary: StringDictionary

    package init(codes: [UInt32], dictionary: StringDictionary) {
        self.codes = codes
        self.dictionary = dictionary
    }
}

/// Distinct strings, numbered from 0. Immutable and shared by the vectors of a chunk or segment.
package final class StringDictionary: Sendable {
    /// Where each string ends in `bytes`.
    package let ends: [UInt32]
    package let bytes: [UInt8]
    /// Whether the strings are known to ascend by their bytes, so that they can be searched.
    package let isSorted: Bool

    /// Strings back to back; `ends` must rise and end at `bytes.count`.
    package init(ends: [UInt32], bytes: [UInt8], isSorted: Bool = false) {
        precondition(Int(ends.last ?? 0) == bytes.count)
        self.ends = ends
        self.bytes = bytes
        self.isSorted = isSorted
    }

    package static let empty = StringDictionary(ends: [], bytes: [])

    /// Strings in the dictionary.
    package var count: Int { ends.count }

    /// The byte range of a code.
    package func range(_ code: UInt32) -> Range<Int> {
        (code == 0 ? 0 : Int(ends[Int(code) - 1]))..<Int(ends[Int(code)])
    }

    /// Calls `body` with the UTF-8 bytes of a code.
    package func withBytes<R>(_ code: UInt32, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range(code)])) }
    }

    /// The string of a code.
    package func string(_ code: UInt32) -> String {
        String(decoding: bytes[range(code)], as: UTF8.self)
    }

    /// The code of a string; a binary search where the strings are sorted, else a linear one.
    package func code(of string: String) -> UInt32? {
        var wanted = string
        return wanted.withUTF8 { code(of: UnsafeRawBufferPointer($0)) }
    }

    /// The code of UTF-8 bytes, found as that of a string.
    package func code(of wanted: UnsafeRawBufferPointer) -> UInt32? {
        guard isSorted else {
            return (0..<UInt32(count)).first { withBytes($0) { $0.elementsEqual(wanted) } }
        }
        var low: UInt32 = 0
        var high = UInt32(count)
        while low < high {
            let middle = low + (high - low) / 2
            if withBytes(middle, { $0.lexicographicallyPrecedes(wanted) }) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < count, withBytes(low, { $0.elementsEqual(wanted) }) else { return nil }
        return low
    }
}

/// References into text blocks.
package struct TextVector: Sendable {
    package var references: [TextReference]
    package var blocks: any TextBlockSource

    package init(references: [TextReference], blocks: any TextBlockSource) {
        self.references = references
        self.blocks = blocks
    }
}
