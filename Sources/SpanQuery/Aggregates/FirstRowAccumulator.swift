// The row that comes first (or last) by some operands, per group (arg_min, arg_max, the earliest root). Only
// a reference to the winning row is kept; its values are read at the end. Ties on the first
// operand are rare and compare order-preserving bytes of the others.

import SpanColumns
import SpanModel

/// Values of the first or last row of each group.
final class FirstRowAccumulator: Accumulator {
    private let values: [Operand]
    private let leading: Operand
    private let ties: [Operand]
    private let isLast: Bool
    private let types: [ColumnType]
    private var leads: [Int64] = []
    private var references: [RowReference] = []
    /// By group: where its tie bytes lie in `tieBytes`.
    private var tieRanges: [Range<Int>] = []
    private var tieBytes: [UInt8] = []

    init(values: [Operand], by: [Operand], isLast: Bool, types: [ColumnType]) {
        precondition(!by.isEmpty)
        self.values = values
        leading = by[0]
        ties = Array(by.dropFirst())
        self.isLast = isLast
        self.types = types
    }

    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
        leads.grow(to: input.groupCount, with: 0)
        references.grow(to: input.groupCount, with: .none)
        tieRanges.grow(to: input.groupCount, with: 0..<0)
        guard case .integer(let lead) = try evaluator.vector(leading, rows: input.rows) else {
            return
        }
        let present = Validity.present(.integer(lead), input)
        var vectors: [ColumnVector] = []
        for tie in ties { vectors.append(try evaluator.vector(tie, rows: present.rows)) }
        for (row, group) in zip(present.rows, present.groups) {
            // The last row is the first in the order of complements.
            let value = isLast ? ~lead.values[Int(row)] : lead.values[Int(row)]
            let group = Int(group)
            let isFree = references[group] == .none
            if !isFree, value > leads[group] { continue }
            let start = tieBytes.count
            for vector in vectors { OrderedBytes.append(vector, Int(row), to: &tieBytes) }
            if !isFree, value == leads[group],
                !isBefore(start..<tieBytes.count, tieRanges[group])
            {
                tieBytes.removeSubrange(start...)
                continue
            }
            leads[group] = value
            references[group] = RowReference(group: evaluator.index, row: row)
            tieRanges[group] = start..<tieBytes.count
        }
    }

    private func isBefore(_ candidate: Range<Int>, _ known: Range<Int>) -> Bool {
        isLast
            ? tieBytes[known].lexicographicallyPrecedes(tieBytes[candidate])
            : tieBytes[candidate].lexicographicallyPrecedes(tieBytes[known])
    }

    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector] {
        references.grow(to: groupCount, with: .none)
        var out: [TypedVector] = []
        var byteCount = 0
        for value in values {
            out.append(
                TypedVector(
                    type: value.type(in: types),
                    vector: try fetcher.fetch(
                        value, at: references, byteCount: &byteCount)))
        }
        return out
    }
}

/// Bytes whose order is the order of values: nulls last, identifiers and strings by text.
enum OrderedBytes {
    static func append(_ vector: ColumnVector, _ row: Int, to out: inout [UInt8]) {
        switch vector {
        case .null, .text: out.append(1)
        case .integer(let source):
            guard source.validity?[row] != 0 else { return out.append(1) }
            out.append(0)
            let bits = UInt64(bitPattern: source.values[row]) ^ (1 << 63)
            for shift in stride(from: 56, through: 0, by: -8) {
                out.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
            }
        case .float: out.append(1)
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
}
