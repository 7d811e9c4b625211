// Identifiers that repeat: the distinct ones in order of first appearance, and per row the number
// of its identifier plus one (0: null). Spans of few traces, links, constant columns.
// Format: schemas/encodings.md, "Dictionary identifiers".
// Cost: decoding about 5 ns a row; a single row is a code and an entry.

import SpanModel

/// Writes dictionary-identifier bodies.
enum DictionaryIdentifierEncoding {
    static let headerBytes = 8

    /// Distinct identifiers and codes of a page.
    struct Plan {
        let codes: [Int64]
        let entries: IdentifierVector
    }

    /// The plan; nil when more than three rows in four differ, so that codes would not pay, or
    /// when the first rows give no hope of that.
    static func plan(_ vector: IdentifierVector) -> Plan? {
        var interner = StringInterner()
        var codes: [Int64] = []
        codes.reserveCapacity(vector.count)
        let distinctMax = vector.count - vector.count / 4
        let sampleRows = 4_096
        let isWorthwhile = vector.bytes.withUnsafeBytes { bytes in
            var start = 0
            for end in vector.ends {
                if Int(end) > start {
                    let packed = UnsafeRawBufferPointer(rebasing: bytes[start..<Int(end)])
                    codes.append(Int64(interner.intern(packed)) + 1)
                    if interner.count > distinctMax { return false }
                    if codes.count == sampleRows, interner.count > sampleRows / 8 * 7 {
                        return false
                    }
                } else {
                    codes.append(0)
                }
                start = Int(end)
            }
            return true
        }
        guard isWorthwhile else { return nil }
        let dictionary = interner.dictionary()
        return Plan(
            codes: codes,
            entries: IdentifierVector(ends: dictionary.ends, bytes: dictionary.bytes))
    }

    /// Appends the body.
    static func append(_ plan: Plan, to out: inout [UInt8]) {
        let form = FixedIdentifierEncoding.commonForm(plan.entries)
        out.put(UInt32(plan.entries.count))
        out.append(
            form == nil
                ? PageEncoding.variableIdentifiers.rawValue
                : PageEncoding.fixedIdentifiers.rawValue)
        out.append(contentsOf: [0, 0, 0])
        IntegerSection.append(plan.codes, to: &out)
        if let form {
            FixedIdentifierEncoding.append(plan.entries, form: form, to: &out)
        } else {
            VariableIdentifierEncoding.append(plan.entries, to: &out)
        }
    }
}

/// Reads a dictionary-identifier body.
struct DictionaryIdentifierReader {
    private let codes: IntegerReader
    private let entryCount: Int
    private let entries: Entries

    private enum Entries {
        case fixed(FixedIdentifierReader)
        case variable(VariableIdentifierReader)
    }

    init(_ cursor: inout ByteReader, rowCount: Int) throws(StoreError) {
        entryCount = Int(try cursor.uint32())
        let code = try cursor.uint8()
        try cursor.reserved(3)
        guard entryCount > 0, entryCount <= rowCount else {
            throw cursor.damage("\(entryCount) entries")
        }
        codes = try IntegerReader(&cursor, count: rowCount)
        switch PageEncoding(rawValue: code) {
        case .fixedIdentifiers:
            entries = .fixed(try FixedIdentifierReader(&cursor, rowCount: entryCount))
        case .variableIdentifiers:
            entries = .variable(try VariableIdentifierReader(&cursor, rowCount: entryCount))
        default: throw cursor.damage("entries of encoding \(code)")
        }
    }

    /// Calls `body` with the packed bytes of a row; empty: null. Throws `corruption` when its code
    /// is out of range.
    func withBytes<R>(
        _ row: Int, _ body: (UnsafeRawBufferPointer) -> R
    ) throws(StoreError) -> R {
        try withBytes(code: codes.value(at: row), body)
    }

    private func withBytes<R>(
        code: Int64, _ body: (UnsafeRawBufferPointer) -> R
    ) throws(StoreError) -> R {
        if code == 0 { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard code > 0, code <= Int64(entryCount) else { throw damaged("code \(code)") }
        switch entries {
        case .fixed(let reader): return reader.withBytes(Int(code) - 1, body)
        case .variable(let reader): return try reader.withBytes(Int(code) - 1, body)
        }
    }

    /// The identifiers of `rows`; when they are few, no other entry is looked at.
    func decode(_ rows: Range<Int>) throws(StoreError) -> IdentifierVector {
        if rows.count < entryCount / 4 {
            var out = IdentifierVector()
            for code in try codes.decode(rows) {
                try withBytes(code: code) { out.bytes.append(contentsOf: $0) }
                out.ends.append(UInt32(out.bytes.count))
            }
            return out
        }
        let distinct: IdentifierVector
        switch entries {
        case .fixed(let reader): distinct = try reader.decode(0..<entryCount)
        case .variable(let reader): distinct = try reader.decode(0..<entryCount)
        }
        guard let codes = try codes.decodeUnsigned(rows),
            codes.allSatisfy({ $0 <= UInt32(entryCount) })
        else { throw damaged("a code above \(entryCount)") }
        return expand(codes, distinct)
    }

    private func expand(_ codes: [UInt32], _ distinct: IdentifierVector) -> IdentifierVector {
        // Entry 0 is the null: it ends where entry 1 starts.
        let starts = [0, 0] + distinct.ends
        var ends: [UInt32] = []
        ends.reserveCapacity(codes.count)
        var total = 0
        for code in codes {
            total += Int(starts[Int(code) + 1] - starts[Int(code)])
            ends.append(UInt32(truncatingIfNeeded: total))
        }
        let bytes = [UInt8](unsafeUninitializedCapacity: total) { out, initialized in
            let target = UnsafeMutableRawBufferPointer(out)
            distinct.bytes.withUnsafeBytes { source in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                var place = 0
                for code in codes {
                    let start = Int(starts[Int(code)])
                    let length = Int(starts[Int(code) + 1]) - start
                    (to + place).copyMemory(from: from + start, byteCount: length)
                    place += length
                }
            }
            initialized = total
        }
        return IdentifierVector(ends: ends, bytes: bytes)
    }

    private func damaged(_ reason: String) -> StoreError {
        .corruption(file: "page", offset: 0, region: "dictionaryIdentifiers", reason: reason)
    }
}
