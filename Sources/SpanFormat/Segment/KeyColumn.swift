// The values of one key of a JSON column as a string column of its own (schemas/segment.md): text
// as `attributes['key']` is, with a page per row group. It repeats what the JSON says, so that
// conditions and groups need not parse it; the JSON stays whole.

import SpanColumns
import SpanModel

/// A key column of a segment; its pages lie in the section, which must outlive it.
package struct KeyColumn {
    private struct Page {
        let encoding: PageEncoding
        let nullCount: Int
        let bytes: UnsafeRawBufferPointer
    }

    /// The JSON column.
    package let column: Int
    /// The key, as UTF-8.
    package let key: [UInt8]
    package let dictionary: StringDictionary
    private let pages: [Page]

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
        for page in pages {
            out.put(UInt32(page.bytes.count))
            out.put(UInt32(page.zone.nullCount))
            out.put(page.encoding.rawValue)
        }
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
        let pageCount = try reader.count(itemBytes: 9)
        guard pageCount == groupRows.count else {
            throw reader.damage("\(pageCount) pages for \(groupRows.count) row groups")
        }
        var heads: [(length: Int, nullCount: Int, encoding: PageEncoding)] = []
        for rows in groupRows {
            let length = Int(try reader.uint32())
            let nullCount = Int(try reader.uint32())
            guard nullCount <= rows, let encoding = PageEncoding(rawValue: try reader.uint8())
            else { throw reader.damage("\(nullCount) nulls in \(rows) rows, or encoding") }
            heads.append((length, nullCount, encoding))
        }
        key = [UInt8](try reader.take(keyBytes))
        var strings = try reader.part(dictionaryBytes)
        dictionary = try StringDictionaryCodec.decode(&strings)
        var pages: [Page] = []
        for head in heads {
            pages.append(
                Page(
                    encoding: head.encoding, nullCount: head.nullCount,
                    bytes: try reader.take(head.length)))
        }
        try reader.finish()
        self.pages = pages
    }

    /// The page of a row group. Throws `corruption`.
    package func page(group: Int, rowCount: Int) throws(StoreError) -> PageReader {
        try PageReader(
            bytes: pages[group].bytes, encoding: pages[group].encoding, form: .string,
            rowCount: rowCount)
    }

    /// Rows of a row group without a value.
    package func nullCount(group: Int) -> Int { pages[group].nullCount }
}
