// A segment mapped into memory: pages checked once before their first use, then read in place.
// Thread-safe; the mapping lives as long as any vector source that came from it.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import Synchronization

/// A readable segment.
final class MappedSegment: RowContainer {
    let schema: TableSchema
    let footer: SegmentFooter
    let kills: KillList
    let groupRows: [Int]
    /// The first row of each row group, and behind them the number of all rows.
    let groupStarts: [Int]
    let name: String
    /// Seeds the identity hashes of the store that wrote the segment.
    let identitySeed: UInt64
    private let region: MappedRegion
    private let health: Quarantine
    private let cache = Mutex(Cache())
    private let series = Once<SeriesDirectory>()
    private let keyColumns = Once<SegmentKeys>()
    let ranks = Once<RankSection?>()
    let blockSums = Once<BlockSumSection?>()
    let runSums = Once<RunSumSection?>()

    private struct Cache {
        var checked: Set<UInt64> = []
        var dictionaries: [Int: StringDictionary] = [:]
        /// By column, once asked for.
        var stringPlaces: [Int: StringPlaces] = [:]
        /// Once asked for; nil: the segment has none.
        var rollups: [RollupPlace: LocatedRollup?] = [:]
        /// By text column.
        var textDictionaries: [Int: TextDictionary] = [:]
    }

    /// What a text column's blocks were compressed with, once it has been opened.
    func knownTextDictionary(_ column: Int) -> TextDictionary? {
        cache.withLock { $0.textDictionaries[column] }
    }

    /// Opens the dictionary in bytes of this segment and remembers it.
    func openTextDictionary(
        _ bytes: UnsafeRawBufferPointer, _ column: Int
    ) throws(StoreError) -> TextDictionary {
        let dictionary = try TextDictionary(bytes, owner: region)
        cache.withLock { $0.textDictionaries[column] = dictionary }
        return dictionary
    }

    /// Opens a mapping. Throws `corruption` or `unsupportedVersion`.
    init(
        region: MappedRegion, file: UInt64, name: String, schema: TableSchema, kills: KillList,
        health: Quarantine, identitySeed: UInt64
    ) throws(StoreError) {
        try Self.ensureDirectoryReadable(region)
        footer = try SegmentFooterCodec.decode(region.bytes, file: file, name: name)
        let isHashed = if case .hashed = schema.lookup { true } else { false }
        guard footer.table == schema.number, footer.columns.count <= schema.columns.count,
            footer.identityPages.count == (isHashed ? footer.identityPageCount : 0)
        else {
            throw .corruption(
                file: name, offset: 0, region: "segment footer",
                reason: "table \(footer.table) with \(footer.columns.count) columns")
        }
        groupRows = footer.groupRows.map(Int.init)
        groupStarts = groupRows.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        self.region = region
        self.name = name
        self.schema = schema
        self.kills = kills
        self.health = health
        self.identitySeed = identitySeed
    }

    func isHistory(group: Int) -> Bool { group >= footer.liveGroupCount }

    func quarantine(_ error: StoreError) { health.set(error) }

    func vector(_ column: Int, group: Int) throws(StoreError) -> ColumnVector {
        try vector(column, group: group, rows: 0..<groupRows[group])
    }

    /// The values of a column in some rows of a row group.
    func vector(
        _ column: Int, group: Int, rows: Range<Int>
    ) throws(StoreError) -> ColumnVector {
        guard let reader = try pageReader(column, group: group) else {
            return .null(count: rows.count)
        }
        if let interval = schema.interval, column == interval.end,
            let distances = try distances(reader, of: column, rows: rows)
        {
            return .integer(
                distances.added(to: try integers(interval.start, group: group, rows: rows)))
        }
        if let reference = schema.reference, column == reference.column,
            let identifiers = try referred(reader, to: reference.target, group: group, rows: rows)
        {
            return .identifier(identifiers)
        }
        let dictionary =
            schema.columns[column].type.form == .string ? try self.dictionary(column) : nil
        let blocks =
            schema.columns[column].type.form == .text
            ? SegmentTextBlocks(segment: self, column: column) : nil
        return try located(schema.columns[column].name) { () throws(StoreError) in
            try reader.decode(rows: rows, dictionary: dictionary, blocks: blocks)
        }
    }

    /// Header, trailer and footer; what the trailer says is checked afterwards.
    private static func ensureDirectoryReadable(_ region: MappedRegion) throws(StoreError) {
        let count = region.bytes.count
        try region.ensureReadable(0..<min(count, SegmentFooterCodec.headerBytes))
        let trailer = max(0, count - SegmentFooterCodec.trailerBytes)
        try region.ensureReadable(trailer..<count)
        guard count - trailer >= 8 else { return }
        let footer = UInt64(
            littleEndian: region.bytes.loadUnaligned(fromByteOffset: trailer, as: UInt64.self))
        try region.ensureReadable(Int(clamping: min(footer, UInt64(trailer)))..<count)
    }

    func integer(_ column: Int, row: Int) throws(StoreError) -> Int64? {
        let (group, local) = position(of: row)
        guard let reader = try pageReader(column, group: group) else { return nil }
        return reader.integer(at: local)
    }

    func appendKey(_ column: Int, row: Int, to key: inout [UInt8]) throws(StoreError) {
        let (group, local) = position(of: row)
        let form = schema.columns[column].type.form
        guard let reader = try pageReader(column, group: group) else {
            if form == .integer {
                ValueKey.append(integer: nil, to: &key)
            } else {
                ValueKey.append(bytes: nil, to: &key)
            }
            return
        }
        switch form {
        case .integer:
            ValueKey.append(integer: reader.integer(at: local), to: &key)
        case .identifier:
            try reader.withIdentifier(at: local) {
                ValueKey.append(bytes: $0.isEmpty ? nil : $0, to: &key)
            }
        case .string:
            guard let code = reader.code(at: local) else {
                ValueKey.append(bytes: nil, to: &key)
                return
            }
            let dictionary = try dictionary(column)
            guard code < dictionary.count else { throw damage(column, "code out of range") }
            dictionary.withBytes(code) { ValueKey.append(bytes: $0, to: &key) }
        case .float, .text:
            preconditionFailure("column \(column) cannot be part of an identity")
        }
    }

    /// The dictionary of a string column.
    func dictionary(_ column: Int) throws(StoreError) -> StringDictionary {
        if let known = cache.withLock({ $0.dictionaries[column] }) { return known }
        guard column < footer.columns.count, let section = footer.columns[column].dictionary
        else { return .empty }
        var reader = try reader(of: section, region: "dictionary")
        let dictionary = try StringDictionaryCodec.decode(&reader)
        cache.withLock { $0.dictionaries[column] = dictionary }
        return dictionary
    }

    /// The series of a segment whose identity is a prefix of the sort key.
    func seriesDirectory() throws(StoreError) -> SeriesDirectory {
        try series.value { () throws(StoreError) in
            guard let section = footer.section(.seriesDirectory) else {
                throw damage(0, "series directory is missing")
            }
            var reader = try reader(of: section, region: "series directory")
            return try SeriesDirectory.decode(
                &reader, liveRows: footer.liveRows, rowCount: footer.rowCount)
        }
    }

    /// Where the strings of a string column lie.
    func stringPlaces(_ column: Int) throws(StoreError) -> StringPlaces {
        if let known = cache.withLock({ $0.stringPlaces[column] }) { return known }
        var places = StringPlaces(count: try dictionary(column).count)
        for group in 0..<footer.liveGroupCount {
            guard case .string(let vector) = try vector(column, group: group) else { continue }
            places.add(vector.codes, first: groupStarts[group])
        }
        let found = places
        cache.withLock { $0.stringPlaces[column] = found }
        return found
    }

    /// The key columns of the segment.
    func keys() throws(StoreError) -> SegmentKeys {
        try keyColumns.value { () throws(StoreError) in try SegmentKeys(self) }
    }

    /// A rollup, looked for once.
    func remembered(
        _ rollup: RollupPlace, _ make: () throws(StoreError) -> LocatedRollup?
    ) throws(StoreError) -> LocatedRollup? {
        if let known = cache.withLock({ $0.rollups[rollup] }) { return known }
        let made = try make()
        cache.withLock { $0.rollups[rollup] = .some(made) }
        return made
    }

    /// The zone map of a column in a row group; a column without pages is all null.
    func zone(_ column: Int, group: Int) -> ZoneMap {
        guard column < footer.columns.count, !footer.columns[column].pages.isEmpty else {
            return ZoneMap(nullCount: groupRows[group])
        }
        return footer.columns[column].pages[group].zone
    }

    /// Bytes of a page; nil when the column has none.
    func pageBytes(_ column: Int, group: Int) -> Int? {
        guard column < footer.columns.count, !footer.columns[column].pages.isEmpty else {
            return nil
        }
        return Int(footer.columns[column].pages[group].section.length)
    }

    /// A page ready to read, nil when the column is all null.
    func pageReader(_ column: Int, group: Int) throws(StoreError) -> PageReader? {
        guard column < footer.columns.count, !footer.columns[column].pages.isEmpty else {
            return nil
        }
        let page = footer.columns[column].pages[group]
        let bytes = try bytes(of: page.section, region: "page of \(schema.columns[column].name)")
        return try located(schema.columns[column].name) { () throws(StoreError) in
            try PageReader(
                bytes: bytes, encoding: page.encoding, form: schema.columns[column].type.form,
                rowCount: groupRows[group])
        }
    }

    /// A page of the identity order.
    func identityPage(_ index: Int) throws(StoreError) -> PageReader {
        let page = footer.identityPages[index]
        let rows = min(
            Limits.pageRowsMax, footer.rowCount - index * Limits.pageRowsMax)
        let bytes = try bytes(of: page.section, region: "identity page")
        return try located("identity order") { () throws(StoreError) in
            try PageReader(
                bytes: bytes, encoding: page.encoding, form: .integer, rowCount: rows)
        }
    }

    /// The bytes of a section, checked before their first use.
    func bytes(
        of section: SectionEntry, region name: @autoclosure () -> String
    ) throws(StoreError) -> UnsafeRawBufferPointer {
        let start = Int(section.offset)
        let bytes = UnsafeRawBufferPointer(
            rebasing: region.bytes[start..<start + Int(section.length)])
        // An empty section shares its offset with the one behind it, so it is never remembered.
        if cache.withLock({ $0.checked.contains(section.offset) }) { return bytes }
        try region.ensureReadable(start..<start + bytes.count)
        let found = CRC32C.checksum(bytes, fileID: footer.file, offset: section.offset)
        guard found == section.checksum else {
            let error = StoreError.corruption(
                file: self.name, offset: section.offset, region: name(),
                reason: "checksum \(found), \(section.checksum) expected")
            health.set(error)
            throw error
        }
        if !bytes.isEmpty { _ = cache.withLock { $0.checked.insert(section.offset) } }
        return bytes
    }

    /// A reader of a section, which names the segment's file.
    func reader(of section: SectionEntry, region: String) throws(StoreError) -> ByteReader {
        ByteReader(
            try bytes(of: section, region: region), file: name, region: region,
            base: section.offset)
    }

    /// A corruption error of this segment.
    func damage(_ column: Int, _ reason: String) -> StoreError {
        .corruption(
            file: name, offset: 0, region: "column \(schema.columns[column].name)", reason: reason)
    }

    /// Gives errors of page decoding, which know no file, this segment's name.
    func located<T>(
        _ part: String, _ body: () throws(StoreError) -> T
    ) throws(StoreError) -> T {
        do {
            return try body()
        } catch .corruption(_, let offset, let region, let reason) {
            let error = StoreError.corruption(
                file: name, offset: offset,
                region: "\(region) page of \(part)", reason: reason)
            health.set(error)
            throw error
        } catch {
            throw error
        }
    }
}
