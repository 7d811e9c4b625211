// The values of one key of a JSON column as a string column of its own (schemas/segment.md): text
// as `attributes['key']` is, with a page per row group. Conditions and groups on the key need not parse the
// JSON, and residual blocks leave it out.

import SpanColumns
import SpanModel

/// A key column of a segment; its pages stay in the section.
package struct KeyColumn: Sendable {
    /// The JSON column.
    package let column: Int
    /// The key, as UTF-8.
    package let key: [UInt8]
    package let dictionary: StringDictionary
    private let pages: SectionPages

    /// The section's bytes: `pages` are string pages over `dictionary`, one per row group.
    package static func encode(
        column: Int, key: [UInt8], dictionary: StringDictionary, pages: [EncodedPage]
    ) -> [UInt8] {
        let strings = StringDictionaryCodec.encode(dictionary)
        var out: [UInt8] = []
        out.put(UInt32(column))
        out.put(UInt32(key.count))
        out.put(UInt32(strings.count))
        out.put(UInt32(pages.count))
        SectionPages.put(headsOf: pages, into: &out)
        out += key
        out += strings
        for page in pages { out += page.bytes }
        return out
    }

    /// The key column of a section of a segment with these row groups. Throws `corruption`; pages
    /// are checked when they are read.
    package init(_ reader: ByteReader, groupRows: [Int]) throws(StoreError) {
        var reader = reader
        column = Int(try reader.uint32())
        let keyBytes = Int(try reader.uint32())
        let dictionaryBytes = Int(try reader.uint32())
        let pageCount = try reader.count(itemBytes: SectionPages.headBytes)
        guard pageCount == groupRows.count else {
            throw reader.damage("\(pageCount) pages for \(groupRows.count) row groups")
        }
        let heads = try SectionPages.heads(&reader, count: pageCount)
        key = [UInt8](try reader.take(keyBytes))
        var strings = try reader.part(dictionaryBytes)
        dictionary = try StringDictionaryCodec.decode(&strings)
        pages = try SectionPages(&reader, heads)
        try reader.finish()
    }

    /// The page of a row group, in the section's bytes. Throws `corruption`.
    package func page(
        of group: Int, rowCount: Int, section: UnsafeRawBufferPointer
    ) throws(StoreError) -> PageReader {
        try pages.reader(of: group, form: .string, rowCount: rowCount, section: section)
    }
}
