// Which rows of a page have a value; absent when all have. A bitmap, or runs when they are fewer
// bytes. Format: schemas/encodings.md, "Null section".
// Cost: about 0.5 ns a row to decode a bitmap and clear the null rows; a single row is a load, or a binary search.

import SpanModel

/// Writes null sections.
enum NullSection {
    static let headerBytes = 8

    /// Appends the section of a validity array (a byte per row, 0 = null); nothing when no row is
    /// null. Returns the number of nulls.
    @discardableResult
    static func append(_ validity: [UInt8]?, to out: inout [UInt8]) -> Int {
        guard let validity, !validity.isEmpty else { return 0 }
        var nulls = 0
        var runs = 1
        var previous = min(validity[0], 1)
        for byte in validity {
            let valid = min(byte, 1)
            nulls &+= Int(1 &- valid)
            runs &+= Int(valid ^ previous)
            previous = valid
        }
        guard nulls > 0 else { return 0 }
        let useRuns = runs * 2 < (validity.count + 7) / 8
        out.append(useRuns ? Kind.runs.rawValue : Kind.bitmap.rawValue)
        out.append(useRuns ? min(validity[0], 1) : 0)
        out.put(UInt16(0))
        out.put(UInt32(nulls))
        if useRuns { appendRuns(validity, to: &out) } else { appendBitmap(validity, to: &out) }
        return nulls
    }

    private static func appendRuns(_ validity: [UInt8], to out: inout [UInt8]) {
        for row in validity.indices
        where row == validity.count - 1 || min(validity[row], 1) != min(validity[row + 1], 1) {
            out.put(UInt16(row))
        }
    }

    private static func appendBitmap(_ validity: [UInt8], to out: inout [UInt8]) {
        var row = 0
        while row < validity.count {
            var bits: UInt8 = 0
            for bit in 0..<min(8, validity.count - row) {
                bits |= min(validity[row + bit], 1) << bit
            }
            out.append(bits)
            row += 8
        }
    }

    /// Raw values are on disk.
    enum Kind: UInt8 {
        case bitmap = 1
        case runs = 2
    }
}

/// Reads a null section.
struct NullReader {
    let nullCount: Int
    private let rowCount: Int
    private let payload: Payload

    private enum Payload {
        case none
        case bitmap(UnsafeRawBufferPointer)
        case runs(RunEnds, first: UInt8)
    }

    /// Takes the rest of the page; no bytes mean no nulls.
    init(_ cursor: inout ByteReader, rowCount: Int) throws(StoreError) {
        self.rowCount = rowCount
        guard cursor.remaining > 0 else {
            nullCount = 0
            payload = .none
            return
        }
        let code = try cursor.uint8()
        let first = try cursor.uint8()
        try cursor.reserved(2)
        nullCount = Int(try cursor.uint32())
        guard let kind = NullSection.Kind(rawValue: code), first <= 1, nullCount > 0,
            nullCount <= rowCount
        else { throw cursor.damage("null section of kind \(code), \(nullCount) nulls") }
        let rest = cursor.takeRest()
        switch kind {
        case .bitmap:
            guard rest.count == (rowCount + 7) / 8, first == 0 else {
                throw cursor.damage("bitmap of \(rest.count) bytes for \(rowCount) rows")
            }
            payload = .bitmap(rest)
        case .runs:
            guard rest.count % 2 == 0, rest.count > 0, rest.count <= rowCount * 2 else {
                throw cursor.damage("runs of \(rest.count) bytes")
            }
            payload = .runs(RunEnds(rest), first: first)
        }
    }

    /// Whether a row has no value.
    func isNull(_ row: Int) -> Bool {
        switch payload {
        case .none: return false
        case .bitmap(let bits): return bits[row / 8] >> UInt8(row % 8) & 1 == 0
        case .runs(let ends, let first):
            return first ^ UInt8(truncatingIfNeeded: ends.run(holding: row) & 1) == 0
        }
    }

    /// A byte for each of `rows`, 0 = null; nil when none of them is null. Throws `corruption` when
    /// the section contradicts itself.
    func decode(_ rows: Range<Int>) throws(StoreError) -> [UInt8]? {
        let validity: [UInt8]
        switch payload {
        case .none: return nil
        case .bitmap(let bits): validity = unpackBits(bits, rows)
        case .runs(let ends, let first):
            guard ends.isValid(rowCount: rowCount) else { throw damaged("runs are out of order") }
            validity = unpackRuns(ends, first: first, rows)
        }
        let valid = validity.reduce(into: 0) { sum, byte in sum &+= Int(byte) }
        guard rows.count < rowCount || rowCount - valid == nullCount else {
            throw damaged("the count of nulls differs")
        }
        return valid == rows.count ? nil : validity
    }

    private func unpackRuns(_ ends: RunEnds, first: UInt8, _ rows: Range<Int>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: rows.count) { out, initialized in
            var run = ends.run(holding: rows.lowerBound)
            while initialized < rows.count, let target = out.baseAddress {
                let end = min(ends.last(run) + 1, rows.upperBound) - rows.lowerBound
                let valid = first ^ UInt8(truncatingIfNeeded: run & 1)
                (target + initialized).initialize(repeating: valid, count: end - initialized)
                initialized = end
                run += 1
            }
        }
    }

    private func damaged(_ reason: String) -> StoreError {
        .corruption(file: "page", offset: 0, region: "null section", reason: reason)
    }
}

/// A byte of 0 or 1 for each bit of `rows`.
private func unpackBits(_ bits: UnsafeRawBufferPointer, _ rows: Range<Int>) -> [UInt8] {
    let first = rows.lowerBound / 8
    let excess = rows.lowerBound % 8
    let bits = UnsafeRawBufferPointer(rebasing: bits[first..<(rows.upperBound + 7) / 8])
    let spread = [UInt8](unsafeUninitializedCapacity: bits.count * 8) { out, initialized in
        let target = UnsafeMutableRawBufferPointer(out)
        for index in bits.indices {
            // Copies the byte to all eight bytes, keeps one bit in each, moves it to bit 0.
            let spread = UInt64(bits[index]) &* 0x0101_0101_0101_0101 & 0x8040_2010_0804_0201
            let ones = (spread &+ 0x007f_7f7f_7f7f_7f7f) | spread
            target.storeBytes(
                of: (ones >> 7 & 0x0101_0101_0101_0101).littleEndian, toByteOffset: index &* 8,
                as: UInt64.self)
        }
        initialized = excess + rows.count
    }
    return excess == 0 ? spread : Array(spread[excess...])
}
