// The tight loops of grouped aggregates. Neighbouring rows often are of one group, and then each
// step would wait for the store of the one before; so few groups get four lanes each, and row i
// works in lane i % 4. Lanes live on the stack for one call.
// Cost: counting 0.3 ns a row, a summary with extremes about 0.8.

/// Count, sum and extremes of the integers of one group.
struct IntegerSummaryState {
    /// The sum in two words, `low` + `carry` × 2^64: as one number it would take room to be aligned.
    private var low: Int64 = 0
    private var carry: Int64 = 0
    var count = 0
    var minimum = Int64.max
    var maximum = Int64.min

    init() {}

    init(sum: Int128, count: Int, minimum: Int64, maximum: Int64) {
        low = Int64(truncatingIfNeeded: sum)
        carry = Int64(truncatingIfNeeded: (sum &- Int128(low)) >> 64)
        self.count = count
        self.minimum = minimum
        self.maximum = maximum
    }

    var sum: Int128 { Int128(carry) << 64 &+ Int128(low) }

    /// Adds to the sum.
    @inline(__always)
    mutating func add(_ value: Int64) {
        let (sum, overflow) = low.addingReportingOverflow(value)
        low = sum
        if _slowPath(overflow) { carry &+= value < 0 ? -1 : 1 }
    }

    /// Takes in another summary.
    mutating func merge(_ other: IntegerSummaryState) {
        self = IntegerSummaryState(
            sum: sum + other.sum, count: count + other.count,
            minimum: min(minimum, other.minimum), maximum: max(maximum, other.maximum))
    }
}

enum GroupKernels {
    private static let laneCount = 4
    /// Groups up to which lanes pay: 16 KiB of them.
    private static let lanedGroupsMax = 128

    /// Adds one to the count of each row's group.
    static func count(_ groups: [UInt32], into counts: inout [Int64]) {
        counts.withUnsafeMutableBufferPointer { counts in
            groups.withUnsafeBufferPointer { groups in
                guard counts.count <= lanedGroupsMax, groups.count > counts.count else {
                    for group in groups { counts[Int(group)] &+= 1 }
                    return
                }
                withUnsafeTemporaryAllocation(of: Int.self, capacity: counts.count * laneCount) {
                    lanes in
                    lanes.initialize(repeating: 0)
                    for row in groups.indices {
                        lanes[Int(groups[row]) &* laneCount &+ (row & 3)] &+= 1
                    }
                    for lane in lanes.indices {
                        counts[lane / laneCount] &+= Int64(lanes[lane])
                    }
                }
            }
        }
    }

    /// Sums that surely fit in 64 bits for the rows of one call.
    private struct Lane {
        var sum: Int64 = 0
        var count: Int64 = 0
        var minimum = Int64.max
        var maximum = Int64.min
    }

    /// Takes values into the summaries of their groups; a null's value is 0. Extremes are kept only
    /// where asked for.
    static func summarize(
        _ values: [Int64], _ validity: [UInt8]?, _ groups: [UInt32], hasExtremes: Bool,
        into states: inout [IntegerSummaryState]
    ) {
        let fits = values.count <= 1 << 16 && magnitude(values) < 1 << 46
        states.withUnsafeMutableBufferPointer { states in
            values.withUnsafeBufferPointer { values in
                groups.withUnsafeBufferPointer { groups in
                    let isLaned =
                        fits && states.count <= lanedGroupsMax && values.count > states.count
                    guard let validity else {
                        return summarize(
                            values, groups, states, isLaned: isLaned, hasExtremes: hasExtremes
                        ) { _ in 1 }
                    }
                    validity.withUnsafeBufferPointer { validity in
                        summarize(
                            values, groups, states, isLaned: isLaned, hasExtremes: hasExtremes
                        ) { Int64(validity[$0]) }
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func summarize(
        _ values: UnsafeBufferPointer<Int64>, _ groups: UnsafeBufferPointer<UInt32>,
        _ states: UnsafeMutableBufferPointer<IntegerSummaryState>, isLaned: Bool,
        hasExtremes: Bool, _ isPresent: (Int) -> Int64
    ) {
        guard isLaned else {
            for row in values.indices {
                let group = Int(groups[row])
                let present = isPresent(row)
                states[group].add(values[row])
                states[group].count &+= Int(present)
                let (least, greatest) = bounds(values[row], present)
                states[group].minimum = min(states[group].minimum, least)
                states[group].maximum = max(states[group].maximum, greatest)
            }
            return
        }
        withUnsafeTemporaryAllocation(of: Lane.self, capacity: states.count * laneCount) { lanes in
            for lane in lanes.indices {
                let state = states[lane / laneCount]
                lanes.initializeElement(
                    at: lane, to: Lane(minimum: state.minimum, maximum: state.maximum))
            }
            for row in values.indices {
                let lane = Int(groups[row]) &* laneCount &+ (row & 3)
                let value = values[row]
                let present = isPresent(row)
                lanes[lane].sum &+= value
                lanes[lane].count &+= present
                // New extremes are rare, so the branch is foreseen.
                if hasExtremes, value < lanes[lane].minimum || value > lanes[lane].maximum {
                    let (least, greatest) = bounds(value, present)
                    lanes[lane].minimum = min(lanes[lane].minimum, least)
                    lanes[lane].maximum = max(lanes[lane].maximum, greatest)
                }
            }
            for (index, lane) in lanes.enumerated() {
                states[index / laneCount].merge(
                    IntegerSummaryState(
                        sum: Int128(lane.sum), count: Int(lane.count), minimum: lane.minimum,
                        maximum: lane.maximum))
            }
        }
    }

    /// The value twice, or for a null what changes no extreme.
    @inline(__always)
    private static func bounds(_ value: Int64, _ present: Int64) -> (Int64, Int64) {
        let mask = 0 &- present
        return ((value & mask) | (.max & ~mask), (value & mask) | (.min & ~mask))
    }

    /// A number that no value's magnitude exceeds, less than twice the greatest of them.
    private static func magnitude(_ values: [Int64]) -> UInt64 {
        var bits: Int64 = 0
        for value in values { bits |= value ^ (value >> 63) }
        return UInt64(bitPattern: bits)
    }
}
