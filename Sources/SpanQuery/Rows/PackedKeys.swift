// The terms of an order as one integer a row, as many of the leading ones as fit: most comparisons are
// of two integers, and the first rows are found without sorting the others.
// Cost: about 2 ns a row and term.

import SpanColumns
import SpanModel
import SpanSketch

/// The leading terms of all rows.
struct PackedKeys {
    struct Row {
        let key: Int64
        let number: UInt32
    }

    private let keys: [Int64]
    /// Whether the integers hold all terms.
    let isWhole: Bool
    /// Bits of the integers that hold terms.
    let bits: Int
    /// Those of them behind the first term.
    private let followingBits: Int

    private static let bitsMax = 63

    init(_ terms: [OrderKey], count: Int) {
        var keys = [Int64](repeating: 0, count: count)
        var bits = 0
        var leadingBits = 0
        var taken = 0
        for term in terms {
            guard let codes = term.codes, bits + codes.bits <= Self.bitsMax else { break }
            term.append(codes, to: &keys)
            bits += codes.bits
            if taken == 0 { leadingBits = bits }
            taken += 1
        }
        if taken == 0, let term = terms.first {
            // Too wide: the upper bits order most rows, equal ones are compared in full.
            keys = zip(term.ranks, term.classes).map { rank, place in
                place == OrderKey.values ? rank >> 1 : place < OrderKey.values ? .min : .max
            }
        }
        self.keys = keys
        self.bits = bits
        followingBits = bits - leadingBits
        isWhole = taken == terms.count
    }

    private static let runsMax = 4_096

    /// All rows as a few runs that are each in order, and lie behind each other in this order; nil
    /// when rows do not lie like that. Groups of rows that are sorted by something else first often
    /// are such runs, one for each value of the first term.
    func runsInOrder() -> [Range<Int>]? {
        guard isWhole, !keys.isEmpty else { return nil }
        let runsMax = min(Self.runsMax, keys.count / 8)
        var runs: [Range<Int>] = []
        var start = 0
        for row in 1..<max(1, keys.count) {
            let (key, last) = (keys[row], keys[row &- 1])
            let isNext = followingBits == 0 || (key ^ last) >> Int64(followingBits) == 0
            if key >= last, isNext { continue }
            if runs.count >= runsMax { return nil }
            runs.append(start..<row)
            start = row
        }
        runs.append(start..<keys.count)
        runs.sort {
            (keys[$0.lowerBound], $0.lowerBound) < (keys[$1.lowerBound], $1.lowerBound)
        }
        for (run, next) in zip(runs, runs.dropFirst()) {
            // Equal rows keep their order.
            let (last, first) = (keys[run.upperBound - 1], keys[next.lowerBound])
            guard last < first || last == first && run.lowerBound < next.lowerBound else {
                return nil
            }
        }
        return runs
    }

    /// Rows among which are the `first` ones, with all that equal the last of these.
    func candidates(first: Int) -> [Row] {
        var bound = Int64.max
        if first < keys.count / 4 {
            var copy = keys
            bound = copy.withUnsafeMutableBufferPointer {
                Selection.select($0, ranks: [first - 1])
                return $0[first - 1]
            }
        }
        var rows: [Row] = []
        for (number, key) in keys.enumerated() where key <= bound {
            rows.append(Row(key: key, number: UInt32(number)))
        }
        return rows
    }
}
