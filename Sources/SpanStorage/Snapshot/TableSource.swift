// A table of a snapshot as row groups, pruned by day and zone map, and for a trace by the identity
// index. The dedup view reads live regions less their kills; the raw view reads both regions.

import SpanColumns
import SpanFormat
import SpanModel

/// The rows of one table in one view.
struct TableSource: ColumnSource {
    let table: TableSnapshot
    let view: View
    let sequence: UInt64

    var schema: TableSchema { table.schema }

    var memo: SnapshotMemo? { table.memo }

    var rowCount: Int {
        let segments = table.index.segments.reduce(0) { count, segment in
            let history = view == .raw ? segment.entry.historyRows : 0
            return count + Int(segment.entry.liveRows) + Int(history)
        }
        let chunks = view == .raw ? table.writes : table.writes + table.merged
        return chunks.reduce(segments) { $0 + $1.rowCount }
    }

    func rowGroups(within bounds: [ColumnBound]) throws(StoreError) -> [any RowGroup] {
        var groups: [any RowGroup] = []
        for segment in try candidates(bounds) {
            try append(try segment.mapped(), bounds, to: &groups)
        }
        return groups + memoryGroups()
    }

    func rolledUp(
        _ rollup: RollupSchema, within bounds: [ColumnBound]
    ) throws(StoreError) -> RolledUp? {
        precondition(rollup.wholeKey == nil, "entries of \(rollup.name) are whole groups")
        return try AddedRollup(source: self, rollup: rollup).rolledUp(within: bounds)
    }

    func rolledGroups(_ rollup: RollupSchema) throws(StoreError) -> RolledGroups? {
        guard view == .dedup, let key = rollup.wholeKey else { return nil }
        return try WholeRollup(table: table, rollup: rollup, key: key, sequence: sequence)
            .rolledGroups()
    }

    func rolledLengths(
        _ rollup: LengthRollup, within bounds: [ColumnBound]
    ) throws(StoreError) -> RolledLengths? {
        try LengthRollups(source: self, rollup: rollup).rolled(within: bounds)
    }

    /// The row groups of the memtable.
    func memoryGroups() -> [any RowGroup] {
        let chunks = view == .dedup ? table.writes + table.merged : table.writes
        return chunks.map { ChunkRowGroup(chunk: $0, view: view, sequence: sequence) }
    }

    /// Appends the row groups of a segment, or of its history region alone, or those runs of their
    /// rows that its indexes allow.
    func append(
        _ segment: MappedSegment, _ bounds: [ColumnBound], isHistoryAlone: Bool = false,
        to groups: inout [any RowGroup]
    ) throws(StoreError) {
        if isHistoryAlone, segment.footer.liveGroupCount == segment.groupRows.count { return }
        let wanted = try segment.candidateRows(bounds, hasher: table.hasher)
        let searches = SegmentSearches(segment)
        let killed =
            view == .raw ? [] : segment.kills.sortedRows(through: sequence)
        for group in segment.groupRows.indices {
            if view == .dedup, segment.isHistory(group: group) { continue }
            if isHistoryAlone, !segment.isHistory(group: group) { continue }
            guard try segment.mayHold(bounds, group: group) else { continue }
            let rows = segment.groupStarts[group]..<segment.groupStarts[group + 1]
            for run in wanted?.within(rows) ?? [rows] {
                groups.append(
                    SegmentRowGroup(
                        segment: segment, group: group,
                        rows: run.lowerBound - rows.lowerBound..<run.upperBound - rows.lowerBound,
                        view: view, killed: KillList.part(killed, in: run),
                        searches: searches))
            }
        }
    }

    /// Segments that may hold rows within the bounds.
    func candidates(_ bounds: [ColumnBound]) throws(StoreError) -> [SegmentHandle] {
        var segments = table.index.segments
        if let packed = schema.leadingIdentifier(bounds) {
            segments = try table.index.segments(
                leading: table.hasher.leadingHash(packed: packed))
        }
        guard let time = schema.time else { return segments }
        return segments.filter { segment in
            bounds.allSatisfy { bound in
                guard case .integerRange(time, let range) = bound else { return true }
                return segment.entry.times?.overlaps(range) ?? false
            }
        }
    }
}

extension ColumnBound {
    /// The column that the bound is on.
    var column: Int {
        switch self {
        case .integerRange(let column, _), .identifierEquals(let column, _),
            .stringIn(let column, _), .key(let column, _, _):
            column
        }
    }
}

/// A memtable chunk as a row group.
private struct ChunkRowGroup: RowGroup {
    let chunk: MemtableChunk
    let view: View
    let sequence: UInt64

    var rowCount: Int { chunk.rowCount }

    func selection() -> [UInt32]? {
        if view == .raw { return nil }
        let killed = chunk.kills.sortedRows(through: sequence)
        guard let kinds = chunk.integers(SystemColumn.writeKind)?.values, !chunk.isMerged else {
            return Selection.all(rowCount, without: killed)
        }
        return Selection.rows(rowCount, without: killed) {
            kinds[$0] == Int64(WriteKind.complete.rawValue)
        }
    }

    func zone(_ column: Int) -> ZoneMap? { nil }

    func vector(_ column: Int, rows: Range<Int>) -> ColumnVector {
        chunk.columns[column].slice(rows)
    }

    func dictionary(_ column: Int) -> StringDictionary? {
        guard case .string(let vector) = chunk.columns[column] else { return nil }
        return vector.dictionary
    }
}

/// Selection vectors: ascending row numbers.
enum Selection {
    /// All rows but the killed ones, which ascend; nil when that is all.
    static func all(_ count: Int, without killed: [UInt32]) -> [UInt32]? {
        if killed.isEmpty { return nil }
        return [UInt32](unsafeUninitializedCapacity: count) { out, kept in
            var next = 0
            var row: UInt32 = 0
            for end in killed + [UInt32(count)] {
                while row < end {
                    out[next] = row
                    next &+= 1
                    row &+= 1
                }
                row = end &+ 1
            }
            kept = next
        }
    }

    /// The rows that pass a test and are not killed. A row is always written, and stays if wanted.
    @inline(__always)
    static func rows(
        _ count: Int, without killed: [UInt32], where isWanted: (Int) -> Bool
    ) -> [UInt32] {
        var isAlive = [UInt8](repeating: 1, count: count)
        for row in killed { isAlive[Int(row)] = 0 }
        return [UInt32](unsafeUninitializedCapacity: count) { out, kept in
            isAlive.withUnsafeBufferPointer { isAlive in
                var next = 0
                for row in 0..<count {
                    out[next] = UInt32(truncatingIfNeeded: row)
                    next &+= Int(isAlive[row]) & (isWanted(row) ? 1 : 0)
                }
                kept = next
            }
        }
    }
}
