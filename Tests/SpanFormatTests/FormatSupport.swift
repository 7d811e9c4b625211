// What the tests of the formats share: bytes as hexadecimal text, mappings of bytes in memory, and
// every way to damage a file.

import SpanModel
import SpanPlatform
import Testing

/// Hexadecimal digits, with any spaces and line breaks, as bytes.
func bytes(hex text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
        UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
}

/// Bytes as the worked examples show them: 16 a line.
func dump(_ bytes: [UInt8]) -> String {
    stride(from: 0, to: bytes.count, by: 16).map { start in
        bytes[start..<min(start + 16, bytes.count)].map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined(separator: " ")
    }.joined(separator: "\n")
}

/// A mapping of bytes in memory.
func region(of bytes: [UInt8]) -> MappedRegion {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    copy.copyBytes(from: bytes)
    return MappedRegion(bytes: UnsafeRawBufferPointer(copy)) { $0.deallocate() }
}

/// Every way a file of these bytes is damaged in the tests: each bit flipped, each shorter length,
/// and 1 to 64 zeros or ones behind it.
func damages(of bytes: [UInt8]) -> [(name: String, bytes: [UInt8])] {
    var all: [(String, [UInt8])] = []
    for bit in 0..<bytes.count * 8 {
        var flipped = bytes
        flipped[bit / 8] ^= 1 << UInt8(bit % 8)
        all.append(("bit \(bit % 8) of byte \(bit / 8)", flipped))
    }
    for count in 0..<bytes.count { all.append(("first \(count) bytes", Array(bytes[..<count]))) }
    for count in 1...64 {
        for fill in [UInt8(0), 0xff] {
            all.append(
                ("\(count) bytes \(fill) more", bytes + Array(repeating: fill, count: count)))
        }
    }
    return all
}
