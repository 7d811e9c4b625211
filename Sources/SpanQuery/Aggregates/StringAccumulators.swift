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
    /// By code, once it took part: rank and text.
    private var texts: [(rank: Int, text: [UInt8])] = []
    /// By code: its place in the order from best to worst; empty when there are too many to sort
    /// again whenever a string appears.
    private var places: [Int] = []
    private static let placesMax = 1_024
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

    func add(_ input: GroupedRows) throws(StoreError) {
        winners.grow(to: input.groupCount, with: Self.none)
        let codes = encoder.codes(try input.evaluator.vector(operand))
        take(codes, input.groups)
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        winners.grow(to: mapping.groupCount, with: Self.none)
        let other = peer(other)
        let codes = encoder.merge(other.encoder)
        var won: [UInt32] = []
        var groups: [UInt32] = []
        for (group, winner) in zip(mapping.groups, other.winners) where winner != Self.none {
            won.append(codes[Int(winner)])
            groups.append(group)
        }
        take(won, groups)
    }

    /// Compares codes of this encoder with the winners of their groups; null takes no part.
    private func take(_ codes: [UInt32], _ groups: [UInt32]) {
        addTexts()
        let null = encoder.nullCode ?? Self.none
        if !places.isEmpty { return Self.fold(codes, groups, places, null: null, &winners) }
        for (code, group) in zip(codes, groups) where code != null {
            let winner = winners[Int(group)]
            if winner == Self.none || isBetter(texts[Int(code)], than: texts[Int(winner)]) {
                winners[Int(group)] = code
            }
        }
    }

    private static func fold(
        _ codes: [UInt32], _ groups: [UInt32], _ places: [Int], null: UInt32,
        _ winners: inout [UInt32]
    ) {
        for (code, group) in zip(codes, groups) where code != null {
            let winner = winners[Int(group)]
            if winner == none || places[Int(code)] < places[Int(winner)] {
                winners[Int(group)] = code
            }
        }
    }

    private func addTexts() {
        guard encoder.count > texts.count else { return }
        for text in encoder.texts(from: texts.count) {
            texts.append((rank.map { $0(String(decoding: text, as: UTF8.self)) } ?? 0, text))
        }
        places = []
        guard texts.count <= Self.placesMax else { return }
        places = Array(repeating: 0, count: texts.count)
        let order = texts.indices.sorted { isBetter(texts[$0], than: texts[$1]) }
        for (place, code) in order.enumerated() { places[code] = place }
    }

    private func isBetter(
        _ left: (rank: Int, text: [UInt8]), than right: (rank: Int, text: [UInt8])
    ) -> Bool {
        if left.rank != right.rank { return left.rank > right.rank }
        return isMaximum
            ? right.text.lexicographicallyPrecedes(left.text)
            : left.text.lexicographicallyPrecedes(right.text)
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
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

    func add(_ input: GroupedRows) throws(StoreError) {
        counts.grow(to: input.groupCount, with: 0)
        let present = try input.present(operands)
        let codes = try tuples.groups(in: present.evaluator, groupsMax: .max)
        lastGroups.grow(to: tuples.count, with: .max)
        Self.count(codes, present.groups, &lastGroups, &members, &counts)
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) throws(StoreError) {
        counts.grow(to: mapping.groupCount, with: 0)
        let other = peer(other)
        let codes = try tuples.merge(other.tuples, groupsMax: .max)
        lastGroups.grow(to: tuples.count, with: .max)
        let pairs = other.members.values
        Self.count(
            pairs.map { codes[Int($0 >> 32)] },
            pairs.map { mapping.groups[Int($0 & 0xFFFF_FFFF)] }, &lastGroups, &members, &counts)
    }

    private static func count(
        _ codes: [UInt32], _ groups: [UInt32], _ lastGroups: inout [UInt32],
        _ members: inout CodeTable, _ counts: inout [Int64]
    ) {
        for (code, group) in zip(codes, groups) where lastGroups[Int(code)] != group {
            lastGroups[Int(code)] = group
            if members.insert(Int64(code) << 32 | Int64(group)) { counts[Int(group)] += 1 }
        }
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        counts.grow(to: groupCount, with: 0)
        return [TypedVector(type: .int64, vector: .integer(IntegerVector(values: counts)))]
    }
}

/// Sorted distinct strings by group, as JSON lists.
final class DistinctListAccumulator: Accumulator {
    private let operand: Operand
    private var encoder: KeyEncoder
    /// By group: a bit for each of the first 64 codes, which is nearly always all of them.
    private var masks: [UInt64] = []
    /// (group, code) of the others.
    private var members = CodeTable()

    init(_ operand: Operand, types: [ColumnType]) {
        self.operand = operand
        encoder = KeyEncoder(type: operand.type(in: types))
    }

    func add(_ input: GroupedRows) throws(StoreError) {
        masks.grow(to: input.groupCount, with: 0)
        let codes = encoder.codes(try input.evaluator.vector(operand))
        Self.note(codes, input.groups, null: encoder.nullCode, &masks, &members)
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        masks.grow(to: mapping.groupCount, with: 0)
        let other = peer(other)
        let codes = encoder.merge(other.encoder)
        var found: [UInt32] = []
        var groups: [UInt32] = []
        for (group, mask) in zip(mapping.groups, other.masks) {
            for code in 0..<64 where mask >> UInt64(code) & 1 == 1 {
                found.append(codes[code])
                groups.append(group)
            }
        }
        for member in other.members.values {
            found.append(codes[Int(member & 0xFFFF_FFFF)])
            groups.append(mapping.groups[Int(member >> 32)])
        }
        Self.note(found, groups, null: encoder.nullCode, &masks, &members)
    }

    private static func note(
        _ codes: [UInt32], _ groups: [UInt32], null: UInt32?, _ masks: inout [UInt64],
        _ members: inout CodeTable
    ) {
        for (code, group) in zip(codes, groups) where code != null {
            if code < 64 {
                masks[Int(group)] |= 1 << UInt64(code)
            } else {
                _ = members.insert(Int64(group) << 32 | Int64(code))
            }
        }
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        masks.grow(to: groupCount, with: 0)
        let texts = encoder.texts(from: 0)
        let order = texts.indices.sorted { texts[$0].lexicographicallyPrecedes(texts[$1]) }
        var places = [Int](repeating: 0, count: texts.count)
        for (place, code) in order.enumerated() { places[code] = place }
        var lists = masks.map { mask in
            places.prefix(64).enumerated().filter { mask >> UInt64($0.offset) & 1 == 1 }
                .map(\.element)
        }
        for member in members.values {
            lists[Int(member >> 32)].append(places[Int(member & 0xFFFF_FFFF)])
        }
        var collector = ColumnCollector(type: .json)
        for list in lists {
            var json: [UInt8] = [UInt8(ascii: "[")]
            for (index, place) in list.sorted().enumerated() {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                texts[order[place]].withUnsafeBytes {
                    JSONWriter.appendString($0, to: &json)
                }
            }
            json.append(UInt8(ascii: "]"))
            try collector.append(text: json[...])
        }
        return [TypedVector(type: .json, vector: collector.finish())]
    }
}
