// Reads an integer section: single values, runs of rows, and what its header tells of all of them.
// Order of calls: `check` of rows comes before they are decoded.
// Format: schemas/encodings.md, "Integer section".

import SpanModel

/// Reads one integer section: single values at once, all of them into a buffer.
struct IntegerReader {
    let encoding: PageEncoding
    let count: Int
    let base: Int64
    let unit: UInt64
    let payload: Payload

    enum Payload {
        case constant
        case packed(PackedLanes)
        case runs(RunLengthReader)
        case delta(DeltaReader)
        indirect case aligned(AlignedReader)
    }

    /// Reads the header at the cursor and takes the section's bytes. What it does not check,
    /// `check` and the decoders do. A nested section cannot be aligned itself.
    init(
        _ cursor: inout ByteReader, count: Int, isNested: Bool = false
    ) throws(StoreError) {
        let code = try cursor.uint8()
        let width = Int(try cursor.uint8())
        let unitCode = try cursor.uint8()
        try cursor.reserved(1)
        let length = Int(try cursor.uint32())
        base = try cursor.int64()
        guard let encoding = PageEncoding(rawValue: code) else {
            throw cursor.damage("unknown encoding \(code)")
        }
        guard width <= 64, let unit = IntegerUnit(code: unitCode) else {
            throw cursor.damage("width \(width), unit \(unitCode)")
        }
        self.encoding = encoding
        self.count = count
        self.unit = unit.value
        let bytes = try cursor.take(length)
        switch encoding {
        case .constant:
            guard length == 0, width == 0 else { throw cursor.damage("constant with a payload") }
            payload = .constant
        case .packed:
            guard width > 0, length == PackedLanes.byteCount(count, width: width) else {
                throw cursor.damage("\(length) bytes for \(count) values of \(width) bits")
            }
            payload = .packed(PackedLanes(bytes, count: count, width: width))
        case .runLength:
            payload = .runs(try RunLengthReader(bytes, rowCount: count, width: width))
        case .delta:
            guard length == DeltaEncoding.byteCount(count, width: width) else {
                throw cursor.damage("\(length) bytes for \(count) differences of \(width) bits")
            }
            payload = .delta(DeltaReader(bytes, count: count, width: width))
        case .aligned:
            guard !isNested, width == 0, unitCode == 0, base == 0 else {
                throw cursor.damage("aligned with a base, unit or width, or in another")
            }
            payload = .aligned(try AlignedReader(bytes, rowCount: count))
        default:
            throw cursor.damage("\(encoding) is no encoding of integers")
        }
    }

    /// The value of a row, which the caller has checked. Constant time; run-length is a binary
    /// search, delta adds up to 1,023 differences.
    func value(at row: Int) -> Int64 {
        switch payload {
        case .constant: return base
        case .packed(let lanes): return scaled(lanes.number(at: row))
        case .runs(let runs): return scaled(runs.number(at: row))
        case .delta(let delta): return delta.value(at: row, base: base, unit: unit)
        case .aligned(let aligned): return aligned.value(at: row)
        }
    }

    /// Throws `corruption` when what the section says of `rows` contradicts itself.
    func check(_ rows: Range<Int>) throws(StoreError) {
        if case .runs(let runs) = payload { try runs.check() }
        if case .aligned(let aligned) = payload { try aligned.check(rows) }
    }

    /// Writes the values of `rows`; `check` of them comes first.
    func decode(_ rows: Range<Int>, into out: UnsafeMutablePointer<Int64>) {
        switch payload {
        case .constant: out.update(repeating: base, count: rows.count)
        case .packed(let lanes): lanes.unpack(rows, base: base, unit: unit, into: out)
        case .runs(let runs): runs.decode(rows, base: base, unit: unit, into: out)
        case .delta(let delta): delta.decode(rows, base: base, unit: unit, into: out)
        case .aligned(let aligned): aligned.decode(rows, into: out)
        }
    }

    /// Writes the values of some ascending runs of rows, one behind the other; `check` of them comes first.
    func decode(_ runs: [Range<Int>], into out: UnsafeMutablePointer<Int64>) {
        var target = out
        for (index, run) in runs.enumerated() {
            let ahead = index + PackedLanes.runsAhead
            if case .packed(let lanes) = payload, ahead < runs.count { lanes.prefetch(runs[ahead]) }
            decode(run, into: target)
            target += run.count
        }
    }

    /// The values of `rows`, which the caller has checked.
    func decode(_ rows: Range<Int>) throws(StoreError) -> [Int64] {
        try check(rows)
        return [Int64](unsafeUninitializedCapacity: rows.count) { buffer, initialized in
            if let out = buffer.baseAddress { decode(rows, into: out) }
            initialized = rows.count
        }
    }

    /// The values of `rows` as runs of equal ones, each with where it ends, counted from the first
    /// of `rows`; nil when they are not stored as runs.
    func runs(_ rows: Range<Int>) throws(StoreError) -> [(value: Int64, end: Int)]? {
        switch payload {
        case .constant: return rows.isEmpty ? [] : [(base, rows.count)]
        case .runs(let runs):
            try runs.check()
            return runs.runs(rows).map { (scaled($0.number), $0.end) }
        case .packed, .delta, .aligned: return nil
        }
    }

    /// The values of `rows`, minus `bias`, as unsigned 32-bit numbers; nil when a value is not in
    /// 0 ..< 2^32 before the subtraction, which wraps.
    func decodeUnsigned(
        _ rows: Range<Int>, minus bias: UInt32 = 0
    ) throws(StoreError) -> [UInt32]? {
        if case .packed(let lanes) = payload, unit == 1, lanes.width <= 32, base >= 0,
            base <= Int64(UInt32.max) - Int64(PackedLanes.mask(lanes.width))
        {
            let start = UInt32(truncatingIfNeeded: base) &- bias
            return [UInt32](unsafeUninitializedCapacity: rows.count) { buffer, initialized in
                if let out = buffer.baseAddress { lanes.unpack(rows, base: start, into: out) }
                initialized = rows.count
            }
        }
        if case .constant = payload, let value = UInt32(exactly: base) {
            return Array(repeating: value &- bias, count: rows.count)
        }
        let values = try decode(rows)
        return values.withUnsafeBufferPointer { values in
            var bits: UInt64 = 0
            let narrow = [UInt32](unsafeUninitializedCapacity: values.count) { out, initialized in
                for row in values.indices {
                    bits |= UInt64(bitPattern: values[row])
                    out[row] = UInt32(truncatingIfNeeded: values[row]) &- bias
                }
                initialized = values.count
            }
            return bits <= UInt64(UInt32.max) ? narrow : nil
        }
    }

    /// Writes the values of `rows`; false when one of them is not below 2^`bitCount`, which is at
    /// most 32. `check` of them comes first.
    func decode(
        _ rows: Range<Int>, bitCount: Int, into out: UnsafeMutablePointer<UInt32>
    ) -> Bool {
        switch payload {
        case .constant:
            out.update(repeating: UInt32(truncatingIfNeeded: base), count: rows.count)
            return UInt64(bitPattern: base) >> UInt64(bitCount) == 0
        case .packed(let lanes)
        where unit == 1 && base >= 0 && bound.map({ $0 <= UInt32.max }) ?? false:
            let bits = lanes.unpack(rows, base: UInt32(truncatingIfNeeded: base), into: out)
            return UInt64(bits) >> UInt64(bitCount) == 0
        case .packed, .runs, .delta, .aligned:
            return withUnsafeTemporaryAllocation(of: Int64.self, capacity: rows.count) { values in
                guard let wide = values.baseAddress else { return false }
                decode(rows, into: wide)
                var bits: UInt64 = 0
                for row in 0..<rows.count {
                    bits |= UInt64(bitPattern: wide[row])
                    out[row] = UInt32(truncatingIfNeeded: wide[row])
                }
                return bits >> UInt64(bitCount) == 0
            }
        }
    }

    /// The packed numbers, with which each value is `base` plus number × `unit`, if the section is
    /// packed and none of them wraps.
    var packed: (lanes: PackedLanes, base: Int64, unit: Int64)? {
        guard case .packed(let lanes) = payload, lanes.width < 63,
            let unit = Int64(exactly: unit)
        else { return nil }
        let (range, wraps) = Int64(PackedLanes.mask(lanes.width))
            .multipliedReportingOverflow(by: unit)
        guard !wraps, !base.addingReportingOverflow(range).overflow else { return nil }
        return (lanes, base, unit)
    }

    /// A number that no value exceeds, when the header alone tells one.
    var bound: Int64? {
        switch payload {
        case .constant: return base
        case .packed(let lanes):
            guard unit == 1, lanes.width < 63 else { return nil }
            let (bound, overflow) = base.addingReportingOverflow(
                Int64(PackedLanes.mask(lanes.width)))
            return overflow ? nil : bound
        case .runs, .delta, .aligned: return nil
        }
    }

    private func scaled(_ number: UInt64) -> Int64 {
        base &+ Int64(bitPattern: number &* unit)
    }
}
