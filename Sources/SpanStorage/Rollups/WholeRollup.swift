// A table through a rollup whose entries stand for whole groups: the closed entries of its segments,
// the results that are known of other groups, entries to be added up, and the rows of what is left. Worked out once per
// snapshot and kept in its memo; results of open groups go on to later snapshots.
// Cost: 40 ns an entry and snapshot, and what `OpenGroups` and `KeptGroups` cost.

import SpanColumns
import SpanFormat
import SpanModel

/// Splits a table into closed entries, known groups and the rows of all others.
struct WholeRollup {
    let table: TableSnapshot
    let rollup: RollupSchema
    let sequence: UInt64
    private let hash: GroupHash

    init(table: TableSnapshot, rollup: RollupSchema, key: Int, sequence: UInt64) {
        self.table = table
        self.rollup = rollup
        self.sequence = sequence
        hash = GroupHash(key: key, seed: table.hasher.seed)
    }

    private var source: TableSource {
        TableSource(table: table, view: .dedup, sequence: sequence)
    }

    /// The table at the snapshot. Throws `corruption`.
    func rolledGroups() throws(StoreError) -> RolledGroups {
        let split = try rememberedSplit()
        let source = source
        let (memo, kept, rollup, hash) = (table.memo, table.keptGroups, rollup, hash)
        return try RolledGroups(
            entries: split.entries, known: split.known, addable: split.addable,
            rest: split.rest.map { OpenRows(table: source, key: hash.key, open: $0) }
        ) { results in
            if results.rowCount > Limits.openGroupsKeptMax { return }
            memo.keep(
                Split(
                    entries: split.entries, known: results,
                    addable: AddableGroups(entries: [], shared: []), rest: [],
                    moment: split.moment), as: Self.name(rollup))
            guard results.rowCount > 0 else { return }
            kept.keep(
                KeptGroups.Results(
                    moment: split.moment, table: results,
                    hashes: hash.hashes(of: results.columns[0].values)), of: rollup)
        }
    }

    /// What the memo keeps. It must not hold the snapshot, which holds the memo.
    private struct Split: Sendable {
        let entries: [any RowGroup]
        let known: ResultTable?
        let addable: AddableGroups
        let rest: [OpenStrings]
        let moment: KeptGroups.Moment
    }

    private static func name(_ rollup: RollupSchema) -> String { "rollup \(rollup.number)" }

    private func rememberedSplit() throws(StoreError) -> Split {
        let name = Self.name(rollup)
        if let known = table.memo.value(name, as: Split.self) { return known }
        let found = try split()
        table.memo.keep(found, as: name)
        return found
    }

    private func split() throws(StoreError) -> Split {
        let places = try RollupPlaces(table, rollup, hash)
        let groups = try openGroups(places)
        var entries: [any RowGroup] = []
        var open: [[UInt32]] = []
        var segments = places.unrolled
        for rolled in places.rolled {
            let (closed, others) = groups.split(rolled.hashes)
            entries += rolled.rowGroups(closed)
            open.append(others)
            segments[rolled.segment.file] = rolled.hashes(of: others)
        }
        let moment = KeptGroups.Moment(
            sequence: sequence, segments: segments, memory: places.memory.flatMap { $0 })
        let known = try known(at: moment, groups)
        let addable = try addable(open, groups, places, without: known.hashes)
        var settled = known.hashes
        for (rolled, entries) in zip(places.rolled, addable.entries) {
            settled.formUnion(rolled.hashes(of: entries))
        }
        return Split(
            entries: entries, known: known.table,
            addable: AddableGroups(
                entries: zip(places.rolled, addable.entries).flatMap { $0.rowGroups($1) },
                shared: try sharedRows(addable, places)),
            rest: try places.strings(open: open, without: settled), moment: moment)
    }

    private func openGroups(_ places: RollupPlaces) throws(StoreError) -> OpenGroups {
        var groups = OpenGroups(count: places.groupCount)
        for rolled in places.rolled { groups.add(entries: rolled.hashes) }
        for hashes in places.unrolled.values { groups.open(hashes) }
        for hashes in places.memory { groups.open(hashes) }
        for rolled in places.rolled {
            groups.open(try supersededHashes(rolled.segment.mapped()))
        }
        return groups
    }

    /// Those of the open entries, by rolled segment, which together say what the rows of their groups do.
    private func addable(
        _ open: [[UInt32]], _ groups: OpenGroups, _ places: RollupPlaces,
        without known: Set<UInt64>
    ) throws(StoreError) -> AddableEntries {
        try AddableEntries(
            zip(places.rolled, open).map { rolled, entries in
                entries.filter {
                    let hash = rolled.hashes[Int($0)]
                    return groups.isRepeated(hash) && !known.contains(hash)
                }
            }, of: places.rolled, rollup)
    }

    /// The rows of the parts that several entries have, by segment.
    private func sharedRows(
        _ addable: AddableEntries, _ places: RollupPlaces
    ) throws(StoreError) -> [any ColumnSource] {
        guard let addition = rollup.addition, !addable.shared.isEmpty else { return [] }
        let parts = ChosenParts(PartHash(addition: addition, group: hash), addable.shared)
        var sources: [any ColumnSource] = []
        for (rolled, entries) in zip(places.rolled, addable.sharing) where !entries.isEmpty {
            let codes = try rolled.coded(entries, hash.key).map(\.code)
            sources.append(
                ChosenRows(
                    schema: table.schema,
                    groups: try source.chosen(
                        try rolled.segment.mapped(), key: hash.key, codes: codes, parts: parts)))
        }
        return sources
    }

    private func supersededHashes(_ segment: MappedSegment) throws(StoreError) -> [UInt64] {
        let live = 0..<UInt32(segment.footer.liveRows)
        return try hash.hashes(of: segment.kills.rows(in: live, through: sequence), in: segment)
    }

    /// The results of an earlier moment that hold now and are of open groups, and those groups' hashes.
    private func known(
        at moment: KeptGroups.Moment, _ groups: OpenGroups
    ) throws(StoreError) -> (table: ResultTable?, hashes: Set<UInt64>) {
        guard let kept = table.keptGroups.latest(rollup, through: sequence) else {
            return (nil, [])
        }
        let touched = try kept.moment.touched(until: moment, of: table, hash)
        let rows = kept.hashes.indices.filter {
            groups.isOpen(kept.hashes[$0]) && !touched.contains(kept.hashes[$0])
        }
        if rows.isEmpty { return (nil, []) }
        let hashes = Set(rows.map { kept.hashes[$0] })
        if rows.count == kept.hashes.count { return (kept.table, hashes) }
        let picks: [RowPick] = rows.map { (source: 0, row: UInt32($0)) }
        return (try ResultTable.gathered([kept.table], picks), hashes)
    }
}
