// Identifiers of any form, as they lie in memory: where each ends, and the packed bytes one after
// the other. A null row is empty.
// Format: schemas/encodings.md, "Variable identifiers".
// Cost: decoding 3 ns a row, 6 when forms are mixed; a single row is two look-ups of an end.

import SpanModel

/// Writes variable-identifier bodies.
enum VariableIdentifierEncoding {
    static let headerBytes = 8

    /// Appends the body.
    static func append(_ vector: IdentifierVector, to out: inout [UInt8]) {
        out.put(UInt32(vector.bytes.count))
        out.put(UInt32(0))
        // No differences: single rows look two ends up.
        IntegerSection.append(vector.ends.map { Int64($0) }, allowsDelta: false, to: &out)
        out.append(contentsOf: vector.bytes)
    }
}

/// Reads a variable-identifier body.
struct VariableIdentifierReader {
    private let ends: IntegerReader
    private let bytes: UnsafeRawBufferPointer

    init(_ cursor: inout ByteReader, rowCount: Int) throws(StoreError) {
        let length = Int(try cursor.uint32())
        try cursor.reserved(4)
        ends = try IntegerReader(&cursor, count: rowCount)
        bytes = try cursor.take(length)
    }

    /// Calls `body` with the packed bytes of a row; empty: null. Throws `corruption` when they
    /// are no identifier.
    func withBytes<R>(
        _ row: Int, _ body: (UnsafeRawBufferPointer) -> R
    ) throws(StoreError) -> R {
        let start = row == 0 ? 0 : ends.value(at: row - 1)
        let end = ends.value(at: row)
        guard 0 <= start, start <= end, end <= Int64(bytes.count) else {
            throw damaged("row \(row) ends out of order")
        }
        let packed = UnsafeRawBufferPointer(rebasing: bytes[Int(start)..<Int(end)])
        guard packed.isEmpty || PackedIdentifier.isValid(packed) else {
            throw damaged("row \(row) is no identifier")
        }
        return body(packed)
    }

    /// The identifiers of `rows`. Throws `corruption` when one is no identifier, or when all rows
    /// were asked for and bytes are left over.
    func decode(_ rows: Range<Int>) throws(StoreError) -> IdentifierVector {
        guard var ends = try ends.decodeUnsigned(rows) else {
            throw damaged("an end above 32 bits")
        }
        let start = rows.lowerBound == 0 ? 0 : self.ends.value(at: rows.lowerBound - 1)
        let end = Int(ends.last ?? 0)
        guard start >= 0, start <= end, end <= bytes.count else {
            throw damaged("row \(rows.lowerBound) ends out of order")
        }
        if start > 0 {
            let first = UInt32(start)
            guard ends.allSatisfy({ $0 >= first }) else { throw damaged("ends are out of order") }
            for row in ends.indices { ends[row] -= first }
        }
        let isLast = rows.upperBound == self.ends.count
        let part = UnsafeRawBufferPointer(
            rebasing: bytes[Int(start)..<(isLast ? bytes.count : end)])
        if let problem = identifierProblem(ends: ends, part) { throw damaged(problem) }
        return IdentifierVector(ends: ends, bytes: [UInt8](part))
    }

    private func damaged(_ reason: String) -> StoreError {
        .corruption(file: "page", offset: 0, region: "variableIdentifiers", reason: reason)
    }
}

/// What is wrong with packed identifiers of these ends; nil: nothing.
func identifierProblem(ends: [UInt32], _ bytes: UnsafeRawBufferPointer) -> String? {
    var start = 0
    for (row, end32) in ends.enumerated() {
        let end = Int(end32)
        guard start <= end, end <= bytes.count else { return "row \(row) ends out of order" }
        if end > start {
            let isValid: Bool
            switch (bytes[start], end &- start) {
            case (1, 17), (2, 9), (3, 17): isValid = true
            default:
                isValid = PackedIdentifier.isValid(
                    UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            }
            guard isValid else { return "row \(row) is no identifier" }
        }
        start = end
    }
    return start == bytes.count ? nil : "\(bytes.count - start) bytes too many"
}
