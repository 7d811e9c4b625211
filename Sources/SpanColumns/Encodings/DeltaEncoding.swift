// Differences to the row before, bit-packed above their minimum; every 1,024 rows the value itself
// is stored, so that a single row needs one block. A steady step (0, 1, 2 …) has width 0.
// Cost: decoding about 0.5 ns a row; a single row up to 0.5 µs.

import SpanModel

/// Writes the payload of delta sections.
enum DeltaEncoding {
    /// Bytes of the payload.
    static func byteCount(_ count: Int, width: Int) -> Int {
        (count + PackedLanes.blockRows - 1) / PackedLanes.blockRows * 8
            + PackedLanes.byteCount(count, width: width)
    }

    /// Appends the payload; the plan's base is the least difference.
    static func append(
        _ values: UnsafeBufferPointer<Int64>, _ plan: IntegerPlan, to out: inout [UInt8]
    ) {
        var deltas: [Int64] = []
        deltas.reserveCapacity(values.count)
        for row in values.indices {
            if row % PackedLanes.blockRows == 0 {
                out.put(values[row])
                deltas.append(plan.base)
            } else {
                deltas.append(values[row] &- values[row - 1])
            }
        }
        deltas.withUnsafeBufferPointer {
            PackedLanes.append(
                $0, base: plan.base, unit: plan.unit.value, width: plan.width, to: &out)
        }
    }
}

/// Reads the payload of a delta section.
struct DeltaReader {
    private let starts: UnsafeRawBufferPointer
    private let lanes: PackedLanes

    /// `payload` must be `DeltaEncoding.byteCount` long.
    init(_ payload: UnsafeRawBufferPointer, count: Int, width: Int) {
        let startBytes = DeltaEncoding.byteCount(count, width: 0)
        starts = UnsafeRawBufferPointer(rebasing: payload[..<startBytes])
        lanes = PackedLanes(
            UnsafeRawBufferPointer(rebasing: payload[startBytes...]), count: count, width: width)
    }

    /// The value of a row.
    func value(at row: Int, base: Int64, unit: UInt64) -> Int64 {
        let block = row / PackedLanes.blockRows
        let steps = row % PackedLanes.blockRows
        var value = starts.element(block, as: Int64.self)
        if lanes.width == 0 { return value &+ base &* Int64(steps) }
        if let sum = lanes.sum(block: block, count: steps + 1) {
            // The first number does not count.
            let sum = sum &- lanes.number(at: block * PackedLanes.blockRows)
            return value &+ base &* Int64(steps) &+ Int64(bitPattern: sum &* unit)
        }
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: PackedLanes.blockRows) { deltas in
            guard let scratch = deltas.baseAddress else { return }
            lanes.unpack(
                block: block, rows: 0..<steps + 1, base: base, unit: unit, into: scratch)
            for step in 1..<(steps + 1) { value &+= scratch[step] }
        }
        return value
    }

    /// Writes `rows`. A block of which only later rows are wanted is decoded from its start.
    func decode(
        _ rows: Range<Int>, base: Int64, unit: UInt64, into out: UnsafeMutablePointer<Int64>
    ) {
        PackedLanes.forEachBlock(rows) { block, part, place in
            if part.lowerBound == 0 {
                decode(block, part.upperBound, base, unit, into: out + place)
                return
            }
            withUnsafeTemporaryAllocation(of: Int64.self, capacity: part.upperBound) { scratch in
                guard let values = scratch.baseAddress else { return }
                decode(block, part.upperBound, base, unit, into: values)
                (out + place).update(from: values + part.lowerBound, count: part.count)
            }
        }
    }

    /// Writes the first `count` rows of a block.
    private func decode(
        _ block: Int, _ count: Int, _ base: Int64, _ unit: UInt64,
        into out: UnsafeMutablePointer<Int64>
    ) {
        lanes.unpackSums(
            block: block, count: count, start: starts.element(block, as: Int64.self), base: base,
            unit: unit, into: out)
    }
}
