// Numbers → the texts that JSON has of them, as a string vector. Each distinct number is written once.
// Cost: 2 to 5 ns a row, and 15 to 80 for each distinct number.

import SpanModel

/// Makes texts of numbers.
package enum NumberTexts {
    /// Strings as they are, and the texts of numbers; all null for any other form.
    package static func strings(_ vector: ColumnVector) -> StringVector {
        switch vector {
        case .string(let strings): return strings
        case .integer(let vector):
            var numbering = Numbering(vector.values)
            let codes = numbering.codes(vector.values, vector.validity)
            return strings(codes, numbering.values) { JSONWriter.appendInteger($0, to: &$1) }
        case .float(let vector):
            let bits = vector.values.map { Int64(bitPattern: $0.bitPattern) }
            var numbering = Numbering(bits)
            let codes = numbering.codes(bits, vector.validity)
            return strings(codes, numbering.values) { bits, out in
                JSONWriter.appendDouble(Double(bitPattern: UInt64(bitPattern: bits)), to: &out)
            }
        case .null, .identifier, .text:
            return StringVector(
                codes: Array(repeating: StringVector.nullCode, count: vector.count),
                dictionary: .empty)
        }
    }

    private static func strings(
        _ codes: [UInt32], _ numbers: [Int64], _ append: (Int64, inout [UInt8]) -> Void
    ) -> StringVector {
        var ends: [UInt32] = []
        var bytes: [UInt8] = []
        ends.reserveCapacity(numbers.count)
        bytes.reserveCapacity(numbers.count * 8)
        for number in numbers {
            append(number, &bytes)
            ends.append(UInt32(bytes.count))
        }
        return StringVector(codes: codes, dictionary: StringDictionary(ends: ends, bytes: bytes))
    }
}

/// Distinct numbers in order of first appearance: by their distance from the least where they lie near
/// each other, else by open addressing. The multiplier is random per process against chosen numbers;
/// codes do not depend on it.
private struct Numbering {
    private(set) var values: [Int64] = []
    /// Codes by place; at most half of them in use where places are hashes.
    private var slots: [UInt32]
    /// The number at place 0; nil: places are hashes.
    private let least: Int64?
    private let shift: Int
    private static let emptySlot = UInt32.max
    private static let multiplier = UInt64.random(in: .min ... .max) | 1

    /// For some of `numbers`.
    init(_ numbers: [Int64]) {
        let bits = Int.bitWidth - (max(numbers.count, 1) * 2 - 1).leadingZeroBitCount
        let (least, greatest) = (numbers.min() ?? 0, numbers.max() ?? 0)
        let isNear = UInt64(bitPattern: greatest &- least) < 1 << UInt64(bits)
        self.least = isNear ? least : nil
        slots = Array(repeating: Self.emptySlot, count: 1 << bits)
        shift = 64 - bits
    }

    /// The code of each number, new or known; that of null where `validity` says so.
    mutating func codes(_ numbers: [Int64], _ validity: [UInt8]?) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: numbers.count) { codes, count in
            for row in numbers.indices {
                codes[row] =
                    validity?[row] == 0 ? StringVector.nullCode : code(of: numbers[row])
            }
            count = numbers.count
        }
    }

    @inline(__always)
    private mutating func code(of value: Int64) -> UInt32 {
        var slot = place(of: value)
        while slots[slot] != Self.emptySlot {
            if values[Int(slots[slot])] == value { return slots[slot] }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
        let code = UInt32(values.count)
        slots[slot] = code
        values.append(value)
        return code
    }

    @inline(__always)
    private func place(of value: Int64) -> Int {
        if let least { return Int(value &- least) }
        return Int(truncatingIfNeeded: (UInt64(bitPattern: value) &* Self.multiplier) >> shift)
    }
}
