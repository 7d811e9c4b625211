// Chooses how a run of integers is encoded: one pass collects what the size of each encoding
// depends on, then the smallest wins, and of equals the one that decodes faster.

/// What the sizes of the integer encodings depend on.
struct IntegerStatistics {
    private(set) var minimum = Int64.max
    private(set) var maximum = Int64.min
    private(set) var runCount = 0
    private(set) var minimumDelta = Int64.max
    private(set) var maximumDelta = Int64.min
    private(set) var differingBits: UInt64 = 0
    /// Rows below the one before.
    private(set) var fallCount = 0

    /// Looks at all `values`; there must be some.
    init(_ values: UnsafeBufferPointer<Int64>) {
        let first = values[0]
        var (least, greatest) = (first, first)
        var (leastDelta, greatestDelta) = (Int64.max, Int64.min)
        var runs = 1
        var falls = 0
        var bits: UInt64 = 0
        var previous = first
        for index in 1..<max(values.count, 1) {
            let value = values[index]
            let delta = value &- previous
            least = min(least, value)
            greatest = max(greatest, value)
            leastDelta = min(leastDelta, delta)
            greatestDelta = max(greatestDelta, delta)
            if delta != 0 { runs &+= 1 }
            if value < previous { falls &+= 1 }
            bits |= UInt64(bitPattern: value ^ first)
            previous = value
        }
        (minimum, maximum, runCount, differingBits) = (least, greatest, runs, bits)
        fallCount = falls
        (minimumDelta, maximumDelta) = (leastDelta, greatestDelta)
    }
}

/// The chosen encoding of a run of integers.
struct IntegerPlan {
    private(set) var encoding = PageEncoding.constant
    private(set) var base: Int64 = 0
    private(set) var unit = IntegerUnit.one
    private(set) var width = 0
    /// Bytes of the section, header included.
    private(set) var byteCount = IntegerSection.headerBytes
    /// The payload of an aligned section, which is known as soon as its size is.
    private(set) var aligned: [UInt8] = []

    /// The cheapest plan for `values`, of which there must be some. `series` are the rows where series
    /// start, if that is known.
    init(
        _ values: UnsafeBufferPointer<Int64>, _ statistics: IntegerStatistics,
        allowsDelta: Bool = true, allowsAligned: Bool = false, series: [Int]? = nil
    ) {
        choose(values, statistics, allowsDelta: allowsDelta)
        guard allowsAligned,
            let plan = AlignedPlan(values, known: series, fallCount: statistics.fallCount)
        else { return }
        let payload = AlignedEncoding.payload(plan, values)
        // It decodes slower than the others: a third must be gained.
        guard (IntegerSection.headerBytes + payload.count) * 3 <= byteCount * 2 else { return }
        aligned = payload
        (encoding, byteCount) = (.aligned, IntegerSection.headerBytes + payload.count)
        (base, unit, width) = (0, .one, 0)
    }

    private mutating func choose(
        _ values: UnsafeBufferPointer<Int64>, _ statistics: IntegerStatistics, allowsDelta: Bool
    ) {
        base = statistics.minimum
        let range = UInt64(bitPattern: statistics.maximum &- statistics.minimum)
        guard range > 0 else { return }
        unit = IntegerUnit(
            of: values, base: base, differingBits: statistics.differingBits)
        width = bitWidth(range / unit.value)
        encoding = .runLength
        byteCount += RunLengthEncoding.byteCount(runs: statistics.runCount, width: width)
        let packed =
            IntegerSection.headerBytes + PackedLanes.byteCount(values.count, width: width)
        if packed < byteCount {
            (encoding, byteCount) = (.packed, packed)
        }
        // Beyond this range differences could wrap and their order would mean nothing.
        guard allowsDelta, range <= UInt64(Int64.max) else { return }
        let deltaRange = UInt64(
            bitPattern: statistics.maximumDelta &- statistics.minimumDelta)
        let deltaWidth = bitWidth(deltaRange / unit.value)
        let delta =
            IntegerSection.headerBytes
            + DeltaEncoding.byteCount(values.count, width: deltaWidth)
        if delta < byteCount {
            (encoding, byteCount) = (.delta, delta)
            (base, width) = (statistics.minimumDelta, deltaWidth)
        }
    }
}

/// Bits of the greatest number to pack.
func bitWidth(_ greatest: UInt64) -> Int { 64 - greatest.leadingZeroBitCount }
