// Lengths in order, cut into cells: those of one group that lie between two boundaries of rank codes.
// In a cell they ascend; stored are the gaps from the boundary below on, each cell with as many bits a
// gap as its greatest needs, so that any cell is read alone.
// Format: schemas/segment.md, "Lengths".
// Cost: writing 30 ns a value, most of it the sort; reading 1 to 2 ns a value.

import SpanModel

/// Cells, group by group, in the bytes of a section.
package struct LengthCells {
    /// Bits of a gap up to which eight bytes hold it wherever it starts; wider ones have 64.
    private static let widthMax: Int64 = 57
    /// Bytes behind the last cell, so that every gap can be loaded with seven others.
    package static let slackBytes = 8

    /// The cells of a group: one for each rank code.
    private let codeCount: Int
    /// Below the values of each code.
    private let bases: [Int64]
    private let unit: UInt64
    /// By cell: values, and bits of a gap.
    private let counts: [UInt32]
    private let widths: [UInt8]
    /// By cell: its first byte.
    private let starts: [UInt32]
    private let bytes: UnsafeRawBufferPointer

    /// Cells of groups × codes in `bytes`, which hold them and the slack; nil when they do not fit.
    /// `least` lies below all values of the first code, boundaries below those of the others.
    package init?(
        _ bytes: UnsafeRawBufferPointer, least: Int64, bounds: RankBounds, unitCode: UInt8,
        counts: [UInt32], widths: [Int64]
    ) {
        guard let unit = IntegerUnit(code: unitCode), counts.count == widths.count else {
            return nil
        }
        var end = 0
        var isKnown = true
        var narrow: [UInt8] = []
        starts = [UInt32](unsafeUninitializedCapacity: counts.count) { out, initialized in
            narrow = [UInt8](unsafeUninitializedCapacity: counts.count) { bits, initialized in
                for cell in counts.indices {
                    let width = widths[cell]
                    isKnown = isKnown && (0...Self.widthMax ~= width || width == 64)
                    out[cell] = UInt32(truncatingIfNeeded: end)
                    bits[cell] = UInt8(truncatingIfNeeded: width)
                    // A width that no writer has may wrap; it is refused below.
                    end &+= (Int(counts[cell]) &* Int(width) &+ 7) &>> 3
                }
                initialized = counts.count
            }
            initialized = counts.count
        }
        guard isKnown, end + Self.slackBytes == bytes.count, end <= UInt32.max else { return nil }
        bases = [least] + bounds.values
        codeCount = bases.count
        self.unit = unit.value
        self.counts = counts
        self.widths = narrow
        self.bytes = bytes
    }

    /// Cells of all groups.
    var count: Int { counts.count }

    /// Writes the values of a cell, ascending, to `out`, which has room for them.
    package func copy(group: Int, code: Int, into out: UnsafeMutablePointer<Int64>) {
        let cell = group * codeCount + code
        let (width, start, unit) = (Int(widths[cell]), Int(starts[cell]), unit)
        let mask = PackedLanes.mask(width)
        var sum = UInt64(bitPattern: bases[code])
        for index in 0..<Int(counts[cell]) {
            let bit = index &* width
            let word = bytes.loadUnaligned(
                fromByteOffset: start &+ bit &>> 3, as: UInt64.self)
            let gap = UInt64(littleEndian: word) &>> UInt64(bit & 7) & mask
            sum &+= gap &* unit
            out[index] = Int64(bitPattern: sum)
        }
    }

    // MARK: - Writing

    /// What `encode` makes.
    package struct Encoded {
        package let unitCode: UInt8
        /// By cell.
        package let widths: [UInt8]
        /// The cells and the slack.
        package let bytes: [UInt8]
    }

    /// Encodes values that lie cell by cell, as many in each as `counts` says; they are sorted in it.
    package static func encode(
        _ values: inout [Int64], least: Int64, bounds: RankBounds, counts: [Int]
    ) -> Encoded {
        let bases = [least] + bounds.values
        var widths: [UInt8] = []
        var out: [UInt8] = []
        let unit = values.withUnsafeMutableBufferPointer { values in
            var differing: UInt64 = 0
            for value in values { differing |= UInt64(bitPattern: value ^ least) }
            let unit = IntegerUnit(
                of: UnsafeBufferPointer(values), base: least, differingBits: differing)
            var start = 0
            for (cell, count) in counts.enumerated() {
                var part = UnsafeMutableBufferPointer(rebasing: values[start..<start + count])
                part.sort()
                widths.append(
                    append(part, base: bases[cell % bases.count], unit: unit.value, to: &out))
                start += count
            }
            return unit
        }
        out += Array(repeating: 0, count: slackBytes)
        return Encoded(unitCode: unit.code, widths: widths, bytes: out)
    }

    /// Appends one cell; returns the bits of a gap. The values become gaps.
    private static func append(
        _ values: UnsafeMutableBufferPointer<Int64>, base: Int64, unit: UInt64,
        to out: inout [UInt8]
    ) -> UInt8 {
        var last = base
        var bits: UInt64 = 0
        for index in values.indices {
            let value = values[index]
            let distance = UInt64(bitPattern: value &- last)
            let gap = unit == 1 ? distance : distance / unit
            values[index] = Int64(bitPattern: gap)
            bits |= gap
            last = value
        }
        let needed = 64 - bits.leadingZeroBitCount
        let width = needed <= Int(widthMax) ? needed : 64
        var (word, filled): (UInt64, Int) = (0, 0)
        for value in values {
            let gap = UInt64(bitPattern: value)
            word |= gap &<< UInt64(filled)
            filled += width
            if width == 64 {
                out.put(word)
                (word, filled) = (0, 0)
            }
            while filled >= 8 {
                out.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
                filled -= 8
            }
        }
        if filled > 0 { out.append(UInt8(truncatingIfNeeded: word)) }
        return UInt8(width)
    }
}
