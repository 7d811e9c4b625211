// One term of an order as integers, whatever the column holds.
// Cost: a few ns a row; identifiers are sorted once for it.

import SpanColumns
import SpanModel
import SpanSketch

/// One term as integers: class 0 nulls that come first, 1 values, 2 NaN, 3 null; then the rank,
/// reversed if descending.
struct OrderKey {
    var ranks: [Int64]
    var classes: [UInt8]
    static let values: UInt8 = 1
    private static let nan: UInt8 = 2
    private let null: UInt8

    init(_ term: RowOrder.Term, count: Int) {
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
            ranks = vector.ranks().map { Int64($0) }
            for row in ranks.indices where vector.range(row).isEmpty {
                classes[row] = null
            }
        }
        if term.isDescending { for row in ranks.indices { ranks[row] = ~ranks[row] } }
        for row in ranks.indices where classes[row] != Self.values { ranks[row] = 0 }
    }

    /// −1, 0, 1: how a row lies to the only one of another key of the same term.
    func order(of row: Int, to other: OrderKey) -> Int8 {
        if classes[row] != other.classes[0] { return classes[row] < other.classes[0] ? -1 : 1 }
        if ranks[row] != other.ranks[0] { return ranks[row] < other.ranks[0] ? -1 : 1 }
        return 0
    }

    /// How the ranks become integers of few bits in the same order.
    struct Codes {
        fileprivate let least: Int64
        /// The code of NaN and of nulls that come last, less their class.
        fileprivate let behind: Int64
        let bits: Int
    }

    /// Nil when the ranks lie too far apart.
    var codes: Codes? {
        var least = Int64.max
        var greatest = Int64.min
        for row in ranks.indices where classes[row] == Self.values {
            least = min(least, ranks[row])
            greatest = max(greatest, ranks[row])
        }
        let (span, overflow) = greatest.subtractingReportingOverflow(least)
        guard !overflow || least > greatest, span < 1 << 60 else { return nil }
        // Nulls come before all values or, like NaN, behind them.
        let behind = least > greatest ? 0 : span
        return Codes(
            least: least, behind: behind, bits: Int.bitWidth - (behind + 3).leadingZeroBitCount)
    }

    /// Puts each row's code behind what its key holds.
    func append(_ codes: Codes, to keys: inout [Int64]) {
        precondition(keys.count == ranks.count && keys.count == classes.count)
        let (ranks, classes) = (ranks.span, classes.span)
        var keys = keys.mutableSpan
        for row in keys.indices {
            let place = classes[row]
            let code =
                place == Self.values
                ? ranks[row] &- codes.least &+ 1
                : place < Self.values ? 0 : codes.behind &+ Int64(place)
            keys[row] = keys[row] &<< Int64(codes.bits) | code
        }
    }

    private mutating func setNulls(_ validity: [UInt8]?) {
        guard let validity else { return }
        for row in validity.indices where validity[row] == 0 { classes[row] = null }
    }
}
