// The values of one key of a JSON column as a string column of its own (schemas/segment.md): text
// as `attributes['key']` is, with a page per row group. Conditions and groups on the key need not parse the
// JSON, and residual blocks leave it out.

import SpanColumns
import SpanModel

/// A key column of a segment; its pages stay in the section.
package struct KeyColumn: Sendable {
    private struct Page {
        let encoding: PageEncoding
        let bytes: Range<Int>
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
        let pageCount = try reader.count(itemBytes: 5)
        guard pageCount == groupRows.count else {
            throw reader.damage("\(pageCount) pages for \(groupRows.count) row groups")
        }
        var heads: [(length: Int, encoding: PageEncoding)] = []
        for _ in groupRows {
            let length = Int(try reader.uint32())
            let code = try reader.uint8()
            guard let encoding = PageEncoding(rawValue: code) else {
                throw reader.damage("unknown page encoding \(code)")
            }
            heads.append((length, encoding))
        }
        key = [UInt8](try reader.take(keyBytes))
        var strings = try reader.part(dictionaryBytes)
        dictionary = try StringDictionaryCodec.decode(&strings)
        var pages: [Page] = []
        for head in heads {
            let start = reader.offset
            _ = try reader.take(head.length)
            pages.append(Page(encoding: head.encoding, bytes: start..<reader.offset))
        }
        try reader.finish()
        self.pages = pages
    }

    /// The page of a row group, in the section's bytes. Throws `corruption`.
    package func page(
        of group: Int, rowCount: Int, section: UnsafeRawBufferPointer
    ) throws(StoreError) -> PageReader {
        try PageReader(
            bytes: UnsafeRawBufferPointer(rebasing: section[pages[group].bytes]),
            encoding: pages[group].encoding, form: .string, rowCount: rowCount)
    }
}
