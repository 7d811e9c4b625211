// The least or greatest string or identifier of each group, or the string of highest rank. Only the bytes of the
// best one so far are kept. Within a morsel the strings of a small dictionary are compared by their places in
// its order, made once a dictionary; others as they come.
// Cost: 1 ns a row of a small dictionary, else a comparison of bytes.

import SpanColumns
import SpanModel

/// Least or greatest string, or the one of highest rank (then least).
final class StringExtremeAccumulator: Accumulator {
    private let operand: Operand
    private let type: ColumnType
    private let isMaximum: Bool
    private let rank: (@Sendable (String) -> Int)?
    /// By group: the best one so far.
    private var winners = KeptBytes()
    /// By group: whether there is one; the least string of all may be empty.
    private var isKnown: [Bool] = []
    private var dictionary: StringDictionary?
    /// Of the dictionary: its codes from best to worst, and the place of each among them; empty where they
    /// are too many.
    private var order: [UInt32] = []
    private var places: [UInt32] = []
    private static let placesMax = 1_024
    /// By group: the best place in the morsel at hand.
    private var bestPlaces: [UInt32] = []
    private static let none = UInt32.max

    init(
        _ operand: Operand, type: ColumnType, isMaximum: Bool,
        rank: (@Sendable (String) -> Int)?
    ) {
        self.operand = operand
        self.type = type
        self.isMaximum = isMaximum
        self.rank = rank
    }

    var heldBytes: Int {
        winners.heldBytes + isKnown.heldBytes + bestPlaces.heldBytes
    }

    func add(_ input: GroupedRows) throws(StoreError) {
        grow(to: input.groupCount)
        switch try input.evaluator.vector(operand) {
        case .string(let vector):
            note(vector.dictionary)
            if places.isEmpty {
                take(vector, input.groups)
            } else {
                takeByPlace(vector, input.groups)
            }
        case .identifier(let vector):
            for (row, group) in input.groups.enumerated() {
                vector.withBytes(row) { if $0.count > 0 { take($0, Int(group)) } }
            }
        case .null, .integer, .float, .text: break
        }
    }

    private func grow(to count: Int) {
        winners.grow(to: count)
        isKnown.grow(to: count, with: false)
        bestPlaces.grow(to: count, with: Self.none)
    }

    private func note(_ dictionary: StringDictionary) {
        if self.dictionary === dictionary { return }
        self.dictionary = dictionary
        (order, places) = ([], [])
        guard dictionary.count <= Self.placesMax else { return }
        let codes = Array(0..<UInt32(dictionary.count))
        order = codes.sorted { left, right in
            dictionary.withBytes(left) { left in
                dictionary.withBytes(right) { isBetter(left, than: $0) }
            }
        }
        places = Array(repeating: 0, count: codes.count)
        for (place, code) in order.enumerated() { places[Int(code)] = UInt32(place) }
    }

    private func takeByPlace(_ vector: StringVector, _ groups: [UInt32]) {
        var met: [UInt32] = []
        for (code, group) in zip(vector.codes, groups) where code != StringVector.nullCode {
            let (place, best) = (places[Int(code)], bestPlaces[Int(group)])
            if place >= best { continue }
            if best == Self.none { met.append(group) }
            bestPlaces[Int(group)] = place
        }
        for group in met {
            let code = order[Int(bestPlaces[Int(group)])]
            vector.dictionary.withBytes(code) { take($0, Int(group)) }
            bestPlaces[Int(group)] = Self.none
        }
    }

    private func take(_ vector: StringVector, _ groups: [UInt32]) {
        for (code, group) in zip(vector.codes, groups) where code != StringVector.nullCode {
            vector.dictionary.withBytes(code) { take($0, Int(group)) }
        }
    }

    private func take(_ candidate: UnsafeRawBufferPointer, _ group: Int) {
        let isWinner =
            !isKnown[group]
            || winners[group].withUnsafeBytes { isBetter(candidate, than: $0) }
        guard isWinner else { return }
        isKnown[group] = true
        winners.replace(group) { $0.append(contentsOf: candidate) }
    }

    private func isBetter(
        _ left: UnsafeRawBufferPointer, than right: UnsafeRawBufferPointer
    ) -> Bool {
        if let rank {
            let ranks = (rank(Self.text(left)), rank(Self.text(right)))
            if ranks.0 != ranks.1 { return ranks.0 > ranks.1 }
        }
        return isMaximum ? isLess(right, left) : isLess(left, right)
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    private func isLess(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        type.form == .identifier
            ? PackedIdentifier.isLess(left, right) : left.lexicographicallyPrecedes(right)
    }

    func merge(_ other: any Accumulator, _ mapping: GroupMapping) {
        grow(to: mapping.groupCount)
        let other = peer(other)
        for (index, group) in mapping.groups.enumerated()
        where index < other.isKnown.count && other.isKnown[index] {
            other.winners[index].withUnsafeBytes { take($0, Int(group)) }
        }
    }

    func results(
        _ function: Aggregate.Function, groupCount: Int, context: ResultContext
    ) throws(StoreError) -> [TypedVector] {
        grow(to: groupCount)
        let vector: ColumnVector =
            type.form == .identifier
            ? .identifier(identifiers(groupCount)) : .string(strings(groupCount))
        return [TypedVector(type: type, vector: vector)]
    }

    private func identifiers(_ count: Int) -> IdentifierVector {
        var vector = IdentifierVector()
        for group in 0..<count {
            vector.bytes.append(contentsOf: winners[group])
            vector.ends.append(UInt32(vector.bytes.count))
        }
        return vector
    }

    private func strings(_ count: Int) -> StringVector {
        var interner = StringInterner()
        let codes = (0..<count).map { group in
            isKnown[group]
                ? winners[group].withUnsafeBytes { interner.intern($0) } : StringVector.nullCode
        }
        return StringVector(codes: codes, dictionary: interner.dictionary())
    }
}
