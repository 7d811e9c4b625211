// Where the groups of a whole rollup have rows: segments that keep entries of it, segments that keep
// none, and the memtable; with the hashes of the groups there.
// Cost: 10 ns a group and place.

import SpanColumns
import SpanFormat
import SpanModel

/// The places of a table that may have rows of a group.
struct RollupPlaces {
    /// A segment with its entries.
    struct RolledSegment {
        let segment: SegmentHandle
        let entries: MappedRollup
        /// By entry, ascending.
        let hashes: [UInt64]
    }

    let rolled: [RolledSegment]
    /// By file of a segment without entries, then by code of its dictionary.
    let unrolled: [UInt64: [UInt64]]
    /// By chunk of the memtable, merged ones last, then by code of its dictionary.
    let memory: [[UInt64]]
    private let hash: GroupHash
    /// Files of all segments, in order of time.
    private let files: [UInt64]

    /// Throws `corruption`.
    init(
        _ table: TableSnapshot, _ rollup: RollupSchema, _ hash: GroupHash
    ) throws(StoreError) {
        self.hash = hash
        var rolled: [RolledSegment] = []
        var unrolled: [UInt64: [UInt64]] = [:]
        for segment in table.index.segments {
            let mapped = try segment.mapped()
            if let entries = try MappedRollup(rollup, of: mapped) {
                rolled.append(
                    RolledSegment(
                        segment: segment, entries: entries, hashes: try entries.keyHashes()))
            } else {
                unrolled[segment.file] = hash.hashes(of: try mapped.dictionary(hash.key))
            }
        }
        files = table.index.segments.sorted {
            ($0.entry.times?.lowerBound ?? 0, $0.file) < ($1.entry.times?.lowerBound ?? 0, $1.file)
        }.map(\.file)
        self.rolled = rolled
        self.unrolled = unrolled
        memory = (table.writes + table.merged).map { chunk in
            guard case .string(let strings) = chunk.columns[hash.key] else { return [] }
            return hash.hashes(of: strings.dictionary)
        }
    }

    /// Groups, counted once for each place.
    var groupCount: Int {
        rolled.reduce(0) { $0 + $1.hashes.count } + unrolled.values.reduce(0) { $0 + $1.count }
            + memory.reduce(0) { $0 + $1.count }
    }

    /// The strings of the groups of some entries, `open` by rolled segment, and of all groups of other places, but
    /// for those that are known. Throws `corruption`.
    func strings(
        open: [[UInt32]], without known: Set<UInt64>
    ) throws(StoreError) -> [OpenStrings] {
        func left(_ hashes: [UInt64]) -> [CodedGroup] {
            hashes.enumerated().filter { !known.contains($1) }.map { (code: UInt32($0), hash: $1) }
        }
        var segments = unrolled.mapValues(left)
        for (rolled, entries) in zip(rolled, open) {
            segments[rolled.segment.file] = try rolled.coded(
                entries.filter { !known.contains(rolled.hashes[Int($0)]) }, hash.key)
        }
        return OpenStrings.passes(
            files.map { (file: $0, groups: segments[$0, default: []]) }, memory.map(left))
    }
}

extension RollupPlaces.RolledSegment {
    /// The hashes of the groups of some entries.
    func hashes(of entries: [UInt32]) -> [UInt64] { entries.map { hashes[Int($0)] } }

    /// Some entries, ascending, as row groups.
    func rowGroups(_ closed: [UInt32]) -> [any RowGroup] {
        var groups: [any RowGroup] = []
        var rest = closed[...]
        var first: UInt32 = 0
        for (group, rows) in entries.section.groups.enumerated() {
            let selected = rest.prefix { $0 < first + UInt32(rows.count) }.map { $0 - first }
            rest = rest.dropFirst(selected.count)
            first += UInt32(rows.count)
            if selected.isEmpty { continue }
            groups.append(
                RollupRowGroup(
                    rollup: entries, group: group, rows: rows,
                    selected: selected.count == rows.count ? nil : selected))
        }
        return groups
    }

    /// The groups of some entries, with their codes in the segment's dictionary of a column.
    func coded(_ wanted: [UInt32], _ key: Int) throws(StoreError) -> [CodedGroup] {
        if wanted.isEmpty { return [] }
        let keys = try entries.keys()
        let dictionary = try segment.mapped().dictionary(key)
        return wanted.compactMap { entry in
            let code = keys.codes[Int(entry)]
            guard code != StringVector.nullCode else { return nil }
            return keys.dictionary.withBytes(code) { dictionary.code(of: $0) }.map {
                (code: $0, hash: hashes[Int(entry)])
            }
        }
    }
}
