// Codes of integers that lie near each other (steps, counts, the starts of buckets), by a plain array
// instead of a hash table.
// Cost: 0.5 ns a value, of multiples of a unit 1.5; 256 KiB at most.

/// Numbers of integers in one range, all of which are a multiple of a unit apart.
struct DenseCodes {
    private let unit: Int64
    private let divider: Divider
    private var first: Int64 = 0
    /// By units from `first`: the value's code, or `unknown`.
    private var codes: [UInt32] = []

    /// Has the highest bit, which no code has.
    static let unknown = UInt32.max
    private static let spanMax = 1 << 16

    init(unit: Int64) {
        self.unit = unit
        divider = Divider(unit.magnitude)
    }

    /// Makes room for values, of which there must be some; false when they, or they with those before,
    /// lie too far apart.
    mutating func cover(_ values: [Int64]) -> Bool {
        var least = Int64.max
        var greatest = Int64.min
        for value in values {
            least = min(least, value)
            greatest = max(greatest, value)
        }
        if !codes.isEmpty {
            if least >= first, greatest <= last { return true }
            least = min(least, first)
            greatest = max(greatest, last)
        }
        let (range, wraps) = greatest.subtractingReportingOverflow(least)
        guard !wraps, range / unit < Self.spanMax, (first - least) % unit == 0 || codes.isEmpty
        else { return false }
        // Room behind the values, since most of these rise.
        let room = min(Self.spanMax, Int(range / unit) + 1 + codes.count)
        let (length, isTooLong) = Int64(room).multipliedReportingOverflow(by: unit)
        guard !isTooLong, !least.addingReportingOverflow(length).overflow else { return false }
        var wider = [UInt32](repeating: Self.unknown, count: room)
        let shift = codes.isEmpty ? 0 : Int((first - least) / unit)
        for (place, code) in codes.enumerated() where code != Self.unknown {
            wider[shift + place] = code
        }
        (first, codes) = (least, wider)
        return true
    }

    private var last: Int64 { first + Int64(codes.count - 1) * unit }

    /// The codes of values that are covered, and whether all are known; nil when one is no multiple of
    /// the unit away.
    func codes(of values: [Int64]) -> (codes: [UInt32], isComplete: Bool)? {
        var bits: UInt32 = 0
        var excess: UInt64 = 0
        let found = values.withUnsafeBufferPointer { values in
            codes.withUnsafeBufferPointer { codes in
                [UInt32](unsafeUninitializedCapacity: values.count) { out, count in
                    for row in values.indices {
                        // None is before the first.
                        var place = UInt64(bitPattern: values[row] &- first)
                        if unit != 1 {
                            let (quotient, remainder) = divider.quotientAndRemainder(of: place)
                            excess |= remainder
                            place = quotient
                        }
                        let code = codes[Int(place)]
                        out[row] = code
                        bits |= code
                    }
                    count = values.count
                }
            }
        }
        return excess == 0 ? (found, bits >> 31 == 0) : nil
    }

    /// The code of a covered value.
    subscript(value: Int64) -> UInt32 {
        get { codes[Int((value - first) / unit)] }
        set { codes[Int((value - first) / unit)] = newValue }
    }
}
