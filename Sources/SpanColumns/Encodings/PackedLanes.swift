// Bit-packing in 16 interleaved lanes: value i lies in lane i % 16, so one vector operation moves
// 16 neighbours. Each lane is a stream of `width`-bit numbers in 32-bit words (64-bit words when
// width > 32); word k of all lanes lies together. 1,024 values fill whole words at every width,
// which makes them the unit of work and keeps random access plain index arithmetic.
// Format: schemas/encodings.md, "Packed lanes".
// Packing, unpacking and picking single numbers have files of their own.
// Cost: a random access is two loads.

import SpanPlatform

/// `count` unsigned numbers of `width` bits.
struct PackedLanes {
    /// Values of one block of work.
    static let blockRows = 1_024
    static let lanes = 16
    /// Of short runs of rows far from each other, how many are asked for before they are unpacked: as many
    /// as hide the memory's latency, which the core's own foresight does not.
    static let runsAhead = 3

    let count: Int
    /// 0 to 64; at 0 all numbers are 0 and there are no bytes.
    let width: Int
    let bytes: UnsafeRawBufferPointer

    /// `bytes` must be exactly `byteCount(count, width:)` long.
    init(_ bytes: UnsafeRawBufferPointer, count: Int, width: Int) {
        precondition(bytes.count == Self.byteCount(count, width: width))
        self.bytes = bytes
        self.count = count
        self.width = width
    }

    /// Bytes that `count` numbers of `width` bits take.
    static func byteCount(_ count: Int, width: Int) -> Int {
        let steps = (count + lanes - 1) / lanes
        return width <= 32
            ? (steps * width + 31) / 32 * 4 * lanes : (steps * width + 63) / 64 * 8 * lanes
    }

    /// The number at `index`, which the caller has checked.
    func number(at index: Int) -> UInt64 {
        if width == 0 { return 0 }
        let bit = (index / Self.lanes) * width
        let lane = index % Self.lanes
        if width <= 32 {
            let (word, shift) = (bit / 32, bit % 32)
            var bits = UInt64(bytes.element(word * Self.lanes + lane, as: UInt32.self))
            if shift + width > 32 {
                bits |= UInt64(bytes.element((word + 1) * Self.lanes + lane, as: UInt32.self)) << 32
            }
            return bits >> UInt64(shift) & Self.mask(width)
        }
        let (word, shift) = (bit / 64, bit % 64)
        var bits = bytes.element(word * Self.lanes + lane, as: UInt64.self) >> UInt64(shift)
        if shift + width > 64 {
            bits |=
                bytes.element((word + 1) * Self.lanes + lane, as: UInt64.self)
                << UInt64(64 - shift)
        }
        return bits & Self.mask(width)
    }

    /// Asks for the memory of some neighbouring numbers, which are about to be unpacked.
    func prefetch(_ rows: Range<Int>) {
        guard let start = bytes.baseAddress, !rows.isEmpty else { return }
        let wordBits = width <= 32 ? 32 : 64
        func offset(_ row: Int) -> Int {
            row / Self.lanes * width / wordBits * (wordBits / 8) * Self.lanes
        }
        let end = min(bytes.count, offset(rows.upperBound - 1) + 2 * wordBits / 8 * Self.lanes)
        for place in stride(from: offset(rows.lowerBound), to: end, by: Prefetch.lineBytes) {
            Prefetch.line(start + place)
        }
    }

    /// The greatest number of `width` bits.
    static func mask(_ width: Int) -> UInt64 { width == 0 ? 0 : UInt64.max >> UInt64(64 - width) }
}
