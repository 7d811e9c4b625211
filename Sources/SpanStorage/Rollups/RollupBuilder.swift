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
            var tables: [ResultTable] = []
            if !live.isEmpty {
                let source = RewriteSource(input, live)
                let entries = try maker.entries(of: rollup, over: source)
                let groups = rollup.wholeKey.map { Groups(entries, key: $0, seed: seed) }
                tables.append(entries)
                sections.append((.rollup, try section(rollup, entries, groups)))
                if let groups, let addition = rollup.addition {
                    let parts = try PartsBuilder.parts(
                        PartHash(addition: addition, group: groups.hash), of: source,
                        entries: groups.hashes)
                    sections.append((.rollupParts, RollupParts.encode(rollup, parts)))
                }
            }
            if history.isEmpty || rollup.wholeKey != nil { continue }
            tables.append(try maker.entries(of: rollup, over: RewriteSource(input, history)))
            let all = tables.count == 1 ? tables[0] : try maker.added(rollup, tables)
            sections.append((.writesRollup, try section(rollup, all, nil)))
        }
        return sections
    }

    /// The groups of entries of a whole rollup, ascending by hash.
    private struct Groups {
        let hash: GroupHash
        /// The entry of each.
        let entries: [Int]
        let hashes: [UInt64]

        init(_ table: ResultTable, key: Int, seed: UInt64) {
            hash = GroupHash(key: key, seed: seed)
            let hashes = hash.hashes(of: table.columns[0].values)
            entries = hashes.indices.sorted { hashes[$0] < hashes[$1] }
            self.hashes = entries.map { hashes[$0] }
        }
    }

    private func section(
        _ rollup: RollupSchema, _ entries: ResultTable, _ groups: Groups?
    ) throws(StoreError) -> [UInt8] {
        precondition(entries.columns.map(\.name) == rollup.columns.map(\.name))
        var columns: [ColumnVector] = []
        for column in entries.columns { columns.append(try column.values.withTextsAsStrings()) }
        if let groups {
            let picks: [RowPick] = groups.entries.map { (source: 0, row: UInt32($0)) }
            for (index, column) in rollup.columns.enumerated() {
                columns[index] = try ColumnVector.gather(
                    [columns[index]], picks,
                    form: column.type.form == .text ? .string : column.type.form)
            }
        }
        return RollupSection.encode(
            rollup, columns: columns.map(Self.sorted), hashes: groups?.hashes ?? [])
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
