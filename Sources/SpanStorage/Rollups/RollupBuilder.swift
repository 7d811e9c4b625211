// Makes the rollup sections of a segment: over its live rows, and over those of both regions, which the
// raw view has. Cost: a plan over each row once; entries of both regions are added up from theirs.

import SpanColumns
import SpanFormat
import SpanModel

/// Builds rollups.
struct RollupBuilder {
    let maker: any RollupMaker
    /// Seeds the hashes of groups: that of the store's identities.
    let seed: UInt64

    /// The sections of the table's rollups over the rows of a segment. Those over its live rows are
    /// left out where it has none; those over all rows where it has no others, and for rollups whose
    /// entries stand for whole groups.
    func sections(
        of input: RewriteInput, live: ArraySlice<RewriteRow>, history: ArraySlice<RewriteRow>
    ) throws(StoreError) -> [(kind: SectionKind, bytes: [UInt8])] {
        var sections: [(kind: SectionKind, bytes: [UInt8])] = []
        for rollup in input.schema.rollups {
            var parts: [ResultTable] = []
            if !live.isEmpty {
                parts.append(
                    try maker.entries(of: rollup, over: RewriteSource(input, live)))
                sections.append((.rollup, try section(rollup, parts[0])))
            }
            if history.isEmpty || rollup.wholeKey != nil { continue }
            parts.append(try maker.entries(of: rollup, over: RewriteSource(input, history)))
            let all = parts.count == 1 ? parts[0] : try maker.added(rollup, parts)
            sections.append((.writesRollup, try section(rollup, all)))
        }
        return sections
    }

    private func section(
        _ rollup: RollupSchema, _ entries: ResultTable
    ) throws(StoreError) -> [UInt8] {
        precondition(entries.columns.map(\.name) == rollup.columns.map(\.name))
        var columns: [ColumnVector] = []
        for column in entries.columns { columns.append(try Self.withoutTexts(column.values)) }
        guard rollup.wholeKey != nil else {
            return RollupSection.encode(rollup, columns: columns.map(Self.sorted), hashes: [])
        }
        let hashes = GroupHash.hashes(of: columns[0], seed: seed)
        let order = hashes.indices.sorted { hashes[$0] < hashes[$1] }
        let picks: [RowPick] = order.map { (source: 0, row: UInt32($0)) }
        for (index, column) in rollup.columns.enumerated() {
            columns[index] = try ColumnVector.gather(
                [columns[index]], picks,
                form: column.type.form == .text ? .string : column.type.form)
        }
        return RollupSection.encode(
            rollup, columns: columns.map(Self.sorted), hashes: order.map { hashes[$0] })
    }

    private static func withoutTexts(_ vector: ColumnVector) throws(StoreError) -> ColumnVector {
        guard case .text(let texts) = vector else { return vector }
        return .string(try StringVector(texts))
    }

    /// The same values; strings over a sorted dictionary of those in use.
    private static func sorted(_ vector: ColumnVector) -> ColumnVector {
        guard case .string(let strings) = vector else { return vector }
        let union = DictionaryUnion.ofRows([strings])
        let codes = union.translation(strings.dictionary)
        return .string(
            StringVector(
                codes: strings.codes.map { $0 == StringVector.nullCode ? $0 : codes[Int($0)] },
                dictionary: union.dictionary))
    }
}

/// Hashes of a rollup's groups.
enum GroupHash {
    /// The hash of a group's string.
    static func of(_ string: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        Hash64.hash(string, seed: seed)
    }

    /// The hashes of a dictionary's strings, by code.
    static func hashes(of dictionary: StringDictionary, seed: UInt64) -> [UInt64] {
        (0..<UInt32(dictionary.count)).map { code in
            dictionary.withBytes(code) { of($0, seed: seed) }
        }
    }

    /// The hashes of the rows of a string column without nulls.
    static func hashes(of vector: ColumnVector, seed: UInt64) -> [UInt64] {
        guard case .string(let strings) = vector else {
            preconditionFailure("groups are strings")
        }
        let hashes = hashes(of: strings.dictionary, seed: seed)
        return strings.codes.map { hashes[Int($0)] }
    }
}
