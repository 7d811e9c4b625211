// A total order of rows by several columns: nulls last in both directions unless a term says else,
// NaN after every number in both directions (or the greatest one), strings and identifiers by the
// bytes of their text.
// Cost: each column becomes integer ranks once, then one sort, mostly of single integers by their
// digits: 2 ns a row and 11 bits; the first few rows of many are selected in about 10 ns a row.

import SpanColumns
import SpanModel
import SpanSketch

/// Sorts row numbers by columns of equal length.
package enum RowOrder {
    /// A column to order by.
    package struct Term {
        package let values: ColumnVector
        package let isDescending: Bool
        package let nullsFirst: Bool
        /// NaN is the greatest number, as SQL has it, instead of last in both directions.
        package let isNaNGreatest: Bool

        package init(_ values: ColumnVector, descending: Bool = false) {
            self.values = values
            isDescending = descending
            nullsFirst = false
            isNaNGreatest = false
        }

        /// The order that SQL states.
        init(_ values: ColumnVector, _ sort: Plan.Sort) {
            self.values = values
            isDescending = sort.isDescending
            nullsFirst = sort.nullsFirst
            isNaNGreatest = true
        }
    }

    /// The numbers 0 ..< `count` in order of `terms`, or only the `first` of them; rows equal in all
    /// terms keep their order.
    package static func sorted(
        count: Int, by terms: [Term], first: Int? = nil
    ) -> [UInt32] {
        let wanted = min(count, first ?? count)
        if wanted <= 0 { return [] }
        let keys = terms.map { Key($0, count: count) }
        let packed = PackedKeys(keys, count: count)
        if wanted == count, let runs = packed.runsInOrder() {
            return runs.flatMap { UInt32($0.lowerBound)..<UInt32($0.upperBound) }
        }
        return ordered(keys, packed, first: wanted).prefix(wanted).map(\.number)
    }

    /// Rows in order, and which of them no term tells apart.
    struct Leaders {
        fileprivate(set) var rows: [UInt32] = []
        /// Runs of `rows` that are equal in all terms.
        fileprivate(set) var ties: [Range<Int>] = []
    }

    /// The `first` of the numbers 0 ..< `count` in order of `terms`, with all that equal the last of
    /// them.
    static func leaders(count: Int, by terms: [Term], first: Int) -> Leaders {
        let wanted = min(count, first)
        var leaders = Leaders()
        if wanted <= 0 { return leaders }
        let keys = terms.map { Key($0, count: count) }
        let packed = PackedKeys(keys, count: count)
        let rows = ordered(keys, packed, first: wanted)
        func isTied(_ place: Int) -> Bool {
            let (left, right) = (rows[place - 1], rows[place])
            guard left.key == right.key else { return false }
            return packed.isWhole || Self.comparison(left.number, right.number, keys) == 0
        }
        var start = 0
        for place in 1...rows.count where place == rows.count || !isTied(place) {
            if place - start > 1 { leaders.ties.append(start..<place) }
            start = place
            if place >= wanted { break }
        }
        leaders.rows = rows[..<start].map(\.number)
        return leaders
    }

    /// The `first` rows in order, and maybe some behind them.
    private static func ordered(
        _ keys: [Key], _ packed: PackedKeys, first: Int
    ) -> [PackedKeys.Row] {
        var rows = packed.candidates(first: first)
        let isBefore: (PackedKeys.Row, PackedKeys.Row) -> Bool = { left, right in
            if left.key != right.key { return left.key < right.key }
            let order = packed.isWhole ? 0 : Self.comparison(left.number, right.number, keys)
            return order == 0 ? left.number < right.number : order < 0
        }
        // Rows of one trace or series often come in order, and sorted groups are sorted again.
        let isSorted = rows.indices.dropFirst().allSatisfy { isBefore(rows[$0 - 1], rows[$0]) }
        if !isSorted {
            if packed.isWhole {
                DigitSort.sort(&rows, bits: packed.bits)
            } else {
                rows.sort(by: isBefore)
            }
        }
        return rows
    }

    /// Below 0: left comes first; 0: no term tells them apart.
    private static func comparison(_ left: UInt32, _ right: UInt32, _ keys: [Key]) -> Int {
        for key in keys {
            let (leftClass, rightClass) = (key.classes[Int(left)], key.classes[Int(right)])
            if leftClass != rightClass { return leftClass < rightClass ? -1 : 1 }
            let (leftRank, rightRank) = (key.ranks[Int(left)], key.ranks[Int(right)])
            if leftRank != rightRank { return leftRank < rightRank ? -1 : 1 }
        }
        return 0
    }

    /// The leading terms as one integer a row, as many of them as fit; so most comparisons are of
    /// two integers, and the first rows are found without sorting the others.
    private struct PackedKeys {
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

        init(_ terms: [Key], count: Int) {
            var keys = [Int64](repeating: 0, count: count)
            var bits = 0
            var leadingBits = 0
            var taken = 0
            for term in terms {
                guard let codes = term.codes, bits + codes.bits <= Self.bitsMax else { break }
                for row in keys.indices { keys[row] = keys[row] << codes.bits | codes.values[row] }
                bits += codes.bits
                if taken == 0 { leadingBits = bits }
                taken += 1
            }
            if taken == 0, let term = terms.first {
                // Too wide: the upper bits order most rows, equal ones are compared in full.
                keys = zip(term.ranks, term.classes).map { rank, place in
                    place == Key.values ? rank >> 1 : place < Key.values ? .min : .max
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

    /// Sorts by digits of 11 bits, the lowest first, each of them stably.
    private enum DigitSort {
        private static let digitBits = 11

        static func sort(_ rows: inout [PackedKeys.Row], bits: Int) {
            var other = rows
            for shift in stride(from: 0, to: bits, by: digitBits) {
                rows.withUnsafeBufferPointer { rows in
                    other.withUnsafeMutableBufferPointer { pass(rows, shift, into: $0) }
                }
                swap(&rows, &other)
            }
        }

        private static func pass(
            _ rows: UnsafeBufferPointer<PackedKeys.Row>, _ shift: Int,
            into out: UnsafeMutableBufferPointer<PackedKeys.Row>
        ) {
            let digits = 1 << digitBits
            func digit(_ row: PackedKeys.Row) -> Int {
                Int(truncatingIfNeeded: row.key &>> Int64(shift)) & (digits - 1)
            }
            withUnsafeTemporaryAllocation(of: Int.self, capacity: digits) { places in
                places.initialize(repeating: 0)
                for row in rows { places[digit(row)] &+= 1 }
                var next = 0
                for place in places.indices {
                    (places[place], next) = (next, next &+ places[place])
                }
                for row in rows {
                    let place = digit(row)
                    out[places[place]] = row
                    places[place] &+= 1
                }
            }
        }
    }

    /// One term as integers: class 0 nulls that come first, 1 values, 2 NaN, 3 null; then the rank,
    /// reversed if descending.
    private struct Key {
        var ranks: [Int64]
        var classes: [UInt8]
        static let values: UInt8 = 1
        private static let nan: UInt8 = 2
        private let null: UInt8

        init(_ term: Term, count: Int) {
            null = term.nullsFirst ? 0 : 3
            classes = Array(repeating: Self.values, count: count)
            switch term.values {
            case .null, .text:
                ranks = Array(repeating: 0, count: count)
                classes = Array(repeating: null, count: count)
            case .integer(let vector):
                ranks = vector.values
                setNulls(vector.validity)
            case .float(let vector):
                ranks = vector.values.map(OrderedDouble.key)
                for row in ranks.indices
                where !term.isNaNGreatest && ranks[row] == OrderedDouble.nan {
                    classes[row] = Self.nan
                }
                setNulls(vector.validity)
            case .string(let vector):
                let order = vector.dictionary.ranks()
                ranks = vector.codes.map {
                    $0 == StringVector.nullCode ? 0 : Int64(order[Int($0)])
                }
                for row in ranks.indices where vector.codes[row] == StringVector.nullCode {
                    classes[row] = null
                }
            case .identifier(let vector):
                ranks = vector.ranks()
                for row in ranks.indices where vector.range(row).isEmpty {
                    classes[row] = null
                }
            }
            if term.isDescending { for row in ranks.indices { ranks[row] = ~ranks[row] } }
            for row in ranks.indices where classes[row] != Self.values { ranks[row] = 0 }
        }

        /// Integers of few bits in the same order; nil when the ranks lie too far apart.
        var codes: (values: [Int64], bits: Int)? {
            var least = Int64.max
            var greatest = Int64.min
            for (rank, place) in zip(ranks, classes) where place == Self.values {
                least = min(least, rank)
                greatest = max(greatest, rank)
            }
            let (span, overflow) = greatest.subtractingReportingOverflow(least)
            guard !overflow || least > greatest, span < 1 << 60 else { return nil }
            // Nulls come before all values or, like NaN, behind them.
            let behind = least > greatest ? 0 : span
            let values = zip(ranks, classes).map { rank, place in
                place == Self.values
                    ? rank - least + 1 : place < Self.values ? 0 : behind + Int64(place)
            }
            return (values, Int.bitWidth - (behind + 3).leadingZeroBitCount)
        }

        private mutating func setNulls(_ validity: [UInt8]?) {
            guard let validity else { return }
            for row in validity.indices where validity[row] == 0 { classes[row] = null }
        }
    }
}

extension IdentifierVector {
    /// The place of each row in the order of the identifiers' texts; equal ones share one.
    fileprivate func ranks() -> [Int64] {
        bytes.withUnsafeBytes { bytes in
            let slices = (0..<count).map { UnsafeRawBufferPointer(rebasing: bytes[range($0)]) }
            let order = slices.indices.sorted {
                PackedIdentifier.isLess(slices[$0], slices[$1])
            }
            var ranks = [Int64](repeating: 0, count: slices.count)
            var rank: Int64 = 0
            for (place, row) in order.enumerated() {
                if place > 0, !slices[order[place - 1]].elementsEqual(slices[row]) { rank += 1 }
                ranks[row] = rank
            }
            return ranks
        }
    }
}
