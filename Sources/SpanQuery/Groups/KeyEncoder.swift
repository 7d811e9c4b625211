// Values of one group key → dense codes, the same for equal values of every row group. Strings go
// through their dictionary codes: a string is hashed once per dictionary, not once per row.

import SpanColumns
import SpanModel
import SpanSketch

/// Numbers the distinct values of one key; null is a value like any other.
struct KeyEncoder {
    let type: ColumnType
    /// Distinct values so far, null included.
    private(set) var count = 0
    private var nullCode: UInt32?
    /// By code: what `interner` or `table` calls the value; 0 for null.
    private var inner: [UInt32] = []
    private var interner = StringInterner()
    private var table = CodeTable()
    private var outerOfInner: [UInt32] = []
    private var dictionary: StringDictionary?
    private var renumbered: [UInt32] = []

    init(type: ColumnType) { self.type = type }

    /// Bytes of the distinct texts so far.
    var byteCount: Int { interner.byteCount }

    /// The codes of a vector's values at `rows`.
    mutating func codes(_ vector: ColumnVector, rows: [UInt32]) -> [UInt32] {
        switch vector {
        case .null, .text:
            return rows.isEmpty ? [] : Array(repeating: codeOfNull(), count: rows.count)
        case .integer(let source): return codes(source.values, source.validity, rows)
        case .float(let source):
            return codes(source.values.map(OrderedDouble.key), source.validity, rows)
        case .string(let source): return codes(source, rows)
        case .identifier(let source): return codes(source, rows)
        }
    }

    private mutating func codes(
        _ values: [Int64], _ validity: [UInt8]?, _ rows: [UInt32]
    ) -> [UInt32] {
        var out: [UInt32] = []
        out.reserveCapacity(rows.count)
        var lastValue: Int64 = 0
        var lastCode: UInt32?
        for row in rows {
            if let validity, validity[Int(row)] == 0 {
                out.append(codeOfNull())
                continue
            }
            let value = values[Int(row)]
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

    private mutating func codes(_ vector: StringVector, _ rows: [UInt32]) -> [UInt32] {
        if dictionary !== vector.dictionary {
            dictionary = vector.dictionary
            renumbered = Array(repeating: .max, count: vector.dictionary.count)
        }
        var out: [UInt32] = []
        out.reserveCapacity(rows.count)
        for row in rows {
            let code = vector.codes[Int(row)]
            if code == StringVector.nullCode {
                out.append(codeOfNull())
                continue
            }
            var known = renumbered[Int(code)]
            if known == .max {
                known = outer(vector.dictionary.withBytes(code) { interner.intern($0) })
                renumbered[Int(code)] = known
            }
            out.append(known)
        }
        return out
    }

    private mutating func codes(_ vector: IdentifierVector, _ rows: [UInt32]) -> [UInt32] {
        var out: [UInt32] = []
        out.reserveCapacity(rows.count)
        var last: Range<Int> = 0..<0
        var lastCode: UInt32 = 0
        vector.bytes.withUnsafeBytes { bytes in
            for row in rows {
                let start = row == 0 ? 0 : Int(vector.ends[Int(row) - 1])
                let range = start..<Int(vector.ends[Int(row)])
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

    /// The values of codes, in their order.
    func values(_ codes: [UInt32]) -> ColumnVector {
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
