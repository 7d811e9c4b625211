// The row that comes first (or last) by some operands, per group (arg_min, arg_max, the earliest root). Only
// a reference to the winning row is kept; its values are read at the end. Ties on the first
// operand are rare and compare order-preserving bytes of the others.

import SpanColumns
import SpanModel
import SpanSketch

/// Values of the first or last row of each group.
final class FirstRowAccumulator: Accumulator {
    private let values: [Operand]
    private let leading: Operand
    private let ties: [Operand]
    private let types: [ColumnType]
    private var winners: Winners

    init(values: [Operand], by: [Operand], isLast: Bool, types: [ColumnType]) {
        precondition(!by.isEmpty)
        self.values = values
        leading = by[0]
        ties = Array(by.dropFirst())
        self.types = types
        winners = Winners(isLast: isLast)
    }

    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
        winners.grow(to: input.groupCount)
        let vector = try evaluator.vector(leading, rows: input.rows)
        let lead: [Int64]
        switch vector {
        case .integer(let source): lead = source.values
        case .float(let source): lead = source.values.map(OrderedDouble.key)
        case .null, .identifier, .string, .text: return
        }
        let present = input.present(leading, vector)
        var vectors: [ColumnVector] = []
        for tie in ties { vectors.append(try evaluator.vector(tie, rows: present.rows)) }
        winners.add(present, lead, ties: vectors, rowGroup: evaluator.index)
    }

    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector] {
        winners.grow(to: groupCount)
        var out: [TypedVector] = []
        var byteCount = 0
        for value in values {
            out.append(
                TypedVector(
                    type: value.type(in: types),
                    vector: try fetcher.fetch(
                        value, at: winners.references, byteCount: &byteCount)))
        }
        return out
    }
}

/// The winning row of each group. Tie bytes are kept for winners of earlier row groups only; those
/// of the current one are made when a tie asks for them.
private struct Winners {
    private let isLast: Bool
    private var leads: [Int64] = []
    private(set) var references: [RowReference] = []
    private var tieRanges: [Range<Int>] = []
    private var tieBytes: [UInt8] = []
    /// Bytes of `tieBytes` that no group refers to any more.
    private var unusedCount = 0
    private static let unusedMax = 1 << 20

    init(isLast: Bool) { self.isLast = isLast }

    mutating func grow(to count: Int) {
        leads.grow(to: count, with: 0)
        references.grow(to: count, with: .none)
        tieRanges.grow(to: count, with: 0..<0)
    }

    /// Takes in rows of one row group; `lead` and `ties` are its vectors.
    mutating func add(
        _ input: GroupedRows, _ lead: [Int64], ties: [ColumnVector], rowGroup: Int
    ) {
        var changed: [Int] = []
        for (row, group) in zip(input.rows, input.groups) {
            // The last row is the first in the order of complements.
            let value = isLast ? ~lead[Int(row)] : lead[Int(row)]
            let group = Int(group)
            let known = references[group]
            if known != .none {
                if value > leads[group] { continue }
                if value == leads[group],
                    !wins(row, over: known, group, ties: ties, rowGroup: rowGroup)
                {
                    continue
                }
            }
            if known == .none || known.group != rowGroup { changed.append(group) }
            leads[group] = value
            references[group] = RowReference(group: rowGroup, row: row)
        }
        for group in changed { keepTieBytes(group, ties) }
        if unusedCount > max(Self.unusedMax, tieBytes.count / 2) { compact() }
    }

    private func wins(
        _ row: UInt32, over known: RowReference, _ group: Int, ties: [ColumnVector], rowGroup: Int
    ) -> Bool {
        let candidate = OrderedBytes.of(ties, row)
        let standing =
            known.group == rowGroup
            ? OrderedBytes.of(ties, known.row) : Array(tieBytes[tieRanges[group]])
        return isLast
            ? standing.lexicographicallyPrecedes(candidate)
            : candidate.lexicographicallyPrecedes(standing)
    }

    private mutating func keepTieBytes(_ group: Int, _ ties: [ColumnVector]) {
        unusedCount += tieRanges[group].count
        let start = tieBytes.count
        for tie in ties { OrderedBytes.append(tie, Int(references[group].row), to: &tieBytes) }
        tieRanges[group] = start..<tieBytes.count
    }

    private mutating func compact() {
        var kept: [UInt8] = []
        for group in tieRanges.indices {
            let start = kept.count
            kept.append(contentsOf: tieBytes[tieRanges[group]])
            tieRanges[group] = start..<kept.count
        }
        tieBytes = kept
        unusedCount = 0
    }
}

/// Bytes whose order is the order of values: nulls last, identifiers and strings by text.
enum OrderedBytes {
    /// The bytes of several columns of a row.
    static func of(_ vectors: [ColumnVector], _ row: UInt32) -> [UInt8] {
        var out: [UInt8] = []
        for vector in vectors { append(vector, Int(row), to: &out) }
        return out
    }

    static func append(_ vector: ColumnVector, _ row: Int, to out: inout [UInt8]) {
        switch vector {
        case .null, .text: out.append(1)
        case .integer(let source):
            guard source.validity?[row] != 0 else { return out.append(1) }
            append(source.values[row], to: &out)
        case .float(let source):
            guard source.validity?[row] != 0 else { return out.append(1) }
            append(OrderedDouble.key(source.values[row]), to: &out)
        case .string(let source):
            let code = source.codes[row]
            guard code != StringVector.nullCode else { return out.append(1) }
            out.append(0)
            out.append(contentsOf: source.dictionary.bytes[source.dictionary.range(code)])
            out.append(0)
        case .identifier(let source):
            guard !source.range(row).isEmpty else { return out.append(1) }
            out.append(0)
            source.withBytes(row) { PackedIdentifier.appendText(of: $0, to: &out) }
            out.append(0)
        }
    }

    private static func append(_ value: Int64, to out: inout [UInt8]) {
        out.append(0)
        let bits = UInt64(bitPattern: value) ^ (1 << 63)
        for shift in stride(from: 56, through: 0, by: -8) {
            out.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
    }
}
