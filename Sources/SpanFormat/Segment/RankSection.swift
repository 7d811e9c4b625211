// The rank codes of a segment's intervals (schemas/segment.md): boundaries, then a byte for each row
// in order of row number, read in place.

import SpanColumns
import SpanModel

/// The parsed head of a rank section; the codes stay in the section.
package struct RankSection: Sendable {
    package let interval: ColumnInterval
    package let bounds: RankBounds
    /// Where the codes lie in the section.
    private let codes: Range<Int>

    /// The section's bytes.
    package static func encode(
        _ interval: ColumnInterval, bounds: RankBounds, codes: [UInt8]
    ) -> [UInt8] {
        var out: [UInt8] = []
        out.put(UInt32(interval.start))
        out.put(UInt32(interval.end))
        out.put(UInt32(bounds.values.count))
        out.put(UInt32(codes.count))
        for value in bounds.values { out.put(value) }
        return out + codes
    }

    /// The ranks of a segment of `rowCount` rows. Throws `corruption`.
    package init(_ reader: ByteReader, rowCount: Int) throws(StoreError) {
        var reader = reader
        let start = Int(try reader.uint32())
        interval = ColumnInterval(start: start, end: Int(try reader.uint32()))
        let boundCount = Int(try reader.uint32())
        let codeCount = Int(try reader.uint32())
        guard boundCount <= RankBounds.countMax, codeCount == rowCount else {
            throw reader.damage("\(boundCount) boundaries, \(codeCount) codes")
        }
        bounds = try Self.bounds(&reader, count: boundCount)
        let first = reader.offset
        _ = try reader.take(codeCount)
        codes = first..<reader.offset
        try reader.finish()
    }

    /// Reads `count` boundaries, no more than codes have room for. Throws `corruption`.
    static func bounds(
        _ reader: inout ByteReader, count: Int
    ) throws(StoreError) -> RankBounds {
        var values: [Int64] = []
        for _ in 0..<count {
            let value = try reader.int64()
            guard values.last.map({ $0 < value }) ?? true else {
                throw reader.damage("boundaries do not ascend")
            }
            values.append(value)
        }
        return RankBounds(values)
    }

    /// The codes of some rows of the segment, copied from the section's bytes.
    package func codes(_ rows: Range<Int>, section: UnsafeRawBufferPointer) -> RankCodes {
        RankCodes(bounds: bounds, codes: [UInt8](bytes(rows, section: section)))
    }

    /// The codes of some rows of the segment where they lie, a byte each.
    package func bytes(
        _ rows: Range<Int>, section: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= codes.count)
        let bytes = section[codes.lowerBound + rows.lowerBound..<codes.lowerBound + rows.upperBound]
        return UnsafeRawBufferPointer(rebasing: bytes)
    }
}
