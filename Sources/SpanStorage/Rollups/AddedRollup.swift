// A table through a rollup whose entries are added up. An entry stands for rows of the live region as
// they were written: in the dedup view while none within the bounds was superseded since. The raw view
// has the entries over all rows; where none are kept those of the live region, and beside them the rows
// of the history region. Of all other segments it is the rows.

import SpanColumns
import SpanFormat
import SpanModel

/// Splits a table into entries and the rows that they do not stand for.
struct AddedRollup {
    let source: TableSource
    let rollup: RollupSchema

    /// What may lie within the bounds. Throws `corruption`.
    func rolledUp(within bounds: [ColumnBound]) throws(StoreError) -> RolledUp {
        var entries: [any RowGroup] = []
        var unrolled: [SegmentHandle] = []
        var histories: [SegmentHandle] = []
        for segment in try source.candidates(bounds) {
            let mapped = try segment.mapped()
            if source.view == .raw, mapped.areLiveRowsWrites,
                let all = try MappedRollup(rollup, of: mapped, .writesRollup)
            {
                try append(all, within: bounds, to: &entries)
                continue
            }
            guard let kept = try MappedRollup(rollup, of: mapped),
                try standsForLiveRows(mapped, within: bounds)
            else {
                unrolled.append(segment)
                continue
            }
            try append(kept, within: bounds, to: &entries)
            guard source.view == .raw, mapped.footer.rowCount > mapped.footer.liveRows else {
                continue
            }
            histories.append(segment)
        }
        return try RolledUp(
            entries: entries,
            rest: SomeSegments(table: source, segments: unrolled, histories: histories))
    }

    /// Appends the entries that may lie within the bounds.
    private func append(
        _ kept: MappedRollup, within bounds: [ColumnBound], to entries: inout [any RowGroup]
    ) throws(StoreError) {
        for group in kept.section.groups.indices {
            let rows = try candidates(kept, group, within: bounds)
            if rows.isEmpty { continue }
            entries.append(RollupRowGroup(rollup: kept, group: group, rows: rows))
        }
    }

    /// The run of entries of a row group outside of which none is within the bounds. Entries are in
    /// order of their groups, so that those of one run or project lie together.
    private func candidates(
        _ kept: MappedRollup, _ group: Int, within bounds: [ColumnBound]
    ) throws(StoreError) -> Range<Int> {
        var rows = kept.section.groups[group]
        for case .stringIn(let column, let texts) in bounds {
            let name = source.schema.columns[column].name
            guard let index = rollup.columns.firstIndex(where: { $0.name == name }),
                let dictionary = kept.section.dictionary(index)
            else { continue }
            let codes = texts.compactMap { dictionary.code(of: $0) }
            guard !codes.isEmpty,
                case .string(let strings) = try kept.vector(index, group: group, rows: rows)
            else { return 0..<0 }
            var isWanted = [Bool](repeating: false, count: dictionary.count)
            for code in codes { isWanted[Int(code)] = true }
            // A null has a code beyond the dictionary.
            func isWithin(_ code: UInt32) -> Bool {
                Int(code) < isWanted.count && isWanted[Int(code)]
            }
            guard let first = strings.codes.firstIndex(where: isWithin),
                let last = strings.codes.lastIndex(where: isWithin)
            else { return 0..<0 }
            rows = rows.lowerBound + first..<rows.lowerBound + last + 1
        }
        return rows
    }

    /// Whether entries are of the live rows that the view has within the bounds.
    private func standsForLiveRows(
        _ segment: MappedSegment, within bounds: [ColumnBound]
    ) throws(StoreError) -> Bool {
        if source.view == .dedup { return try !isChanged(segment, within: bounds) }
        return segment.areLiveRowsWrites
    }

    /// Whether a row within the bounds was superseded since the segment was written.
    private func isChanged(
        _ segment: MappedSegment, within bounds: [ColumnBound]
    ) throws(StoreError) -> Bool {
        let live = 0..<segment.footer.liveRows
        let superseded = segment.kills.rows(
            in: UInt32(live.lowerBound)..<UInt32(live.upperBound), through: source.sequence)
        if superseded.isEmpty { return false }
        guard let wanted = try segment.candidateRows(bounds, hasher: source.table.hasher) else {
            return true
        }
        return wanted.within(live).contains { run in
            superseded.contains { run.contains(Int($0)) }
        }
    }
}

extension MappedSegment {
    /// Whether every live row is in the raw view: a merged row is no write.
    var areLiveRowsWrites: Bool {
        // Where no row says what it is, all are complete.
        let complete = Int64(WriteKind.complete.rawValue)
        return (0..<footer.liveGroupCount).allSatisfy { group in
            let kinds = zone(SystemColumn.writeKind, group: group).integers
            return kinds.map { $0 == complete...complete } ?? true
        }
    }
}

/// The rows of some segments, of the history regions of others, and of the memtable.
struct SomeSegments: ColumnSource {
    let table: TableSource
    let segments: [SegmentHandle]
    let histories: [SegmentHandle]

    var schema: TableSchema { table.schema }
    var rowCount: Int { table.rowCount }

    func rowGroups(within bounds: [ColumnBound]) throws(StoreError) -> [any RowGroup] {
        var groups: [any RowGroup] = []
        for segment in segments { try table.append(try segment.mapped(), bounds, to: &groups) }
        for segment in histories {
            try table.append(try segment.mapped(), bounds, isHistoryAlone: true, to: &groups)
        }
        return groups + table.memoryGroups()
    }
}
