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

    func rowGroups(within bounds: [ColumnBound]) throws(StoreError) -> [any RowGroup] {
        var groups: [any RowGroup] = []
        for segment in try candidates(bounds) {
            let mapped = try segment.mapped()
            let wanted = try groupsOfLeading(bounds, in: mapped)
            let searches = SegmentSearches(mapped)
            for group in mapped.groupRows.indices {
                if view == .dedup, mapped.isHistory(group: group) { continue }
                if let wanted, !wanted.contains(group) { continue }
                guard bounds.allSatisfy({ $0.mayHold(mapped.zone($0.column, group: group)) })
                else { continue }
                groups.append(
                    SegmentRowGroup(
                        segment: mapped, group: group, view: view, sequence: sequence,
                        searches: searches))
            }
        }
        for chunk in table.writes {
            groups.append(ChunkRowGroup(chunk: chunk, view: view, sequence: sequence))
        }
        if view == .dedup {
            for chunk in table.merged {
                groups.append(ChunkRowGroup(chunk: chunk, view: view, sequence: sequence))
            }
        }
        return groups
    }

    /// Segments that may hold rows within the bounds.
    private func candidates(_ bounds: [ColumnBound]) throws(StoreError) -> [SegmentHandle] {
        var segments = table.index.segments
        if let packed = leadingIdentifier(bounds) {
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

    /// The row groups of a segment that hold rows of a wanted trace; nil when the bounds name none.
    private func groupsOfLeading(
        _ bounds: [ColumnBound], in segment: MappedSegment
    ) throws(StoreError) -> Set<Int>? {
        guard let packed = leadingIdentifier(bounds) else { return nil }
        let rows = try segment.rows(leading: table.hasher.leadingHash(packed: packed))
        return Set(rows.map { segment.position(of: $0).group })
    }

    /// The value that bounds give the leading identity column, when that is one identifier.
    private func leadingIdentifier(_ bounds: [ColumnBound]) -> [UInt8]? {
        guard case .hashed(leading: 1) = schema.lookup else { return nil }
        for case .identifierEquals(let column, let packed) in bounds
        where column == schema.identity[0] {
            return packed
        }
        return nil
    }
}

extension ColumnBound {
    /// The column that the bound is on.
    var column: Int {
        switch self {
        case .integerRange(let column, _), .identifierEquals(let column, _),
            .stringIn(let column, _):
            column
        }
    }

    /// Whether a row group with this zone may hold a row within the bound.
    func mayHold(_ zone: ZoneMap) -> Bool {
        switch self {
        case .integerRange(_, let range): zone.integers.map { $0.overlaps(range) } ?? true
        case .identifierEquals, .stringIn: true
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
        let killed = chunk.kills.rows(in: 0..<UInt32(rowCount), through: sequence)
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

/// A row group of a segment.
private struct SegmentRowGroup: RowGroup {
    let segment: MappedSegment
    let group: Int
    let view: View
    let sequence: UInt64
    let searches: SegmentSearches

    var rowCount: Int { segment.groupRows[group] }

    func selection() throws(StoreError) -> [UInt32]? {
        switch view {
        case .dedup:
            let first = UInt32(segment.groupRows[..<group].reduce(0, +))
            let killed = segment.kills.rows(
                in: first..<first + UInt32(rowCount), through: sequence)
            return Selection.all(rowCount, without: killed.map { $0 - first })
        case .raw:
            let merged = Int64(WriteKind.merged.rawValue)
            let zone = segment.zone(SystemColumn.writeKind, group: group)
            guard let kinds = zone.integers, kinds.contains(merged),
                case .integer(let vector) = try segment.vector(
                    SystemColumn.writeKind, group: group)
            else { return nil }
            return Selection.rows(rowCount, without: []) { vector.values[$0] != merged }
        }
    }

    func zone(_ column: Int) -> ZoneMap? { segment.zone(column, group: group) }

    func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
        try segment.vector(column, group: group, rows: rows)
    }

    func candidates(
        _ column: Int, _ pattern: TextPattern, rows: Range<Int>
    ) throws(StoreError) -> TextCandidates? {
        try searches.candidates(column, pattern, group: group, rows: rows)
    }

    func attribute(
        _ column: Int, key: String, rows: Range<Int>
    ) throws(StoreError) -> ColumnVector? {
        try segment.attribute(column, key: key, group: group, rows: rows)
    }

    func dictionary(_ column: Int) throws(StoreError) -> StringDictionary? {
        schema.columns[column].type.form == .string ? try segment.dictionary(column) : nil
    }

    private var schema: TableSchema { segment.schema }
}

/// Selection vectors: ascending row numbers.
private enum Selection {
    /// All rows but the killed ones; nil when that is all.
    static func all(_ count: Int, without killed: [UInt32]) -> [UInt32]? {
        killed.isEmpty ? nil : rows(count, without: killed) { _ in true }
    }

    /// The rows that pass a test and are not killed.
    static func rows(
        _ count: Int, without killed: [UInt32], where isWanted: (Int) -> Bool
    ) -> [UInt32] {
        var isKilled = [Bool](repeating: false, count: count)
        for row in killed { isKilled[Int(row)] = true }
        return (0..<count).filter { !isKilled[$0] && isWanted($0) }.map(UInt32.init)
    }
}
