// Doubles as the exclusive or with the row before: close values share sign, exponent and leading
// mantissa, which become leading zero bytes and are left out. Zero bits at the end that all rows
// share are shifted out first. A nibble per row counts the bytes that follow.
// Format: schemas/encodings.md, "Xor".
// Cost: decoding about 2 ns a row, in order only.

import SpanModel

/// Writes xor bodies. They work on the bits of doubles.
enum XorEncoding {
    static let headerBytes = 16
    /// Zero bytes after the data, so that a reader may load eight bytes at any of it.
    static let paddingBytes = 8

    /// Bytes of the body for these bits, of which there must be some.
    static func byteCount(_ values: UnsafeBufferPointer<Int64>, shift: Int) -> Int {
        var data = 0
        var previous = UInt64(bitPattern: values[0])
        for value in values {
            let bits = UInt64(bitPattern: value)
            data &+= significantBytes((bits ^ previous) >> UInt64(shift))
            previous = bits
        }
        return headerBytes + (values.count + 1) / 2 + data + paddingBytes
    }

    /// Appends the body.
    static func append(
        _ values: UnsafeBufferPointer<Int64>, shift: Int, to out: inout [UInt8]
    ) {
        out.append(UInt8(shift))
        out.append(contentsOf: [0, 0, 0])
        let lengthOffset = out.count
        out.appendInteger(UInt32(0))
        out.appendInteger(values[0])
        let controls = out.count
        out.append(contentsOf: repeatElement(0, count: (values.count + 1) / 2))
        let start = out.count
        var previous = UInt64(bitPattern: values[0])
        for (row, value) in values.enumerated() {
            let bits = UInt64(bitPattern: value)
            var difference = (bits ^ previous) >> UInt64(shift)
            let length = significantBytes(difference)
            out[controls + row / 2] |= UInt8(length) << UInt8(row % 2 * 4)
            for _ in 0..<length {
                out.append(UInt8(truncatingIfNeeded: difference))
                difference >>= 8
            }
            previous = bits
        }
        out.append(contentsOf: repeatElement(0, count: paddingBytes))
        out.patch(out.count - start, at: lengthOffset)
    }

    /// Bytes up to the highest one that is not zero.
    @inline(__always)
    private static func significantBytes(_ bits: UInt64) -> Int {
        (71 &- bits.leadingZeroBitCount) / 8
    }
}

/// Reads a xor body.
struct XorReader {
    private let rowCount: Int
    private let shift: Int
    private let first: UInt64
    private let controls: UnsafeRawBufferPointer
    private let data: UnsafeRawBufferPointer

    init(_ cursor: inout ByteReader, rowCount: Int) throws(StoreError) {
        self.rowCount = rowCount
        shift = Int(try cursor.integer(UInt8.self))
        try cursor.skipZeros(3)
        let length = Int(try cursor.integer(UInt32.self))
        first = try cursor.integer(UInt64.self)
        guard shift < 64 else { throw cursor.damaged("shift \(shift)") }
        controls = try cursor.take((rowCount + 1) / 2)
        data = try cursor.take(length)
    }

    /// The values of `rows`; those before them are passed through.
    func decode(_ rows: Range<Int>) throws(StoreError) -> [Double] {
        try check()
        return [Double](unsafeUninitializedCapacity: rows.count) { out, initialized in
            var bits = first
            var position = 0
            for row in 0..<rows.lowerBound { advance(row, &position, &bits) }
            for row in rows {
                advance(row, &position, &bits)
                out[row &- rows.lowerBound] = Double(bitPattern: bits)
            }
            initialized = rows.count
        }
    }

    @inline(__always)
    private func advance(_ row: Int, _ position: inout Int, _ bits: inout UInt64) {
        let length = length(row)
        let word = UInt64(
            littleEndian: data.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        bits ^= (word & ~(UInt64.max << UInt64(8 &* length))) << UInt64(shift)
        position &+= length
    }

    @inline(__always)
    private func length(_ row: Int) -> Int { Int(controls[row / 2] >> UInt8(row % 2 * 4) & 15) }

    /// Throws `corruption` unless the data is just as long as the rows need.
    private func check() throws(StoreError) {
        var total = XorEncoding.paddingBytes
        var longest: UInt8 = 0
        for pair in controls {
            total &+= Int(pair & 15) &+ Int(pair >> 4)
            longest = max(longest, max(pair & 15, pair >> 4))
        }
        // The last of an odd number of rows has a pair to itself.
        if rowCount % 2 == 1, let last = controls.last { total &-= Int(last >> 4) }
        guard total == data.count, longest <= 8 else {
            throw .corruption(
                file: "page", offset: 0, region: "xor",
                reason: "\(data.count) bytes where the rows need \(total)")
        }
    }
}
