// A row group of which only rows of some groups, or of some parts of these, are meant. They are found at the
// first question and kept, as several plans ask. Thread-safe.

import SpanColumns
import SpanModel
import Synchronization

/// The rows of a row group whose string is one of some.
final class ChosenRowGroup: RowGroup {
    private let base: any RowGroup
    private let key: Int
    private let wanted: CodeVerdicts
    private let parts: ChosenParts?
    private let chosen = Mutex<[UInt32]?>(nil)

    /// `wanted` are verdicts of the dictionary of column `key`; of `parts`, when given, any row is in one.
    init(_ base: any RowGroup, key: Int, _ wanted: CodeVerdicts, parts: ChosenParts? = nil) {
        self.base = base
        self.key = key
        self.wanted = wanted
        self.parts = parts
    }

    var rowCount: Int { base.rowCount }

    func selection() throws(StoreError) -> [UInt32]? {
        if let known = chosen.withLock({ $0 }) { return known }
        var rows = try rowsOfGroups()
        if let visible = try base.selection() { rows = Self.common(rows, visible) }
        if let parts, !rows.isEmpty { rows = try parts.rows(rows, of: base) }
        chosen.withLock { $0 = rows }
        return rows
    }

    private func rowsOfGroups() throws(StoreError) -> [UInt32] {
        if let found = try base.select(key, rows: 0..<rowCount, wanted, wanted: true) {
            return found
        }
        guard case .string(let strings) = try base.vector(key) else { return [] }
        return (0..<UInt32(rowCount)).filter {
            let code = strings.codes[Int($0)]
            return code != StringVector.nullCode && wanted.values[Int(code) + 1] == 1
        }
    }

    /// The rows of two ascending lists.
    private static func common(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        var rest = right[...]
        return left.filter { row in
            rest = rest.drop { $0 < row }
            return rest.first == row
        }
    }

    func zone(_ column: Int) -> ZoneMap? { base.zone(column) }

    func pageBytes(_ column: Int) -> Int? { base.pageBytes(column) }

    func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
        try base.vector(column, rows: rows)
    }

    func dictionary(_ column: Int) throws(StoreError) -> StringDictionary? {
        try base.dictionary(column)
    }

    func select(
        _ column: Int, rows: Range<Int>, _ verdicts: CodeVerdicts, wanted: Bool
    ) throws(StoreError) -> [UInt32]? {
        try base.select(column, rows: rows, verdicts, wanted: wanted)
    }

    func pick(
        _ column: Int, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> ColumnVector? {
        try base.pick(column, picked, of: rows)
    }
}

extension TableSource {
    /// The rows of a segment within some bounds whose string in column `key` has one of some codes, and of
    /// some parts of these groups where `parts` are given.
    func chosen(
        _ segment: MappedSegment, within bounds: [ColumnBound] = [], key: Int, codes: [UInt32],
        parts: ChosenParts? = nil
    ) throws(StoreError) -> [any RowGroup] {
        let wanted = CodeVerdicts(try segment.dictionary(key), codes: codes)
        var groups: [any RowGroup] = []
        try append(segment, bounds, to: &groups)
        return groups.map { ChosenRowGroup($0, key: key, wanted, parts: parts) }
    }
}

/// Some parts of groups.
struct ChosenParts {
    private let hash: PartHash
    private let chosen: OpenGroups

    init(_ hash: PartHash, _ parts: [UInt64]) {
        self.hash = hash
        var chosen = OpenGroups(count: parts.count)
        chosen.open(parts)
        self.chosen = chosen
    }

    /// Those of some rows that are of these parts.
    func rows(_ rows: [UInt32], of group: any RowGroup) throws(StoreError) -> [UInt32] {
        var found: [UInt32] = []
        try hash.forEach(rows, of: group) { row, _, part in
            if chosen.isOpen(part) { found.append(row) }
        }
        return found
    }
}

/// Row groups that were chosen, as a source.
struct ChosenRows: ColumnSource {
    let schema: TableSchema
    let groups: [any RowGroup]

    var rowCount: Int { groups.reduce(0) { $0 + $1.rowCount } }

    func rowGroups(within bounds: [ColumnBound]) -> [any RowGroup] { groups }
}
