// A rollup of a segment ↔ bytes (schemas/segment.md): columns of one row per group, in pages as the
// segment's own. Entries that stand for whole groups are in order of the hash of their group, and
// the hashes are kept, so that groups are found and compared with those of other segments.
// Cost of reading: the directory and the dictionaries once; pages and hashes stay in the section.

import SpanColumns
import SpanModel

/// The entries of a rollup, readable in the section's bytes.
package struct RollupSection: Sendable {
    /// A page and where it lies in the section.
    private struct Page {
        let head: PageHead
        let bytes: Range<Int>
    }

    private struct ColumnHead {
        let dictionaryLength: Int
        let pages: [(length: Int, head: PageHead)]
    }

    private struct Column {
        let form: PhysicalForm
        let dictionary: StringDictionary?
        /// Of texts, which are many and long: where the dictionary lies, to be read in place.
        let texts: Range<Int>?
        let pages: [Page]
    }

    package let rowCount: Int
    /// By row group: its rows, counted from its first.
    package let groups: [Range<Int>]
    /// Fewer than the rollup's where the section is of a former version.
    private let columns: [Column]
    private let hashes: Range<Int>

    /// What a section starts with: which rollup it is.
    package struct Kind: Equatable, Sendable {
        package let number: UInt8
        package let version: UInt8

        package init(_ rollup: RollupSchema) {
            number = rollup.number
            version = rollup.version
        }

        /// Reads the first bytes of a section. Throws `corruption`.
        package init(_ reader: inout ByteReader) throws(StoreError) {
            number = try reader.uint8()
            version = try reader.uint8()
        }

        /// The columns that a section of this kind has of a rollup; nil: it is none that can be read.
        package func columnCount(_ rollup: RollupSchema) -> Int? {
            if self == Kind(rollup) { return rollup.columns.count }
            return number == rollup.number ? rollup.formerColumns[version] : nil
        }
    }

    /// The section's bytes. Texts come as strings; strings of one column share a sorted dictionary.
    /// `hashes` ascend, one for each row, or are none.
    package static func encode(
        _ rollup: RollupSchema, columns: [ColumnVector], hashes: [UInt64]
    ) -> [UInt8] {
        let rowCount = columns.first?.count ?? 0
        var head: [UInt8] = []
        var body: [UInt8] = []
        head.put(rollup.number)
        head.put(rollup.version)
        head.put(UInt16(columns.count))
        head.put(UInt32(rowCount))
        head.put(UInt32(hashes.count))
        for hash in hashes { body.put(hash) }
        for column in columns {
            var dictionary: [UInt8] = []
            if case .string(let strings) = column {
                dictionary = StringDictionaryCodec.encode(strings.dictionary)
            }
            head.put(UInt32(dictionary.count))
            body += dictionary
            for rows in groups(rowCount) {
                let page = PageEncoder.encode(column.slice(rows))
                head.put(UInt32(page.bytes.count))
                PageHead(encoding: page.encoding, zone: page.zone).append(to: &head)
                body += page.bytes
            }
        }
        return head + body
    }

    /// Rows in runs of `Limits.pageRowsMax`.
    private static func groups(_ rowCount: Int) -> [Range<Int>] {
        stride(from: 0, to: rowCount, by: Limits.pageRowsMax).map {
            $0..<min($0 + Limits.pageRowsMax, rowCount)
        }
    }

    /// The entries of a section whose kind is that of `rollup`. Throws `corruption`; pages are
    /// checked when they are read.
    package init(_ reader: ByteReader, _ rollup: RollupSchema) throws(StoreError) {
        var reader = reader
        guard let wantedCount = try Kind(&reader).columnCount(rollup) else {
            throw reader.damage("another rollup")
        }
        let columnCount = Int(try reader.uint16())
        rowCount = Int(try reader.uint32())
        let hashCount = Int(try reader.uint32())
        guard columnCount == wantedCount else {
            throw reader.damage("\(columnCount) columns of \(wantedCount)")
        }
        guard hashCount == (rollup.wholeKey == nil ? 0 : rowCount) else {
            throw reader.damage("\(hashCount) hashes for \(rowCount) rows")
        }
        groups = Self.groups(rowCount).map { 0..<$0.count }
        guard groups.count <= reader.remaining / 10 else { throw reader.damage("too many rows") }
        var heads: [ColumnHead] = []
        for _ in 0..<columnCount {
            let dictionaryLength = Int(try reader.uint32())
            var pages: [(Int, PageHead)] = []
            for _ in groups {
                pages.append((Int(try reader.uint32()), try PageHead(&reader)))
            }
            heads.append(ColumnHead(dictionaryLength: dictionaryLength, pages: pages))
        }
        let start = reader.offset
        _ = try reader.take(hashCount * 8)
        hashes = start..<reader.offset
        var columns: [Column] = []
        for (head, schema) in zip(heads, rollup.columns) {
            columns.append(try Self.column(&reader, head, schema))
        }
        try reader.finish()
        self.columns = columns
    }

    private static func column(
        _ reader: inout ByteReader, _ head: ColumnHead, _ schema: ColumnSchema
    ) throws(StoreError) -> Column {
        let form: PhysicalForm = schema.type.form == .text ? .string : schema.type.form
        var dictionary: StringDictionary?
        var texts: Range<Int>?
        if schema.type.form == .text {
            let start = reader.offset
            _ = try reader.take(head.dictionaryLength)
            texts = start..<reader.offset
        } else if head.dictionaryLength > 0 {
            var strings = try reader.part(head.dictionaryLength)
            dictionary = try StringDictionaryCodec.decode(&strings)
        }
        var pages: [Page] = []
        for page in head.pages {
            let start = reader.offset
            _ = try reader.take(page.length)
            pages.append(Page(head: page.head, bytes: start..<reader.offset))
        }
        return Column(form: form, dictionary: dictionary, texts: texts, pages: pages)
    }

    /// The strings of a string column of the rollup.
    package func dictionary(_ column: Int) -> StringDictionary? {
        column < columns.count ? columns[column].dictionary : nil
    }

    /// What is known of a column's values in a row group.
    package func zone(_ column: Int, group: Int) -> ZoneMap {
        guard column < columns.count else { return ZoneMap(nullCount: groups[group].count) }
        return columns[column].pages[group].head.zone
    }

    /// Values of a column in some rows of a row group; those of one that the section lacks are null. Throws
    /// `corruption`.
    package func vector(
        _ column: Int, group: Int, rows: Range<Int>, section: UnsafeRawBufferPointer
    ) throws(StoreError) -> ColumnVector {
        guard column < columns.count else { return .null(count: rows.count) }
        let page = columns[column].pages[group]
        let reader = try PageReader(
            bytes: UnsafeRawBufferPointer(rebasing: section[page.bytes]),
            encoding: page.head.encoding,
            form: columns[column].form,
            rowCount: min(Limits.pageRowsMax, rowCount - group * Limits.pageRowsMax))
        if let texts = columns[column].texts {
            let strings = StringsInPlace(UnsafeRawBufferPointer(rebasing: section[texts]))
            return .string(try strings.vector(rows.lazy.map { reader.code(at: $0) }))
        }
        return try reader.decode(rows: rows, dictionary: columns[column].dictionary, blocks: nil)
    }

    /// The hashes of the groups, ascending, by row.
    package func keyHashes(section: UnsafeRawBufferPointer) -> [UInt64] {
        stride(from: hashes.lowerBound, to: hashes.upperBound, by: 8).map {
            UInt64(littleEndian: section.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
        }
    }
}
