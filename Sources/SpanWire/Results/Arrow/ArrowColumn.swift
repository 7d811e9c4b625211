// One column of a record batch: how long its buffers are, then their bytes. Order of calls: `init`,
// then `write` once, into buffers that follow each other in memory.
// Cost: numbers without nulls are one memcpy.

import SpanColumns
import SpanModel

/// The buffers of one column for a run of rows.
struct ArrowColumn {
    private let type: ColumnType
    private let values: ColumnVector
    private let rows: Range<Int>
    /// Of utf8 columns.
    private let offsets: [Int32]

    /// Rows without a value.
    let nullCount: Int
    /// Bytes of the buffers in Arrow's order: validity (none without nulls), offsets of utf8,
    /// values.
    let bufferBytes: [Int]

    /// Nil when the column's texts are longer than `bytesMax`.
    init?(_ column: ResultColumn, rows: Range<Int>, bytesMax: Int) {
        type = column.type
        values = column.values
        self.rows = rows
        nullCount = ArrowNulls.count(column.values, rows)
        let validityBytes = nullCount == 0 ? 0 : ArrowBits.byteCount(rows.count)
        switch column.type {
        case .int64, .instant, .float64:
            offsets = []
            bufferBytes = [validityBytes, rows.count * 8]
        case .money:
            offsets = []
            bufferBytes = [validityBytes, rows.count * 16]
        case .bool:
            offsets = []
            bufferBytes = [validityBytes, ArrowBits.byteCount(rows.count)]
        case .identifier, .string, .text, .json:
            guard
                let offsets = ArrowUTF8.offsets(column.values, rows, bytesMax: bytesMax)
            else { return nil }
            self.offsets = offsets
            bufferBytes = [validityBytes, offsets.count * 4, Int(offsets.last ?? 0)]
        }
    }

    /// Writes the buffers. May touch up to `ArrowMessage.alignment` bytes beyond each, which belong
    /// to the next. Throws `corruption` when a text block is damaged.
    func write(to buffers: [UnsafeMutableRawPointer]) throws(StoreError) {
        if nullCount > 0 { ArrowNulls.writeValidity(values, rows, to: buffers[0]) }
        switch type {
        case .identifier, .string, .text, .json:
            offsets.withUnsafeBytes { buffers[1].copyBytes(of: $0) }
            try ArrowUTF8.write(values, rows, offsets, to: buffers[2])
        case .int64, .instant, .float64, .money, .bool: writeNumbers(to: buffers[1])
        }
    }

    private func writeNumbers(to target: UnsafeMutableRawPointer) {
        switch values {
        case .integer(let vector):
            vector.values.withUnsafeBufferPointer {
                writeIntegers(UnsafeBufferPointer(rebasing: $0[rows]), to: target)
            }
        case .float(let vector):
            vector.values.withUnsafeBytes {
                let bytes = rows.lowerBound * 8..<rows.upperBound * 8
                target.copyBytes(of: UnsafeRawBufferPointer(rebasing: $0[bytes]))
            }
        case .null, .identifier, .string, .text:
            target.initializeMemory(as: UInt8.self, repeating: 0, count: bufferBytes[1])
        }
    }

    private func writeIntegers(
        _ values: UnsafeBufferPointer<Int64>, to target: UnsafeMutableRawPointer
    ) {
        switch type {
        case .bool: ArrowBits.pack(values.count, to: target) { values[$0] != 0 }
        case .money:
            // Picodollars are the decimal's digits; the sign fills the upper half.
            for (index, value) in values.enumerated() {
                target.storeBytes(of: value, toByteOffset: index &* 16, as: Int64.self)
                target.storeBytes(of: value &>> 63, toByteOffset: index &* 16 &+ 8, as: Int64.self)
            }
        default: target.copyBytes(of: UnsafeRawBufferPointer(values))
        }
    }
}
