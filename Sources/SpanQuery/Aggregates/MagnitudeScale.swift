// Cells of ascending magnitude, chosen by a sample of values: which cell a value lies in is looked up by
// its distance from the least one as a float of few digits, so that cells hold about equally many wherever
// values are spread over some orders of magnitude.
// Cost: 1.5 ns a value.

/// Cells of ascending magnitude that hold about equally many of the values of a sample. A value's cell is
/// looked up by its distance from the least one as a float of few digits.
struct MagnitudeScale {
    static let cellCount = 32

    private let least: Int64
    /// By leading bits: the cell. They ascend.
    private let cells: [UInt8]

    /// Bits of a double behind its exponent that are looked at.
    private static let digitBits = 4
    private static let shift = 52 - digitBits
    private static let keyCount = 64 << digitBits
    /// Leading bits of 1.
    private static let firstBits = 1_023 << digitBits
    private static let sampleCount = 4_096

    /// Nil when the values are nearly all in one place.
    init?(_ sources: [CollectedValues]) {
        let sample = CollectedValues.sample(sources, count: Self.sampleCount)
        guard let least = sample.min() else { return nil }
        self.least = least
        var counts = [Int](repeating: 0, count: Self.keyCount)
        for value in sample { counts[Self.key(value, least)] += 1 }
        var below = 0
        var cells: [UInt8] = []
        cells.reserveCapacity(counts.count)
        for count in counts {
            let middle = below + count / 2
            cells.append(
                UInt8(min(Self.cellCount - 1, middle * Self.cellCount / sample.count)))
            below += count
        }
        self.cells = cells
        guard (counts.max() ?? 0) * 4 <= sample.count else { return nil }
    }

    /// Values below the least one of the sample are as it is.
    @inline(__always)
    private static func key(_ value: Int64, _ least: Int64) -> Int {
        let distance = value > least ? UInt64(bitPattern: value &- least) : 0
        // Half of it fits a signed integer, which is converted by one instruction.
        let number = Double(Int64(truncatingIfNeeded: distance &>> 1 | 1))
        return Int(truncatingIfNeeded: number.bitPattern &>> UInt64(shift)) &- firstBits
    }

    /// Notes the cell of each value, and counts cells by group; a count that is too large begins anew.
    func count(
        _ values: [Int64], _ groups: CollectedValues.Groups,
        _ counts: UnsafeMutableBufferPointer<UInt16>
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: values.count) { out, count in
            cells.withUnsafeBufferPointer { cells in
                values.withUnsafeBufferPointer { values in
                    switch groups {
                    case .one(let group):
                        let start = Int(group) &* Self.cellCount
                        for row in values.indices {
                            let cell = cells[Self.key(values[row], least)]
                            out[row] = cell
                            counts[start &+ Int(cell)] &+= 1
                        }
                    case .each(let groups):
                        groups.withUnsafeBufferPointer { groups in
                            for row in values.indices {
                                let cell = cells[Self.key(values[row], least)]
                                out[row] = cell
                                counts[Int(groups[row]) &* Self.cellCount &+ Int(cell)] &+= 1
                            }
                        }
                    }
                }
            }
            count = values.count
        }
    }
}
