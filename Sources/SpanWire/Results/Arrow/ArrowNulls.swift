// Which rows of a vector are null, as Arrow counts and marks them.

import SpanColumns

/// Null counts and validity bitmaps of vectors.
enum ArrowNulls {
    /// Rows without a value.
    static func count(_ vector: ColumnVector, _ rows: Range<Int>) -> Int {
        switch vector {
        case .null: return rows.count
        case .integer(let vector): return count(vector.validity, rows)
        case .float(let vector): return count(vector.validity, rows)
        case .identifier(let vector):
            var start = rows.lowerBound == 0 ? 0 : vector.ends[rows.lowerBound - 1]
            var nulls = 0
            for end in vector.ends[rows] {
                if end == start { nulls &+= 1 }
                start = end
            }
            return nulls
        case .string(let vector):
            var nulls = 0
            for code in vector.codes[rows] where code == StringVector.nullCode { nulls &+= 1 }
            return nulls
        case .text(let vector):
            var nulls = 0
            for reference in vector.references[rows] where reference.isNull { nulls &+= 1 }
            return nulls
        }
    }

    /// Writes the validity bitmap of rows of which some are null.
    static func writeValidity(
        _ vector: ColumnVector, _ rows: Range<Int>, to target: UnsafeMutableRawPointer
    ) {
        switch vector {
        case .null: ArrowBits.pack(rows.count, to: target) { _ in false }
        case .integer(let vector): pack(vector.validity, rows, to: target)
        case .float(let vector): pack(vector.validity, rows, to: target)
        case .identifier(let vector):
            vector.ends.withUnsafeBufferPointer { ends in
                ArrowBits.pack(rows.count, to: target) { index in
                    let row = rows.lowerBound &+ index
                    return ends[row] != (row == 0 ? 0 : ends[row &- 1])
                }
            }
        case .string(let vector):
            vector.codes.withUnsafeBufferPointer { codes in
                ArrowBits.pack(rows.count, to: target) {
                    codes[rows.lowerBound &+ $0] != StringVector.nullCode
                }
            }
        case .text(let vector):
            vector.references.withUnsafeBufferPointer { references in
                ArrowBits.pack(rows.count, to: target) {
                    !references[rows.lowerBound &+ $0].isNull
                }
            }
        }
    }

    private static func count(_ validity: [UInt8]?, _ rows: Range<Int>) -> Int {
        validity?.withUnsafeBytes {
            ArrowBits.zeroCount(UnsafeRawBufferPointer(rebasing: $0[rows]))
        } ?? 0
    }

    private static func pack(
        _ validity: [UInt8]?, _ rows: Range<Int>, to target: UnsafeMutableRawPointer
    ) {
        validity?.withUnsafeBytes {
            ArrowBits.packValidity(UnsafeRawBufferPointer(rebasing: $0[rows]), to: target)
        }
    }
}
