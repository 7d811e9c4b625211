// Doubles as the exclusive or with the row before: close values share sign, exponent and leading
// mantissa, which become leading zero bytes and are left out. Zero bits at the end that all rows
// share are shifted out first. A nibble per row counts the bytes that follow. Every 1,024 rows the
// bits before them and their place in the data are stored, so that a few rows need one such block.
// Format: schemas/encodings.md, "Xor". Bodies of version 1 are one block of all rows.
// Cost: decoding about 1.2 ns a row, from the start of its block.

import SpanModel

/// Writes xor bodies. They work on the bits of doubles.
enum XorEncoding {
    static let headerBytes = 8
    /// Rows of a block.
    static let blockRows = 1_024
    private static let startBytes = 12
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
        return headerBytes + blockCount(values.count) * startBytes + (values.count + 1) / 2
            + data + paddingBytes
    }

    /// Blocks of so many rows.
    static func blockCount(_ rows: Int) -> Int { (rows + blockRows - 1) / blockRows }

    /// Appends the body.
    static func append(
        _ values: UnsafeBufferPointer<Int64>, shift: Int, to out: inout [UInt8]
    ) {
        var starts: [UInt8] = []
        var controls = [UInt8](repeating: 0, count: (values.count + 1) / 2)
        var data: [UInt8] = []
        var previous = UInt64(bitPattern: values[0])
        for (row, value) in values.enumerated() {
            if row % blockRows == 0 {
                starts.put(previous)
                starts.put(UInt32(data.count))
            }
            let bits = UInt64(bitPattern: value)
            var difference = (bits ^ previous) >> UInt64(shift)
            let length = significantBytes(difference)
            controls[row / 2] |= UInt8(length) << UInt8(row % 2 * 4)
            for _ in 0..<length {
                data.append(UInt8(truncatingIfNeeded: difference))
                difference >>= 8
            }
            previous = bits
        }
        data.append(contentsOf: repeatElement(0, count: paddingBytes))
        out.append(UInt8(shift))
        out.append(contentsOf: [0, 0, 0])
        out.put(UInt32(data.count))
        out += starts
        out += controls
        out += data
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
    /// By block: the bits before its first row, and where its bytes start in the data.
    private let starts: UnsafeRawBufferPointer
    /// Rows of a block.
    private let blockRows: Int
    private let controls: UnsafeRawBufferPointer
    private let data: UnsafeRawBufferPointer

    /// `isWhole`: a body of version 1.
    init(_ cursor: inout ByteReader, rowCount: Int, isWhole: Bool) throws(StoreError) {
        self.rowCount = rowCount
        shift = Int(try cursor.uint8())
        try cursor.reserved(3)
        let length = Int(try cursor.uint32())
        guard shift < 64 else { throw cursor.damage("shift \(shift)") }
        blockRows = isWhole ? rowCount : XorEncoding.blockRows
        // The only block of a whole body starts where the data does.
        starts = try cursor.take(isWhole ? 8 : XorEncoding.blockCount(rowCount) * 12)
        controls = try cursor.take((rowCount + 1) / 2)
        data = try cursor.take(length)
    }

    /// The values of `rows`; those before them in their block are passed through. Throws
    /// `corruption` when a block's data does not lie in the page.
    func decode(_ rows: Range<Int>) throws(StoreError) -> [Double] {
        var failure: StoreError?
        let values = [Double](unsafeUninitializedCapacity: rows.count) { out, initialized in
            guard let target = out.baseAddress else { return }
            var next = rows.lowerBound
            while next < rows.upperBound {
                let block = next / blockRows
                let end = min(rows.upperBound, (block + 1) * blockRows)
                guard let start = start(of: block, through: end) else {
                    failure = damaged(block)
                    return
                }
                decode(
                    from: block * blockRows, start, next..<end,
                    into: target + (next - rows.lowerBound))
                next = end
            }
            initialized = rows.count
        }
        if let failure { throw failure }
        return values
    }

    /// Writes `rows` of the block whose first row is `first`.
    private func decode(
        from first: Int, _ start: (bits: UInt64, position: Int), _ rows: Range<Int>,
        into out: UnsafeMutablePointer<Double>
    ) {
        var (bits, position) = start
        for row in first..<rows.lowerBound { advance(row, &position, &bits) }
        for row in rows {
            advance(row, &position, &bits)
            out[row &- rows.lowerBound] = Double(bitPattern: bits)
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

    /// Where a block starts; nil unless the rows from there to `end` lie in the data.
    private func start(of block: Int, through end: Int) -> (bits: UInt64, position: Int)? {
        let offset = block * 12
        let bits = UInt64(
            littleEndian: starts.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let position =
            blockRows == rowCount && starts.count == 8
            ? 0
            : Int(
                UInt32(
                    littleEndian: starts.loadUnaligned(
                        fromByteOffset: offset + 8, as: UInt32.self)))
        var total = position
        var longest: UInt8 = 0
        for pair in controls[block * blockRows / 2..<(end + 1) / 2] {
            total &+= Int(pair & 15) &+ Int(pair >> 4)
            longest = max(longest, max(pair & 15, pair >> 4))
        }
        // The last of an odd number of rows has a pair to itself, or shares it with one behind.
        if end % 2 == 1 { total &-= Int(controls[end / 2] >> 4) }
        guard longest <= 8, total <= data.count - XorEncoding.paddingBytes else { return nil }
        return (bits, position)
    }

    private func damaged(_ block: Int) -> StoreError {
        .corruption(
            file: "page", offset: 0, region: "xor",
            reason: "block \(block) does not lie in \(data.count) bytes")
    }
}
