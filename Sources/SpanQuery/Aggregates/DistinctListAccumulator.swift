// Lists of the distinct strings of each group, by codes that are the same in every row group
// (`KeyEncoder`).

import SpanColumns
import SpanModel

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

    var heldBytes: Int { encoder.heldBytes + masks.heldBytes + members.heldBytes }

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
