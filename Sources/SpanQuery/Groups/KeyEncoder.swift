// Values of one group key → dense codes, the same for equal values of every row group. Strings go
// through their dictionary codes: a string is hashed once per dictionary, not once per row.
// Encoders of two workers merge by encoding the values of one with the other.

import SpanColumns
import SpanModel
import SpanSketch

/// Numbers the distinct values of one key; null is a value like any other.
struct KeyEncoder {
    let type: ColumnType
    /// Distinct values so far, null included.
    private(set) var count = 0
    /// The code of null, once there was one.
    private(set) var nullCode: UInt32?
    /// By code: what `interner` or `table` calls the value; 0 for null.
    private var inner: [UInt32] = []
    private var interner = StringInterner()
    private var table = CodeTable()
    /// The same codes by value, while values lie near each other; nil: they do not.
    private var dense: DenseCodes?
    private var outerOfInner: [UInt32] = []
    private var dictionary: StringDictionary?
    /// Codes of `dictionary`'s strings, behind that of null; `unknown` until one is met.
    private var renumbered: [UInt32] = []

    /// Has the highest bit, which no code has.
    static let unknown = UInt32.max

    /// Integers are expected to be multiples of `unit` apart, which need not be so.
    init(type: ColumnType, unit: Int64 = 1) {
        self.type = type
        dense = DenseCodes(unit: unit)
    }

    /// Bytes that all of it takes, but for what is made anew for each dictionary.
    var heldBytes: Int {
        inner.heldBytes + outerOfInner.heldBytes + interner.heldBytes + table.heldBytes
    }

    /// The codes of a vector's values.
    mutating func codes(_ vector: ColumnVector) -> [UInt32] {
        switch vector {
        case .null, .text:
            return vector.count == 0 ? [] : Array(repeating: codeOfNull(), count: vector.count)
        case .integer(let source): return codes(source.values, source.validity)
        case .float(let source):
            return codes(source.values.map(OrderedDouble.key), source.validity)
        case .string(let source): return codes(source)
        case .identifier(let source): return codes(source)
        }
    }

    private mutating func codes(_ values: [Int64], _ validity: [UInt8]?) -> [UInt32] {
        if validity == nil, !values.isEmpty, let codes = denseCodes(values) { return codes }
        var out: [UInt32] = []
        out.reserveCapacity(values.count)
        var lastValue: Int64 = 0
        var lastCode: UInt32?
        for row in values.indices {
            if let validity, validity[row] == 0 {
                out.append(codeOfNull())
                continue
            }
            let value = values[row]
            if value == lastValue, let lastCode {
                out.append(lastCode)
                continue
            }
            let code = outer(table.code(of: value))
            (lastValue, lastCode) = (value, code)
            out.append(code)
        }
        return out
    }

    private mutating func denseCodes(_ values: [Int64]) -> [UInt32]? {
        guard var dense else { return nil }
        // What is at hand is the only one, and changes in place.
        self.dense = nil
        guard dense.cover(values), let (codes, isComplete) = dense.codes(of: values) else {
            return nil
        }
        defer { self.dense = dense }
        if isComplete { return codes }
        for value in values where dense[value] == DenseCodes.unknown {
            dense[value] = outer(table.code(of: value))
        }
        return dense.codes(of: values)?.codes
    }

    private mutating func codes(_ vector: StringVector) -> [UInt32] {
        if dictionary !== vector.dictionary {
            dictionary = vector.dictionary
            renumbered = Array(repeating: Self.unknown, count: vector.dictionary.count + 1)
            if let nullCode { renumbered[0] = nullCode }
        }
        let (out, isComplete) = Self.translate(vector.codes, renumbered)
        if isComplete { return out }
        for code in vector.codes where renumbered[Int(code &+ 1)] == Self.unknown {
            renumbered[Int(code &+ 1)] =
                code == StringVector.nullCode
                ? codeOfNull()
                : outer(vector.dictionary.withBytes(code) { interner.intern($0) })
        }
        return Self.translate(vector.codes, renumbered).codes
    }

    /// What a table that starts with null says of each code; a null's code is −1. Complete unless
    /// something is unknown.
    private static func translate(
        _ codes: [UInt32], _ table: [UInt32]
    ) -> (codes: [UInt32], isComplete: Bool) {
        var allBits: UInt32 = 0
        let translated = table.withUnsafeBufferPointer { table in
            codes.withUnsafeBufferPointer { codes in
                [UInt32](unsafeUninitializedCapacity: codes.count) { out, count in
                    var bits: UInt32 = 0
                    for row in codes.indices {
                        let code = table[Int(codes[row] &+ 1)]
                        out[row] = code
                        bits |= code
                    }
                    allBits = bits
                    count = codes.count
                }
            }
        }
        return (translated, allBits >> 31 == 0)
    }

    private mutating func codes(_ vector: IdentifierVector) -> [UInt32] {
        var out: [UInt32] = []
        out.reserveCapacity(vector.count)
        var last: Range<Int> = 0..<0
        var lastCode: UInt32 = 0
        var start = 0
        vector.bytes.withUnsafeBytes { bytes in
            for end in vector.ends {
                let range = start..<Int(end)
                start = Int(end)
                if range.isEmpty {
                    out.append(codeOfNull())
                    continue
                }
                let key = UnsafeRawBufferPointer(rebasing: bytes[range])
                let previous = UnsafeRawBufferPointer(rebasing: bytes[last])
                if last.isEmpty || !RowKernels.areEqual(key, previous) {
                    lastCode = outer(interner.intern(key))
                    last = range
                }
                out.append(lastCode)
            }
        }
        return out
    }

    private mutating func codeOfNull() -> UInt32 {
        if let nullCode { return nullCode }
        let code = UInt32(count)
        count += 1
        inner.append(0)
        nullCode = code
        return code
    }

    /// The code of what `interner` or `table` numbers `innerCode`.
    @inline(__always)
    private mutating func outer(_ innerCode: UInt32) -> UInt32 {
        if Int(innerCode) < outerOfInner.count { return outerOfInner[Int(innerCode)] }
        let code = UInt32(count)
        count += 1
        inner.append(innerCode)
        outerOfInner.append(code)
        return code
    }

    /// Takes in all values of another encoder; returns this one's codes by the other's.
    mutating func merge(_ other: KeyEncoder) -> [UInt32] {
        codes(other.values(Array(0..<UInt32(other.count))))
    }

    /// The values of codes, in their order.
    func values(_ codes: [UInt32]) -> ColumnVector {
        if nullCode == nil, type.form == .integer {
            let places = inner.gathered(codes)
            return .integer(IntegerVector(values: table.values.gathered(places)))
        }
        if nullCode == nil, type.form == .string {
            return .string(
                StringVector(codes: inner.gathered(codes), dictionary: interner.dictionary()))
        }
        let validity = nullCode.map { null in codes.map { $0 == null ? UInt8(0) : 1 } }
        switch type.form {
        case .integer:
            return .integer(
                IntegerVector(
                    values: codes.map { $0 == nullCode ? 0 : table.values[Int(inner[Int($0)])] },
                    validity: validity))
        case .float:
            return .float(
                FloatVector(
                    values: codes.map {
                        $0 == nullCode
                            ? 0 : OrderedDouble.value(table.values[Int(inner[Int($0)])])
                    }, validity: validity))
        case .string, .text:
            return .string(
                StringVector(
                    codes: codes.map { $0 == nullCode ? StringVector.nullCode : inner[Int($0)] },
                    dictionary: interner.dictionary()))
        case .identifier:
            let dictionary = interner.dictionary()
            var out = IdentifierVector()
            for code in codes {
                if code != nullCode {
                    out.bytes.append(
                        contentsOf: dictionary.bytes[dictionary.range(inner[Int(code)])])
                }
                out.ends.append(UInt32(out.bytes.count))
            }
            return .identifier(out)
        }
    }

    /// The values of codes; a code that is not one of this encoder's is null.
    func valuesOrNull(_ codes: [UInt32]) -> ColumnVector {
        guard codes.contains(where: { $0 >= count }) else { return values(codes) }
        var extended = self
        let null = extended.codeOfNull()
        return extended.values(codes.map { $0 >= count ? null : $0 })
    }

    /// The texts of the codes from `first` on; null is empty.
    func texts(from first: Int) -> [[UInt8]] {
        let codes = Array(UInt32(first)..<UInt32(count))
        switch values(codes) {
        case .string(let vector):
            return codes.indices.map { index in
                let code = vector.codes[index]
                return code == StringVector.nullCode
                    ? [] : Array(vector.dictionary.bytes[vector.dictionary.range(code)])
            }
        case .identifier(let vector):
            return codes.indices.map { index in
                var text: [UInt8] = []
                vector.withBytes(index) { PackedIdentifier.appendText(of: $0, to: &text) }
                return text
            }
        case .null, .integer, .float, .text: return codes.map { _ in [] }
        }
    }
}
