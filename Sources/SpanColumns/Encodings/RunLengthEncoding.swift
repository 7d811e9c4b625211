// Runs of equal values: the last row of each run, then the runs' values, bit-packed.
// Cost: decoding about 0.2 ns a row for runs of 20 and more; a single row is a binary search.

import SpanModel

/// Writes the payload of run-length sections.
enum RunLengthEncoding {
    /// Bytes of the payload.
    static func byteCount(runs: Int, width: Int) -> Int {
        4 + runs * 2 + PackedLanes.byteCount(runs, width: width)
    }

    /// Appends the payload.
    static func append(
        _ values: UnsafeBufferPointer<Int64>, _ plan: IntegerPlan, to out: inout [UInt8]
    ) {
        var runValues: [Int64] = []
        var lasts: [UInt16] = []
        for row in values.indices where row == values.count - 1 || values[row + 1] != values[row] {
            runValues.append(values[row])
            lasts.append(UInt16(row))
        }
        out.put(UInt32(lasts.count))
        for last in lasts { out.put(last) }
        runValues.withUnsafeBufferPointer {
            PackedLanes.append(
                $0, base: plan.base, unit: plan.unit.value, width: plan.width, to: &out)
        }
    }
}

/// Rows at which runs end: rising row numbers of 16 bits.
struct RunEnds {
    private let bytes: UnsafeRawBufferPointer
    let count: Int

    /// `bytes` must hold whole numbers.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        count = bytes.count / 2
    }

    /// The last row of a run.
    func last(_ run: Int) -> Int { Int(bytes.element(run, as: UInt16.self)) }

    /// The run that holds `row`: always one of the runs, whatever the bytes are.
    func run(holding row: Int) -> Int {
        (0..<max(0, count - 1)).partitionPoint { last($0) < row }
    }

    /// Whether the ends rise and the last run ends with the last row.
    func isValid(rowCount: Int) -> Bool {
        guard count > 0, last(count - 1) == rowCount - 1 else { return false }
        // Negative where an end does not rise.
        var steps: Int32 = 0
        for run in 1..<max(count, 1) {
            steps |= Int32(truncatingIfNeeded: last(run) &- last(run &- 1) &- 1)
        }
        return steps >= 0
    }
}

/// Reads the payload of a run-length section.
struct RunLengthReader {
    private let ends: RunEnds
    private let lanes: PackedLanes
    private let rowCount: Int

    init(
        _ payload: UnsafeRawBufferPointer, rowCount: Int, width: Int
    ) throws(StoreError) {
        var cursor = ByteReader(payload, file: "page", region: "runLength")
        let runs = Int(try cursor.uint32())
        guard runs > 0, runs <= rowCount else { throw cursor.damage("\(runs) runs") }
        ends = RunEnds(try cursor.take(runs * 2))
        let rest = cursor.takeRest()
        guard rest.count == PackedLanes.byteCount(runs, width: width) else {
            throw cursor.damage("\(rest.count) bytes for \(runs) values of \(width) bits")
        }
        lanes = PackedLanes(rest, count: runs, width: width)
        self.rowCount = rowCount
    }

    /// The packed number of a row's run.
    func number(at row: Int) -> UInt64 { lanes.number(at: ends.run(holding: row)) }

    /// Throws `corruption` unless the runs cover the rows in order.
    func check() throws(StoreError) {
        guard ends.isValid(rowCount: rowCount) else {
            throw .corruption(
                file: "page", offset: 0, region: "runLength", reason: "runs are out of order")
        }
    }

    /// The runs that hold some of `rows`, in order: their packed numbers, and where each ends,
    /// counted from the first of `rows`; `check` comes first.
    func runs(_ rows: Range<Int>) -> [(number: UInt64, end: Int)] {
        if rows.isEmpty { return [] }
        return (ends.run(holding: rows.lowerBound)...ends.run(holding: rows.upperBound - 1)).map {
            (lanes.number(at: $0), min(ends.last($0) &+ 1, rows.upperBound) &- rows.lowerBound)
        }
    }

    /// Writes `rows`; `check` comes first.
    func decode(
        _ rows: Range<Int>, base: Int64, unit: UInt64, into out: UnsafeMutablePointer<Int64>
    ) {
        guard !rows.isEmpty else { return }
        let runs = ends.run(holding: rows.lowerBound)..<ends.run(holding: rows.upperBound - 1) + 1
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: runs.count) { values in
            guard let runValues = values.baseAddress else { return }
            lanes.unpack(runs, base: base, unit: unit, into: runValues)
            var row = 0
            for run in runs {
                let next = min(ends.last(run) &+ 1, rows.upperBound) &- rows.lowerBound
                let value = runValues[run &- runs.lowerBound]
                if next &- row < 16 {
                    while row < next {
                        out[row] = value
                        row &+= 1
                    }
                } else {
                    (out + row).update(repeating: value, count: next - row)
                    row = next
                }
            }
        }
    }
}
