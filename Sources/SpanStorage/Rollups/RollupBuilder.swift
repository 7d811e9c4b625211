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
                tables.append(try maker.entries(of: rollup, over: source))
                sections.append((.rollup, try section(rollup, tables[0])))
                if let parts = try parts(rollup, source, tables[0]) {
                    sections.append((.rollupParts, parts))
                }
            }
            if history.isEmpty || rollup.wholeKey != nil { continue }
            tables.append(try maker.entries(of: rollup, over: RewriteSource(input, history)))
            let all = tables.count == 1 ? tables[0] : try maker.added(rollup, tables)
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
        guard let key = rollup.wholeKey else {
            return RollupSection.encode(rollup, columns: columns.map(Self.sorted), hashes: [])
        }
        let hashes = GroupHash(key: key, seed: seed).hashes(of: columns[0])
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

    /// The parts of the groups of a rollup whose entries may be added up; nil for others.
    private func parts(
        _ rollup: RollupSchema, _ source: RewriteSource, _ entries: ResultTable
    ) throws(StoreError) -> [UInt8]? {
        guard let key = rollup.wholeKey, let addition = rollup.addition else { return nil }
        let hash = GroupHash(key: key, seed: seed)
        let groups = hash.hashes(of: entries.columns[0].values).sorted()
        return RollupParts.encode(
            rollup,
            try PartsBuilder.parts(
                PartHash(addition: addition, group: hash), of: source, entries: groups))
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
