// The text of packed identifiers, for columns of them: `PackedIdentifier` explains the forms.
// Cost: about 3 ns an identifier, eight bytes of hex at a time.

import SpanModel

/// Lengths and texts of packed identifiers. Bytes of no known form have no text.
enum IdentifierText {
    /// Bytes of the text.
    @inline(__always)
    static func length(_ packed: UnsafeRawBufferPointer) -> Int {
        guard packed.count > 0 else { return 0 }
        switch packed[0] {
        case PackedIdentifier.Form.hex32.rawValue: return packed.count == 17 ? 32 : 0
        case PackedIdentifier.Form.hex16.rawValue: return packed.count == 9 ? 16 : 0
        case PackedIdentifier.Form.uuid.rawValue: return packed.count == 17 ? 36 : 0
        case PackedIdentifier.Form.text.rawValue: return packed.count - 1
        default: return 0
        }
    }

    /// Writes the text, `length` bytes.
    @inline(__always)
    static func write(
        _ packed: UnsafeRawBufferPointer, length: Int, to target: UnsafeMutableRawPointer
    ) {
        guard length > 0, let start = packed.baseAddress else { return }
        let payload = start + 1
        switch packed[0] {
        case PackedIdentifier.Form.text.rawValue:
            target.copyMemory(from: payload, byteCount: length)
        case PackedIdentifier.Form.hex16.rawValue:
            writeHex(payload, to: target)
        default:
            writeHex(payload, to: target)
            writeHex(payload + 8, to: target + 16)
            if packed[0] == PackedIdentifier.Form.uuid.rawValue { insertDashes(target) }
        }
    }

    /// Sixteen digits of eight bytes.
    @inline(__always)
    private static func writeHex(_ bytes: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
        for half in 0..<2 {
            let word = bytes.loadUnaligned(fromByteOffset: half &* 4, as: UInt32.self)
            target.storeBytes(
                of: digits(UInt32(littleEndian: word)).littleEndian, toByteOffset: half &* 8,
                as: UInt64.self)
        }
    }

    /// The eight digits of four bytes, the first one lowest.
    @inline(__always)
    private static func digits(_ bytes: UInt32) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Each byte into a lane of sixteen bits, then its upper half before its lower half.
        var lanes = UInt64(bytes)
        lanes = (lanes | lanes &<< 16) & 0x0000_FFFF_0000_FFFF
        lanes = (lanes | lanes &<< 8) & 0x00FF_00FF_00FF_00FF
        let nibbles = (lanes &>> 4 | lanes &<< 8) & (ones &* 0x0F)
        let letters = (nibbles &+ ones &* 6) &>> 4 & ones
        return nibbles &+ ones &* 48 &+ letters &* 39
    }

    /// Makes 8-4-4-4-12 of 32 digits, the last group first.
    private static func insertDashes(_ text: UnsafeMutableRawPointer) {
        let groups = [(from: 20, to: 24, 12), (16, 19, 4), (12, 14, 4), (8, 9, 4)]
        for (from, to, count) in groups {
            (text + to).copyMemory(from: text + from, byteCount: count)
            text.storeBytes(of: UInt8(ascii: "-"), toByteOffset: to - 1, as: UInt8.self)
        }
    }
}
