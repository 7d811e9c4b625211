// A column vector → the bytes of a page, in the smallest of the encodings its form has. One pass
// of statistics estimates the sizes; only the chosen encoding is written.
// Cost: 1 to 5 ns a value, with nulls up to 9; repeated identifiers and texts 10 to 25.

import SpanModel

/// Encodes pages.
package enum PageEncoder {
    /// Encodes up to `Limits.pageRowsMax` rows. A string page holds codes of the vector's
    /// dictionary, a text page references into its blocks; neither holds the strings or blocks.
    /// Pages of a batch are of the encodings that batches have; segments have more. `series` are the
    /// rows where series start (the first is 0), if rows are in order of series. Xor packs doubles a
    /// little closer, and decodes slower than any other encoding.
    package static func encode(
        _ vector: ColumnVector, series: [Int]? = nil, forBatch: Bool = false,
        allowsXor: Bool = true
    ) -> EncodedPage {
        precondition(vector.count <= Limits.pageRowsMax)
        if vector.count == 0 { return empty(0) }
        switch vector {
        case .null(let count): return empty(count)
        case .integer(let vector): return encode(vector, series: series, forBatch: forBatch)
        case .float(let vector):
            return encode(vector, forBatch: forBatch, allowsXor: allowsXor)
        case .identifier(let vector): return encode(vector)
        case .string(let vector): return encode(vector)
        case .text(let vector): return encode(vector)
        }
    }

    /// Encodes integers that lie near those of `base`, of equal count: as distances from them where
    /// that is smaller. Distances that do not fit in 64 bits are never written.
    package static func encode(_ vector: IntegerVector, near base: IntegerVector) -> EncodedPage {
        precondition(vector.values.count == base.values.count)
        let plain = encode(.integer(vector))
        guard let distances = IntegerVector(distanceOf: vector, from: base) else { return plain }
        let page = encode(.integer(distances))
        guard plain.encoding != .null, page.bytes.count < plain.bytes.count else { return plain }
        return EncodedPage(encoding: .distance, bytes: page.bytes, zone: plain.zone)
    }

    /// Encodes identifiers many of which `targets`, of equal count, has in an earlier row: as back
    /// references where that is smaller.
    package static func encode(
        _ vector: IdentifierVector, over targets: IdentifierVector
    ) -> EncodedPage {
        precondition(vector.count == targets.count)
        let plain = encode(.identifier(vector))
        if plain.encoding == .null { return plain }
        let bytes = BackReferenceEncoding.bytes(vector, over: targets)
        guard bytes.count < plain.bytes.count else { return plain }
        return EncodedPage(encoding: .backReferences, bytes: bytes, zone: plain.zone)
    }

    private static func empty(_ count: Int) -> EncodedPage {
        EncodedPage(encoding: .null, bytes: [], zone: ZoneMap(nullCount: count))
    }

    private static func encode(
        _ vector: IntegerVector, series: [Int]?, forBatch: Bool
    ) -> EncodedPage {
        guard let values = fillingNulls(vector.values, vector.validity) else {
            return empty(vector.values.count)
        }
        return values.withUnsafeBufferPointer { values in
            let statistics = IntegerStatistics(values)
            let plan = IntegerPlan(
                values, statistics, allowsAligned: !forBatch, series: series)
            var bytes: [UInt8] = []
            IntegerSection.append(values, plan, to: &bytes)
            let nulls = NullSection.append(vector.validity, to: &bytes)
            return EncodedPage(
                encoding: plan.encoding, bytes: bytes,
                zone: ZoneMap(
                    nullCount: nulls, integers: statistics.minimum...statistics.maximum))
        }
    }

    private static func encode(
        _ vector: FloatVector, forBatch: Bool, allowsXor: Bool
    ) -> EncodedPage {
        guard let values = fillingNulls(vector.values, vector.validity) else {
            return empty(vector.values.count)
        }
        var bytes: [UInt8] = []
        let encoding = values.withUnsafeBufferPointer {
            append(floats: $0, forBatch: forBatch, allowsXor: allowsXor, to: &bytes)
        }
        let nulls = NullSection.append(vector.validity, to: &bytes)
        return EncodedPage(encoding: encoding, bytes: bytes, zone: ZoneMap(nullCount: nulls))
    }

    private static func append(
        floats values: UnsafeBufferPointer<Double>, forBatch: Bool, allowsXor: Bool,
        to bytes: inout [UInt8]
    ) -> PageEncoding {
        values.withMemoryRebound(to: Int64.self) { bits in
            let statistics = IntegerStatistics(bits)
            // Bits of doubles have no meaningful differences: never delta.
            let plan = IntegerPlan(bits, statistics, allowsDelta: false)
            if plan.encoding == .constant {
                IntegerSection.append(bits, plan, to: &bytes)
                return .constant
            }
            let decimal = DecimalEncoding.plan(values)
            let shift = trailingZeros(bits)
            let xorBytes = allowsXor ? XorEncoding.byteCount(bits, shift: shift) : .max
            let decimalBytes = decimal?.byteCount ?? .max
            let blocked = forBatch ? nil : BlockedFloatEncoding.plan(values)
            if let blocked, blocked.byteCount < min(plan.byteCount, decimalBytes, xorBytes) {
                BlockedFloatEncoding.append(values, blocked, to: &bytes)
                return .blockedFloats
            }
            if plan.byteCount <= min(decimalBytes, xorBytes) {
                IntegerSection.append(bits, plan, to: &bytes)
                return plan.encoding
            }
            if let decimal, decimalBytes <= xorBytes {
                DecimalEncoding.append(values, decimal, to: &bytes)
                return .decimal
            }
            XorEncoding.append(bits, shift: shift, to: &bytes)
            return .xorBlocks
        }
    }

    /// Zero bits that all values end with; at most 63.
    private static func trailingZeros(_ values: UnsafeBufferPointer<Int64>) -> Int {
        var bits: Int64 = 0
        for value in values { bits |= value }
        return min(63, bits.trailingZeroBitCount)
    }

    private static func encode(_ vector: StringVector) -> EncodedPage {
        var nulls = 0
        var codes: [Int64] = []
        codes.reserveCapacity(vector.codes.count)
        for code in vector.codes {
            codes.append(Int64(code &+ 1))
            if code == StringVector.nullCode { nulls &+= 1 }
        }
        if nulls == codes.count { return empty(nulls) }
        var bytes: [UInt8] = []
        let encoding = codes.withUnsafeBufferPointer { codes in
            let plan = IntegerPlan(codes, IntegerStatistics(codes), allowsDelta: false)
            IntegerSection.append(codes, plan, to: &bytes)
            return plan.encoding
        }
        return EncodedPage(encoding: encoding, bytes: bytes, zone: ZoneMap(nullCount: nulls))
    }

    private static func encode(_ vector: IdentifierVector) -> EncodedPage {
        let nulls = nullCount(vector)
        if nulls == vector.count { return empty(nulls) }
        let zone = ZoneMap(nullCount: nulls)
        let form = FixedIdentifierEncoding.commonForm(vector)
        var plain: [UInt8] = []
        if let form {
            FixedIdentifierEncoding.append(vector, form: form, to: &plain)
        } else {
            VariableIdentifierEncoding.append(vector, to: &plain)
        }
        if let plan = DictionaryIdentifierEncoding.plan(vector) {
            var bytes: [UInt8] = []
            DictionaryIdentifierEncoding.append(plan, to: &bytes)
            if bytes.count < plain.count {
                return EncodedPage(encoding: .dictionaryIdentifiers, bytes: bytes, zone: zone)
            }
        }
        return EncodedPage(
            encoding: form == nil ? .variableIdentifiers : .fixedIdentifiers, bytes: plain,
            zone: zone)
    }

    private static func nullCount(_ vector: IdentifierVector) -> Int {
        var nulls = 0
        var start: UInt32 = 0
        for end in vector.ends {
            if end == start { nulls &+= 1 }
            start = end
        }
        return nulls
    }

    private static func encode(_ vector: TextVector) -> EncodedPage {
        var nulls = 0
        for reference in vector.references where reference.isNull { nulls &+= 1 }
        if nulls == vector.references.count { return empty(nulls) }
        var bytes: [UInt8] = []
        let encoding = TextReferenceEncoding.append(vector.references, to: &bytes)
        return EncodedPage(encoding: encoding, bytes: bytes, zone: ZoneMap(nullCount: nulls))
    }

    /// The values with each null replaced by the value before it (or the first one), so that
    /// nulls cost nothing; nil when all are null.
    private static func fillingNulls<T>(_ values: [T], _ validity: [UInt8]?) -> [T]? {
        guard let validity, validity.contains(0) else { return values }
        guard let first = validity.firstIndex(where: { $0 != 0 }) else { return nil }
        var filled = values
        var previous = values[first]
        for row in values.indices {
            if validity[row] != 0 { previous = values[row] } else { filled[row] = previous }
        }
        return filled
    }
}
