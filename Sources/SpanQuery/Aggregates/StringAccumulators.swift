// Aggregates over strings and identifiers: least, greatest and highest-ranked, distinct counts and
// distinct lists. All work on codes that are the same in every row group (`KeyEncoder`).

import SpanColumns
import SpanModel

/// Least or greatest string, or the one of highest rank (then least).
final class StringExtremeAccumulator: Accumulator {
    private let operand: Operand
    private let isMaximum: Bool
    private let rank: (@Sendable (String) -> Int)?
    private var encoder: KeyEncoder
    private var winners: [UInt32] = []
    /// By code: rank and text, once a code took part.
    private var texts: [(rank: Int, text: [UInt8])] = []
    private static let none = UInt32.max

    init(
        _ operand: Operand, type: ColumnType, isMaximum: Bool,
        rank: (@Sendable (String) -> Int)?
    ) {
        self.operand = operand
        self.isMaximum = isMaximum
        self.rank = rank
        encoder = KeyEncoder(type: type)
    }

    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
        winners.grow(to: input.groupCount, with: Self.none)
        let vector = try evaluator.vector(operand, rows: input.rows)
        let present = Validity.present(vector, input)
        let codes = encoder.codes(vector, rows: present.rows)
        addTexts()
        for (code, group) in zip(codes, present.groups) {
            let winner = winners[Int(group)]
            if winner != code, winner == Self.none || isBetter(code, than: winner) {
                winners[Int(group)] = code
            }
        }
    }

    private func addTexts() {
        guard encoder.count > texts.count else { return }
        for text in encoder.texts(from: texts.count) {
            texts.append((rank.map { $0(String(decoding: text, as: UTF8.self)) } ?? 0, text))
        }
    }

    private func isBetter(_ code: UInt32, than other: UInt32) -> Bool {
        let (left, right) = (texts[Int(code)], texts[Int(other)])
        if left.rank != right.rank { return left.rank > right.rank }
        return isMaximum
            ? right.text.lexicographicallyPrecedes(left.text)
            : left.text.lexicographicallyPrecedes(right.text)
    }

    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector] {
        winners.grow(to: groupCount, with: Self.none)
        return [TypedVector(type: encoder.type, vector: encoder.valuesOrNull(winners))]
    }
}

/// Distinct tuples by group.
final class DistinctCountAccumulator: Accumulator {
    private let operands: [Operand]
    private var tuples: Grouping
    private var members = CodeTable()
    /// By tuple: the last group it was counted for, which answers most repeats without a look-up.
    private var lastGroups: [UInt32] = []
    private var counts: [Int64] = []

    init(_ operands: [Operand], types: [ColumnType]) {
        self.operands = operands
        tuples = Grouping(operands, types: types)
    }

    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
        counts.grow(to: input.groupCount, with: 0)
        var present = input
        for operand in operands {
            present = Validity.present(
                try evaluator.vector(operand, rows: present.rows), present)
        }
        let codes = try tuples.groups(of: present.rows, in: evaluator, groupsMax: .max)
        lastGroups.grow(to: tuples.count, with: .max)
        for (code, group) in zip(codes, present.groups) where lastGroups[Int(code)] != group {
            lastGroups[Int(code)] = group
            if members.insert(Int64(code) << 32 | Int64(group)) { counts[Int(group)] += 1 }
        }
    }

    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector] {
        counts.grow(to: groupCount, with: 0)
        return [TypedVector(type: .int64, vector: .integer(IntegerVector(values: counts)))]
    }
}

/// Sorted distinct strings by group, as JSON lists.
final class DistinctListAccumulator: Accumulator {
    private let operand: Operand
    private var encoder: KeyEncoder
    private var members = CodeTable()

    init(_ operand: Operand, types: [ColumnType]) {
        self.operand = operand
        encoder = KeyEncoder(type: operand.type(in: types))
    }

    func add(_ input: GroupedRows, in evaluator: RowEvaluator) throws(StoreError) {
        let vector = try evaluator.vector(operand, rows: input.rows)
        let present = Validity.present(vector, input)
        let codes = encoder.codes(vector, rows: present.rows)
        for (code, group) in zip(codes, present.groups) {
            _ = members.insert(Int64(group) << 32 | Int64(code))
        }
    }

    func results(groupCount: Int, fetcher: RowFetcher) throws(StoreError) -> [TypedVector] {
        let texts = encoder.texts(from: 0)
        var lists = [[Int]](repeating: [], count: groupCount)
        for member in members.values {
            lists[Int(member >> 32)].append(Int(member & 0xFFFF_FFFF))
        }
        var collector = ColumnCollector(type: .json)
        for list in lists {
            let sorted = list.map { texts[$0] }.sorted { $0.lexicographicallyPrecedes($1) }
            var json: [UInt8] = [UInt8(ascii: "[")]
            for (index, text) in sorted.enumerated() {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                JSONText.append(text, to: &json)
            }
            json.append(UInt8(ascii: "]"))
            try collector.append(text: json[...])
        }
        return [TypedVector(type: .json, vector: collector.finish())]
    }
}
