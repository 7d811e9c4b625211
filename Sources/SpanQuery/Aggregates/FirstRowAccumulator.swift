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

    var heldBytes: Int { winners.heldBytes }

    func add(_ input: GroupedRows) throws(StoreError) {
        winners.grow(to: input.groupCount)
        let lead: IntegerVector
        switch try input.evaluator.vector(leading) {
        case .integer(let source): lead = source
        case .float(let source):
            lead = IntegerVector(
                values: source.values.map(OrderedDouble.key), validity: source.validity)
        case .null, .identifier, .string, .text: return
        }
        var vectors: [ColumnVector] = []
        for tie in ties { vectors.append(try input.evaluator.vector(tie)) }
        winners.add(input, lead, ties: vectors)
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        winners.grow(to: mapping.groupCount)
        winners.merge(peer(other).winners, mapping.groups)
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        winners.grow(to: groupCount)
        let rows = FetchedRows(winners.references)
        var out: [TypedVector] = []
        var byteCount = 0
        for value in values {
            out.append(
                TypedVector(
                    type: value.type(in: types),
                    vector: try context.fetcher.fetch(
                        value, at: rows, byteCount: &byteCount)))
        }
        return out
    }
}

/// The winning row of each group. Tie bytes are kept for winners of earlier morsels only; those of
/// the current one are made when a tie asks for them.
private struct Winners {
    private let isLast: Bool
    private var leads: [Int64] = []
    private(set) var references: [RowReference] = []
    /// By group: the winner's row in the current morsel, `elsewhere` when it is of an earlier one.
    private var currentRows: [UInt32] = []
    private var tieBytes = KeptBytes()
    private static let elsewhere = UInt32.max

    init(isLast: Bool) { self.isLast = isLast }

    /// Bytes that are held.
    var heldBytes: Int {
        leads.heldBytes + references.heldBytes + currentRows.heldBytes + tieBytes.heldBytes
    }

    mutating func grow(to count: Int) {
        leads.grow(to: count, with: 0)
        references.grow(to: count, with: .none)
        currentRows.grow(to: count, with: Self.elsewhere)
        tieBytes.grow(to: count)
    }

    /// Takes in rows of one morsel; `lead` and `ties` are its vectors.
    mutating func add(_ input: GroupedRows, _ lead: IntegerVector, ties: [ColumnVector]) {
        var changed: [Int] = []
        for (row, group) in input.groups.enumerated() {
            if let validity = lead.validity, validity[row] == 0 { continue }
            // The last row is the first in the order of complements.
            let value = isLast ? ~lead.values[row] : lead.values[row]
            let group = Int(group)
            if currentRows[group] != Self.elsewhere || references[group] != .none {
                if value > leads[group] { continue }
                if value == leads[group], !wins(UInt32(row), group, ties: ties) { continue }
            }
            if currentRows[group] == Self.elsewhere { changed.append(group) }
            leads[group] = value
            currentRows[group] = UInt32(row)
        }
        for group in changed {
            let row = currentRows[group]
            references[group] = input.evaluator.reference(row)
            tieBytes.replace(group) { OrderedBytes.append(ties, row, to: &$0) }
            currentRows[group] = Self.elsewhere
        }
    }

    /// Takes in the winners of rows that lie behind this one's.
    mutating func merge(_ other: Winners, _ groups: [UInt32]) {
        for index in other.references.indices where other.references[index] != .none {
            let group = Int(groups[index])
            let bytes = other.tieBytes[index]
            if references[group] != .none {
                if other.leads[index] > leads[group] { continue }
                if other.leads[index] == leads[group],
                    !isBetter(bytes, than: tieBytes[group])
                {
                    continue
                }
            }
            leads[group] = other.leads[index]
            references[group] = other.references[index]
            tieBytes.replace(group) { $0.append(contentsOf: bytes) }
        }
    }

    private func wins(_ row: UInt32, _ group: Int, ties: [ColumnVector]) -> Bool {
        var candidate: [UInt8] = []
        OrderedBytes.append(ties, row, to: &candidate)
        guard currentRows[group] != Self.elsewhere else {
            return isBetter(candidate[...], than: tieBytes[group])
        }
        var standing: [UInt8] = []
        OrderedBytes.append(ties, currentRows[group], to: &standing)
        return isBetter(candidate[...], than: standing[...])
    }

    private func isBetter(_ candidate: ArraySlice<UInt8>, than standing: ArraySlice<UInt8>) -> Bool
    {
        isLast
            ? standing.lexicographicallyPrecedes(candidate)
            : candidate.lexicographicallyPrecedes(standing)
    }
}

/// Bytes whose order is the order of values: nulls last, identifiers and strings by text.
enum OrderedBytes {
    /// Appends the bytes of several columns of a row.
    static func append(_ vectors: [ColumnVector], _ row: UInt32, to out: inout [UInt8]) {
        for vector in vectors { append(vector, Int(row), to: &out) }
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
