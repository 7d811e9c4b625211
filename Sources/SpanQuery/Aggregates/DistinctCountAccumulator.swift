// Counts of distinct tuples by group. A tuple is numbered and looked up (`DistinctCodes`) until there are many:
// from then on single values of fixed width, as numbers and hex ids are, are kept as they are (`DistinctKeys`).

import SpanColumns
import SpanModel
import SpanSketch

/// Distinct tuples by group.
final class DistinctCountAccumulator: Accumulator {
    private let operands: [Operand]
    private let types: [ColumnType]
    private var codes: DistinctCodes
    /// What is not among `codes`; nil until there are many.
    private var values: DistinctValues?
    /// Distinct values from which they are kept as they are.
    private let codesMax: Int

    init(_ operands: [Operand], types: [ColumnType], budget: QueryBudget) {
        self.operands = operands
        self.types = types
        codes = DistinctCodes(operands, types: types)
        codesMax = budget.distinctCodesMax
    }

    var heldBytes: Int { codes.heldBytes + (values?.heldBytes ?? 0) }

    func add(_ input: GroupedRows) throws(StoreError) {
        let present = try input.present(operands)
        if values != nil {
            let vector = try present.evaluator.vector(operands[0])
            if let rest = values?.add(vector, present.groups) {
                try codes.add(present.part(rest))
            }
        } else {
            try codes.add(present)
            if codes.count > codesMax { try keepValues(groupCount: input.groupCount) }
        }
    }

    /// Keeps values of fixed width as they are from now on, and those that were numbered.
    private func keepValues(groupCount: Int) throws(StoreError) {
        guard values == nil, operands.count == 1,
            operands[0].type(in: types).form.hasFixedWidths
        else { return }
        let known = codes.pairs()
        codes = DistinctCodes(operands, types: types)
        var kept = DistinctValues()
        if let rest = kept.add(known.values[0], known.groups) {
            try codes.add(
                known.values.map { $0.gathered(rest) }, known.groups.gathered(rest),
                groupCount: groupCount)
        }
        values = kept
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) throws(StoreError) {
        let other = peer(other)
        if values != nil || other.values != nil {
            try keepValues(groupCount: mapping.groupCount)
            try other.keepValues(groupCount: mapping.groups.count)
        }
        try codes.merge(other.codes, mapping)
        other.codes = DistinctCodes(operands, types: types)
        if var theirs = other.values.take() { values?.merge(&theirs, mapping.groups) }
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        var counts = codes.counts
        counts.grow(to: groupCount, with: 0)
        try values?.add(to: &counts, threads: context.threads)
        return [TypedVector(type: .int64, vector: .integer(IntegerVector(values: counts)))]
    }
}

/// Distinct numbers or identifiers, apart by what form they have.
private struct DistinctValues {
    /// Numbers, or identifiers of 16 hex digits.
    private var narrow = DistinctKeys<NarrowKey>()
    /// Of 32 hex digits.
    private var wide = DistinctKeys<WideKey>()
    private var uuids = DistinctKeys<WideKey>()

    var heldBytes: Int { narrow.heldBytes + wide.heldBytes + uuids.heldBytes }

    /// Takes in values, none of them null, with their groups; the rows that have another form, nil when none
    /// has.
    mutating func add(_ vector: ColumnVector, _ groups: [UInt32]) -> [UInt32]? {
        switch vector {
        case .integer(let source): add(source.values, groups)
        case .float(let source): add(source.values.map(OrderedDouble.key), groups)
        case .identifier(let source): return add(source, groups)
        case .null, .string, .text: return SelectionVector.all(vector.count)
        }
        return nil
    }

    private mutating func add(_ values: [Int64], _ groups: [UInt32]) {
        for (value, group) in zip(values, groups) {
            narrow.insert(NarrowKey(UInt64(bitPattern: value), group: group))
        }
    }

    private mutating func add(_ source: IdentifierVector, _ groups: [UInt32]) -> [UInt32]? {
        var others: [UInt32] = []
        source.bytes.withUnsafeBytes { bytes in
            var start = 0
            for (row, end) in source.ends.enumerated() {
                let identifier = UnsafeRawBufferPointer(rebasing: bytes[start..<Int(end)])
                start = Int(end)
                if !insert(identifier, groups[row]) { others.append(UInt32(row)) }
            }
        }
        return others.isEmpty ? nil : others
    }

    /// False when the identifier has no fixed width.
    @inline(__always)
    private mutating func insert(_ identifier: UnsafeRawBufferPointer, _ group: UInt32) -> Bool {
        guard let first = identifier.first,
            let form = PackedIdentifier.Form(rawValue: first), form != .text
        else { return false }
        let low = identifier.loadUnaligned(fromByteOffset: 1, as: UInt64.self)
        if form == .hex16 {
            narrow.insert(NarrowKey(low, group: group))
            return true
        }
        let high = identifier.loadUnaligned(fromByteOffset: 9, as: UInt64.self)
        if form == .uuid {
            uuids.insert(WideKey(high, low, group: group))
        } else {
            wide.insert(WideKey(high, low, group: group))
        }
        return true
    }

    mutating func merge(_ other: inout DistinctValues, _ groups: [UInt32]) {
        narrow.merge(&other.narrow, groups)
        wide.merge(&other.wide, groups)
        uuids.merge(&other.uuids, groups)
    }

    func add(to counts: inout [Int64], threads: Int) throws(StoreError) {
        try narrow.add(to: &counts, threads: threads)
        try wide.add(to: &counts, threads: threads)
        try uuids.add(to: &counts, threads: threads)
    }
}

extension PhysicalForm {
    /// Whether values, or most of them, are of some fixed widths.
    fileprivate var hasFixedWidths: Bool {
        switch self {
        case .integer, .float, .identifier: true
        case .string, .text: false
        }
    }
}
