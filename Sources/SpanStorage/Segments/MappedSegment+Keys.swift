// Key columns of a segment: found at the first question about a JSON column, their dictionaries
// decoded once.

import SpanColumns
import SpanFormat
import SpanModel

/// The key columns of a segment, each with the section that holds its pages.
struct SegmentKeys: Sendable {
    private let columns: [(section: SectionEntry, keys: KeyColumn)]

    init(_ segment: MappedSegment) throws(StoreError) {
        var columns: [(SectionEntry, KeyColumn)] = []
        for extra in segment.footer.sections {
            let kind = SectionKind(rawValue: extra.kind)
            guard kind == .keyColumn || kind == .textKeyColumn else { continue }
            let reader = try segment.reader(of: extra.section, region: "key column")
            columns.append(
                (
                    extra.section,
                    try KeyColumn(
                        reader, groupRows: segment.groupRows, isOld: kind == .textKeyColumn)
                ))
        }
        self.columns = columns
    }

    /// The JSON column and the key of each.
    var names: [(column: Int, key: String)] {
        columns.map { ($0.keys.column, String(decoding: $0.keys.key, as: UTF8.self)) }
    }

    /// The key columns of a JSON column, in the order of their sections.
    func all(of column: Int) -> [(section: SectionEntry, keys: KeyColumn)] {
        columns.filter { $0.keys.column == column }
    }

    /// The column of a key, nil when it was left to the JSON.
    func find(_ column: Int, _ key: String) -> (section: SectionEntry, keys: KeyColumn)? {
        columns.first { $0.keys.column == column && $0.keys.key.elementsEqual(key.utf8) }
    }
}

extension MappedSegment {
    /// The values of a key of a JSON column in some rows of a row group, strings or numbers; nil when
    /// they must be taken from the JSON.
    func attribute(
        _ column: Int, key: String, group: Int, rows: Range<Int>
    ) throws(StoreError) -> ColumnVector? {
        guard let (section, keys) = try keys().find(column, key) else { return nil }
        let bytes = try bytes(of: section, region: "key column")
        return try located("key \(key)") { () throws(StoreError) in
            try keys.stored(group: group, rows: rows, section: bytes)
        }
    }

    /// The same as numbers; nil when they must be made of the texts.
    func attributeNumbers(
        _ column: Int, key: String, group: Int, rows: Range<Int>
    ) throws(StoreError) -> ColumnVector? {
        guard let (section, keys) = try keys().find(column, key) else { return nil }
        let bytes = try bytes(of: section, region: "key column")
        return try located("key \(key)") { () throws(StoreError) in
            try keys.numbers(group: group, rows: rows, section: bytes)
        }
    }

    /// Whether a row group may hold a row within all bounds, as zones tell.
    func mayHold(_ bounds: [ColumnBound], group: Int) throws(StoreError) -> Bool {
        for bound in bounds {
            switch bound {
            case .integerRange(let column, let range):
                if let zone = zone(column, group: group).integers, !zone.overlaps(range) {
                    return false
                }
            case .key(let column, let key, let condition):
                guard let found = try keys().find(column, key)?.keys else { continue }
                if !found.mayHold(condition, group: group, rowCount: groupRows[group]) {
                    return false
                }
            case .identifierEquals, .stringIn: continue
            }
        }
        return true
    }
}
