// A table through a rollup whose entries stand for whole groups: the closed entries of its segments,
// and the rows of all other groups. Worked out once per snapshot and kept in its memo.

import SpanColumns
import SpanFormat
import SpanModel

/// Splits a table into closed entries and the rows of open groups.
struct WholeRollup {
    let table: TableSnapshot
    let rollup: RollupSchema
    let key: Int
    let sequence: UInt64

    /// A segment with what it keeps.
    private struct Part {
        let segment: SegmentHandle
        let entries: MappedRollup
        let hashes: [UInt64]
    }

    /// The table at the snapshot. Throws `corruption`.
    func rolledUp() throws(StoreError) -> RolledUp {
        let split = try rememberedSplit()
        return try RolledUp(
            entries: split.entries,
            rest: OpenRows(
                table: TableSource(table: table, view: .dedup, sequence: sequence), key: key,
                open: split.open),
            memo: table.memo)
    }

    /// What the memo keeps. It must not hold the snapshot, which holds the memo.
    private struct Split: Sendable {
        let entries: [any RowGroup]
        /// By segment; none: no group of it is open.
        let open: [UInt64: StringDictionary.Members]
    }

    private func rememberedSplit() throws(StoreError) -> Split {
        let name = "rollup \(rollup.number)"
        if let known = table.memo.value(name, as: Split.self) { return known }
        let found = try split()
        table.memo.keep(found, as: name)
        return found
    }

    private func split() throws(StoreError) -> Split {
        var parts: [Part] = []
        var unrolled: [SegmentHandle] = []
        for segment in table.index.segments {
            if let entries = try MappedRollup(rollup, of: try segment.mapped()) {
                parts.append(
                    Part(segment: segment, entries: entries, hashes: try entries.keyHashes()))
            } else {
                unrolled.append(segment)
            }
        }
        let opened = try openedHashes(parts, unrolled)
        var groups = OpenGroups(
            count: parts.reduce(opened.count) { $0 + $1.hashes.count })
        for part in parts { groups.add(entries: part.hashes) }
        groups.open(opened)
        var entries: [any RowGroup] = []
        var open: [UInt64: StringDictionary.Members] = [:]
        for part in parts {
            let (closed, others) = groups.split(part.hashes)
            entries += rowGroups(part, closed)
            if others.isEmpty { continue }
            open[part.segment.file] = try members(part, others)
        }
        for segment in unrolled { open[segment.file] = .all }
        return Split(entries: entries, open: open)
    }

    /// The hashes of groups that have rows outside of rolled up segments, or had one superseded.
    private func openedHashes(
        _ parts: [Part], _ unrolled: [SegmentHandle]
    ) throws(StoreError) -> [UInt64] {
        let seed = table.hasher.seed
        var hashes: [UInt64] = []
        for chunk in table.writes + table.merged {
            guard case .string(let strings) = chunk.columns[key] else { continue }
            hashes += GroupHash.hashes(of: strings.dictionary, seed: seed)
        }
        for segment in unrolled {
            hashes += GroupHash.hashes(of: try segment.mapped().dictionary(key), seed: seed)
        }
        for part in parts { hashes += try supersededHashes(part.segment.mapped()) }
        return hashes
    }

    private func supersededHashes(_ segment: MappedSegment) throws(StoreError) -> [UInt64] {
        let live = 0..<UInt32(segment.footer.liveRows)
        let rows = segment.kills.rows(in: live, through: sequence)
        if rows.isEmpty { return [] }
        let dictionary = try segment.dictionary(key)
        var hashes: [UInt64] = []
        var reader: (group: Int, page: PageReader?) = (-1, nil)
        for row in rows.sorted() {
            let (group, local) = segment.position(of: Int(row))
            if group != reader.group {
                reader = (group, try segment.pageReader(key, group: group))
            }
            guard let code = reader.page?.code(at: local) else { continue }
            guard code < dictionary.count else { throw segment.damage(key, "code out of range") }
            hashes.append(
                dictionary.withBytes(code) { GroupHash.of($0, seed: table.hasher.seed) })
        }
        return hashes
    }

    private func rowGroups(_ part: Part, _ closed: [UInt32]) -> [any RowGroup] {
        var groups: [any RowGroup] = []
        var rest = closed[...]
        var first: UInt32 = 0
        for (group, rows) in part.entries.section.groups.enumerated() {
            let selected = rest.prefix { $0 < first + UInt32(rows.count) }.map { $0 - first }
            rest = rest.dropFirst(selected.count)
            first += UInt32(rows.count)
            if selected.isEmpty { continue }
            groups.append(
                RollupRowGroup(
                    rollup: part.entries, group: group, rows: rows,
                    selected: selected.count == rows.count ? nil : selected))
        }
        return groups
    }

    /// The strings of the segment's dictionary that the groups of some entries are.
    private func members(
        _ part: Part, _ entries: [UInt32]
    ) throws(StoreError) -> StringDictionary.Members {
        let keys = try part.entries.keys()
        let dictionary = try part.segment.mapped().dictionary(key)
        var isMember = [Bool](repeating: false, count: dictionary.count)
        for entry in entries where keys.codes[Int(entry)] != StringVector.nullCode {
            let code = keys.dictionary.withBytes(keys.codes[Int(entry)]) {
                dictionary.code(of: $0)
            }
            if let code { isMember[Int(code)] = true }
        }
        return .some(isMember)
    }
}

extension StringDictionary {
    /// Strings of a dictionary, by code.
    enum Members: Sendable {
        case all
        case some([Bool])
    }
}

/// The rows of open groups: those of memory as they are, those of segments by the string they have.
private struct OpenRows: ColumnSource {
    let table: TableSource
    let key: Int
    /// By segment; none: no group of it is open.
    let open: [UInt64: StringDictionary.Members]

    var schema: TableSchema { table.schema }
    var rowCount: Int { table.rowCount }

    func rowGroups(within bounds: [ColumnBound]) throws(StoreError) -> [any RowGroup] {
        var groups: [any RowGroup] = []
        for segment in try table.candidates(bounds) {
            guard let members = open[segment.file] else { continue }
            var found: [any RowGroup] = []
            try table.append(try segment.mapped(), bounds, to: &found)
            if case .some(let isMember) = members {
                found = found.map { OpenRowGroup(base: $0, key: key, isMember: isMember) }
            }
            groups += found
        }
        return groups + table.memoryGroups()
    }
}

/// The rows of a row group whose string is one of some.
private struct OpenRowGroup: RowGroup {
    let base: any RowGroup
    let key: Int
    /// By code of the dictionary that all row groups of the segment share.
    let isMember: [Bool]

    var rowCount: Int { base.rowCount }

    func selection() throws(StoreError) -> [UInt32]? {
        guard case .string(let strings) = try base.vector(key) else { return [] }
        func isOpen(_ row: UInt32) -> Bool {
            let code = strings.codes[Int(row)]
            return code != StringVector.nullCode && isMember[Int(code)]
        }
        if let rows = try base.selection() { return rows.filter(isOpen) }
        return (0..<UInt32(rowCount)).filter(isOpen)
    }

    func zone(_ column: Int) -> ZoneMap? { base.zone(column) }

    func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
        try base.vector(column, rows: rows)
    }

    func dictionary(_ column: Int) throws(StoreError) -> StringDictionary? {
        try base.dictionary(column)
    }
}
