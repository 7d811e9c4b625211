// Pluto's NDJSON: its lines, and a reader of the members of one. Blank lines are skipped, CRLF and a
// missing last newline are fine. A fault refuses its line by number.

import SpanModel

/// The lines of a body.
enum PlutoLines {
    /// Calls `body` with each line that is not blank and its number, from 1. Throws `limitExceeded`
    /// for a body beyond the limit, `malformedBody` when it is not UTF-8.
    static func forEach(
        _ bytes: [UInt8], _ body: (Int, UnsafeRawBufferPointer) -> Void
    ) throws(StoreError) {
        guard bytes.count <= Limits.requestBodyBytesMax else {
            throw .limitExceeded(
                limit: "requestBodyBytesMax", value: bytes.count,
                maximum: Limits.requestBodyBytesMax)
        }
        let invalid = bytes.withUnsafeBytes { UTF8Validation.firstInvalidByte(in: $0) }
        if let invalid { throw .malformedBody(offset: invalid, reason: "invalid UTF-8") }
        bytes.withUnsafeBytes { bytes in
            var number = 0
            for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
                number += 1
                let text = line.prefix(
                    upTo: line.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? line.startIndex)
                if !text.isEmpty { body(number, UnsafeRawBufferPointer(rebasing: text)) }
            }
        }
    }
}

extension PlutoLines {
    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D
    }
}

/// Reads one line, an object, member by member. Order of calls: `nextKey`, then exactly one reading
/// of its value, until it gives nil.
struct PlutoLine {
    private var cursor: JSONCursor
    private var isFirst = true

    /// Throws when the line is no object.
    init(_ line: UnsafeRawBufferPointer) throws(RecordError) {
        cursor = JSONCursor(line, allowsNonFinite: true)
        do throws(JSONError) { try cursor.enterObject() } catch {
            throw RecordError("record", "must be a JSON object")
        }
    }

    /// The next key; nil behind the last member.
    mutating func nextKey() throws(RecordError) -> String? {
        try member("record") { line throws(JSONError) in
            guard let key = try line.cursor.nextKey(&line.isFirst) else {
                try line.cursor.finish()
                return nil
            }
            return Self.text(key)
        }
    }

    /// An integer of at least 0.
    mutating func count(_ field: String) throws(RecordError) -> Int64 {
        let value = try member(field) { line throws(JSONError) in
            JSONNumber.int64(try line.cursor.number())
        }
        guard let value, value >= 0 else {
            throw RecordError(field, "must be an integer ≥ 0 of at most 63 bits")
        }
        return value
    }

    /// Milliseconds since the epoch as nanoseconds.
    mutating func milliseconds(_ field: String) throws(RecordError) -> Int64 {
        let (value, overflow) = try count(field).multipliedReportingOverflow(by: 1_000_000)
        if overflow { throw RecordError(field, "is beyond the year 2262") }
        return value
    }

    /// A string; `mayBeBlank` says whether it may have no character that is seen.
    mutating func string(_ field: String, mayBeBlank: Bool) throws(RecordError) -> String {
        let text = try member(field) { line throws(JSONError) in
            Self.text(try line.cursor.string())
        }
        if !mayBeBlank, text.allSatisfy(\.isWhitespace) {
            throw RecordError(field, "must not be blank")
        }
        return text
    }

    /// The members of an object of numbers: `body` gets each name and value, nulls left out.
    mutating func numbers(
        _ field: String, _ body: (String, Double) -> Void
    ) throws(RecordError) -> Int {
        try member(field) { line throws(JSONError) in
            try line.cursor.enterObject()
            var isFirst = true
            var count = 0
            while let key = try line.cursor.nextKey(&isFirst) {
                count += 1
                if let value = try Self.number(&line.cursor) { body(Self.text(key), value) }
            }
            return count
        }
    }

    /// A number, or one that is not finite, bare or quoted; nil for null.
    private static func number(_ cursor: inout JSONCursor) throws(JSONError) -> Double? {
        let wrongType = JSONError(offset: cursor.position, fault: .wrongType)
        switch try cursor.peek() {
        case .number: return JSONNumber.double(try cursor.number())
        case .nonFinite: return try cursor.nonFinite()
        case .null:
            try cursor.null()
            return nil
        case .string:
            guard let value = NonFinite.value(named: try cursor.string().raw) else {
                throw wrongType
            }
            return value
        case .object, .array, .bool: throw wrongType
        }
    }

    private mutating func member<T>(
        _ field: String, _ read: (inout PlutoLine) throws(JSONError) -> T
    ) throws(RecordError) -> T {
        do throws(JSONError) { return try read(&self) } catch {
            throw RecordError(field, "\(error.reason) at byte \(error.offset)")
        }
    }

    private static func text(_ string: JSONString) -> String {
        var bytes: [UInt8] = []
        string.appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
