// The entries of a segment's rollup, opened at their first use and kept with the mapping.

import SpanColumns
import SpanFormat
import SpanModel

/// Which rollup of a segment: of the rows of which region.
struct RollupPlace: Hashable {
    let number: UInt8
    let kind: SectionKind
}

/// A rollup and its section. The segment keeps this; it does not keep the segment.
struct LocatedRollup: Sendable {
    let section: RollupSection
    let entry: SectionEntry
}

/// A rollup of a mapped segment.
struct MappedRollup: Sendable {
    let schema: RollupSchema
    private let segment: MappedSegment
    private let located: LocatedRollup

    /// The rollup of a segment in sections of a kind, which says over which rows; nil when it keeps
    /// none, or one of another version. Throws `corruption`.
    init?(
        _ schema: RollupSchema, of segment: MappedSegment, _ kind: SectionKind = .rollup
    ) throws(StoreError) {
        let place = RollupPlace(number: schema.number, kind: kind)
        let located = try segment.remembered(place) { () throws(StoreError) in
            try Self.find(schema, kind, in: segment)
        }
        guard let located else { return nil }
        self.schema = schema
        self.segment = segment
        self.located = located
    }

    private static func find(
        _ schema: RollupSchema, _ kind: SectionKind, in segment: MappedSegment
    ) throws(StoreError) -> LocatedRollup? {
        let found = try section(of: kind, in: segment, region) {
            $0.columnCount(schema) != nil
        }
        guard let (reader, entry) = found else { return nil }
        return LocatedRollup(section: try RollupSection(reader, schema), entry: entry)
    }

    /// The first section of a kind whose start passes a test.
    private static func section(
        of kind: SectionKind, in segment: MappedSegment, _ region: String,
        where isWanted: (RollupSection.Kind) -> Bool
    ) throws(StoreError) -> (ByteReader, SectionEntry)? {
        for extra in segment.footer.sections where extra.kind == kind.rawValue {
            let reader = try segment.reader(of: extra.section, region: region)
            var start = reader
            if isWanted(try RollupSection.Kind(&start)) { return (reader, extra.section) }
        }
        return nil
    }

    var section: RollupSection { located.section }

    private static let region = "rollup"

    private var bytes: UnsafeRawBufferPointer {
        get throws(StoreError) { try segment.bytes(of: located.entry, region: Self.region) }
    }

    /// The hashes of the groups, ascending, by entry.
    func keyHashes() throws(StoreError) -> [UInt64] { section.keyHashes(section: try bytes) }

    /// The group that a whole entry stands for.
    func keys() throws(StoreError) -> StringVector {
        var codes: [UInt32] = []
        codes.reserveCapacity(section.rowCount)
        for (group, rows) in section.groups.enumerated() {
            guard case .string(let part) = try vector(0, group: group, rows: rows)
            else { throw segment.damage(schema.wholeKey ?? 0, "rollup without groups") }
            codes += part.codes
        }
        return StringVector(codes: codes, dictionary: section.dictionary(0) ?? .empty)
    }

    /// The parts of the groups; nil when the segment keeps none. Throws `corruption`.
    func parts() throws(StoreError) -> MappedParts? {
        let region = "rollup parts"
        let found = try Self.section(of: .rollupParts, in: segment, region) {
            $0 == RollupSection.Kind(schema)
        }
        guard let (reader, entry) = found else { return nil }
        return MappedParts(
            section: try RollupParts(reader, schema),
            bytes: try segment.bytes(of: entry, region: region))
    }

    /// A column of integer form, by entry.
    func integers(_ column: Int) throws(StoreError) -> IntegerVector {
        var all = IntegerVector(values: [], validity: [])
        for (group, rows) in section.groups.enumerated() {
            guard case .integer(let part) = try vector(column, group: group, rows: rows) else {
                all.values += Array(repeating: 0, count: rows.count)
                all.validity? += Array(repeating: 0, count: rows.count)
                continue
            }
            all.values += part.values
            all.validity? += part.validity ?? Array(repeating: 1, count: rows.count)
        }
        return all
    }

    /// Values of a column of the rollup, texts as strings.
    func vector(_ column: Int, group: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
        let bytes = try bytes
        return try segment.located("rollup \(schema.name)") { () throws(StoreError) in
            try section.vector(column, group: group, rows: rows, section: bytes)
        }
    }
}

/// The parts of the groups of a mapped rollup, which must outlive it.
struct MappedParts {
    let section: RollupParts
    let bytes: UnsafeRawBufferPointer

    /// The parts of the entries that `isWanted` marks, ascending by hash.
    func parts(of isWanted: [Bool]) -> [RollupParts.Part] {
        section.parts(of: isWanted, section: bytes)
    }
}

/// A run of entries of a segment's rollup as a row group of the rollup's table.
struct RollupRowGroup: RowGroup {
    let rollup: MappedRollup
    let group: Int
    /// Counted from the first entry of the group.
    let rows: Range<Int>
    /// The entries that count, counted from the first of `rows`; nil: all.
    var selected: [UInt32]?

    var rowCount: Int { rows.count }

    func selection() -> [UInt32]? { selected }

    func zone(_ column: Int) -> ZoneMap? {
        let index = column - SystemColumn.count
        guard index >= 0 else { return nil }
        let zone = rollup.section.zone(index, group: group)
        // The nulls of a part are not known, unless there are none.
        return zone.nullCount == 0 || rows == rollup.section.groups[group] ? zone : nil
    }

    func dictionary(_ column: Int) -> StringDictionary? {
        let index = column - SystemColumn.count
        guard index >= 0, rollup.schema.columns[index].type.form == .string else { return nil }
        return rollup.section.dictionary(index)
    }

    func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
        let index = column - SystemColumn.count
        let first = self.rows.lowerBound
        let places = first + rows.lowerBound..<first + rows.upperBound
        if column == SystemColumn.sequence {
            return .integer(IntegerVector(values: places.map { Int64($0) }))
        }
        if index < 0 { return .null(count: rows.count) }
        let vector = try rollup.vector(index, group: group, rows: places)
        if case .string(let strings) = vector, rollup.schema.columns[index].type.form == .text {
            return .text(TextVector(strings))
        }
        return vector
    }
}
