// Values of the few rows that a filter left. Packed numbers are looked at one by one; other encodings are
// decoded a block at a time into memory that stays in a core's nearest cache, blocks without such a row
// not at all.
// Cost: packed 1.5 ns a row that is picked; else that of decoding, and 0.5.

import SpanModel

extension IntegerReader {
    /// Writes the values of `picked`, ascending and counted from the first of `rows`, which hold them;
    /// `check` of `rows` comes first.
    func pick(_ picked: [UInt32], of rows: Range<Int>, into out: UnsafeMutablePointer<Int64>) {
        precondition(rows.upperBound <= count)
        picked.withUnsafeBufferPointer { picked in
            switch payload {
            case .constant: out.update(repeating: base, count: picked.count)
            case .packed(let lanes):
                lanes.pick(picked, from: rows.lowerBound, base: base, unit: unit, into: out)
            case .runs, .delta, .aligned: pickByBlocks(picked, of: rows, into: out)
            }
        }
    }

    private func pickByBlocks(
        _ picked: UnsafeBufferPointer<UInt32>, of rows: Range<Int>,
        into out: UnsafeMutablePointer<Int64>
    ) {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: PackedLanes.blockRows) { scratch in
            guard let values = scratch.baseAddress else { return }
            var next = 0
            while next < picked.count {
                let row = rows.lowerBound + Int(picked[next])
                let block = row / PackedLanes.blockRows * PackedLanes.blockRows
                let first = max(block, rows.lowerBound)
                var end = next + 1
                while end < picked.count,
                    rows.lowerBound + Int(picked[end]) < block + PackedLanes.blockRows
                {
                    end += 1
                }
                let last = rows.lowerBound + Int(picked[end - 1])
                precondition(first <= row && last < rows.upperBound)
                decode(first..<last + 1, into: values)
                for place in next..<end {
                    out[place] = values[rows.lowerBound &+ Int(picked[place]) &- first]
                }
                next = end
            }
        }
    }
}
