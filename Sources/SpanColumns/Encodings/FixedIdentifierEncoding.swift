// Identifiers of one form and length: 16 bytes (32 hex digits, UUIDs) or 8 (16 hex digits) a row,
// without form bytes. A null row is zeros, and marked in the null section.
// Format: schemas/encodings.md, "Fixed identifiers".
// Cost: decoding about 2 ns a row; a single row is one copy.

import SpanModel

/// Writes fixed-identifier bodies.
enum FixedIdentifierEncoding {
    static let headerBytes = 8

    /// The form all rows have; nil when they differ, when it is `text`, or all rows are null.
    static func commonForm(_ vector: IdentifierVector) -> PackedIdentifier.Form? {
        guard let first = vector.bytes.first, let form = PackedIdentifier.Form(rawValue: first),
            let payload = payloadBytes(form)
        else { return nil }
        return vector.bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            for end in vector.ends {
                let length = Int(end) - start
                if length > 0 {
                    guard length == payload + 1, bytes[start] == first else { return nil }
                }
                start = Int(end)
            }
            return form
        }
    }

    /// Bytes after the form byte; nil for text.
    static func payloadBytes(_ form: PackedIdentifier.Form) -> Int? {
        switch form {
        case .hex32, .uuid: 16
        case .hex16: 8
        case .text: nil
        }
    }

    /// Bytes of the body, without nulls.
    static func byteCount(_ count: Int, form: PackedIdentifier.Form) -> Int {
        headerBytes + count * (payloadBytes(form) ?? 0)
    }

    /// Appends the body and its null section.
    static func append(
        _ vector: IdentifierVector, form: PackedIdentifier.Form, to out: inout [UInt8]
    ) {
        guard let payload = payloadBytes(form) else { return }
        out.append(form.rawValue)
        out.append(contentsOf: repeatElement(0, count: headerBytes - 1))
        out.reserveCapacity(out.count + vector.count * payload)
        var validity: [UInt8] = []
        validity.reserveCapacity(vector.count)
        vector.bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            for end in vector.ends {
                if Int(end) > start {
                    out.append(contentsOf: bytes[start + 1..<Int(end)])
                } else {
                    out.append(contentsOf: repeatElement(0, count: payload))
                }
                validity.append(Int(end) > start ? 1 : 0)
                start = Int(end)
            }
        }
        NullSection.append(validity, to: &out)
    }
}

/// Reads a fixed-identifier body.
struct FixedIdentifierReader {
    private let form: PackedIdentifier.Form
    private let payload: Int
    private let rowCount: Int
    private let bytes: UnsafeRawBufferPointer
    let nulls: NullReader

    init(_ cursor: inout ByteReader, rowCount: Int) throws(StoreError) {
        let code = try cursor.uint8()
        guard let form = PackedIdentifier.Form(rawValue: code),
            let payload = FixedIdentifierEncoding.payloadBytes(form)
        else { throw cursor.damage("identifier form \(code)") }
        try cursor.reserved(FixedIdentifierEncoding.headerBytes - 1)
        self.form = form
        self.payload = payload
        self.rowCount = rowCount
        bytes = try cursor.take(rowCount * payload)
        nulls = try NullReader(&cursor, rowCount: rowCount)
    }

    /// Calls `body` with the packed bytes of a row; empty: null.
    func withBytes<R>(_ row: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        if nulls.isNull(row) { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        // 24 bytes on the stack, of which form and payload take up to 17.
        var packed = (UInt64(form.rawValue).littleEndian, UInt64(0), UInt64(0))
        withUnsafeMutableBytes(of: &packed) { copy(row, to: $0, at: 1) }
        return withUnsafeBytes(of: &packed) {
            body(UnsafeRawBufferPointer(rebasing: $0[...payload]))
        }
    }

    /// The identifiers of `rows`.
    func decode(_ rows: Range<Int>) throws(StoreError) -> IdentifierVector {
        let validity = try nulls.decode(rows)
        var ends: [UInt32] = []
        ends.reserveCapacity(rows.count)
        let valid = validity?.reduce(into: 0) { sum, byte in sum &+= Int(byte) } ?? rows.count
        let packed = [UInt8](unsafeUninitializedCapacity: valid * stride) { out, initialized in
            let target = UnsafeMutableRawBufferPointer(out)
            var place = 0
            for row in rows {
                if validity?[row &- rows.lowerBound] != 0 {
                    out[place] = form.rawValue
                    copy(row, to: target, at: place &+ 1)
                    place &+= stride
                }
                ends.append(UInt32(truncatingIfNeeded: place))
            }
            initialized = place
        }
        return IdentifierVector(ends: ends, bytes: packed)
    }

    /// Packed bytes of a row that is not null.
    var stride: Int { payload + 1 }

    /// Writes the packed bytes of a row, of which `out` has room for `stride` from `place` on; how
    /// many there are.
    @inline(__always)
    func write(_ row: Int, to out: UnsafeMutableRawBufferPointer, at place: Int) -> Int {
        if nulls.isNull(row) { return 0 }
        out[place] = form.rawValue
        copy(row, to: out, at: place &+ 1)
        return payload &+ 1
    }

    @inline(__always)
    private func copy(_ row: Int, to out: UnsafeMutableRawBufferPointer, at place: Int) {
        let source = row &* payload
        out.storeBytes(
            of: bytes.loadUnaligned(fromByteOffset: source, as: UInt64.self),
            toByteOffset: place, as: UInt64.self)
        if payload == 16 {
            out.storeBytes(
                of: bytes.loadUnaligned(fromByteOffset: source &+ 8, as: UInt64.self),
                toByteOffset: place &+ 8, as: UInt64.self)
        }
    }
}
