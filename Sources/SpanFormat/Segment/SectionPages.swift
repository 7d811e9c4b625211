// Pages that lie back to back in a section (schemas/segment.md: key columns, block sums): their heads
// first, length u32 and encoding u8 each, where they have zones the rest of a page's head, and the
// pages somewhere behind.
// Order of calls: `heads`; what stands between; `init`.

import SpanColumns
import SpanModel

/// Where the pages of a section lie in its bytes.
struct SectionPages: Sendable {
    /// What a section says of a page before the pages.
    struct Head {
        let length: Int
        let page: PageHead
    }

    private struct Page {
        let head: PageHead
        let bytes: Range<Int>
    }

    private let pages: [Page]

    /// Bytes of a head, at least.
    static let headBytes = 5

    /// Appends the heads of pages without zones.
    static func put(headsOf pages: [EncodedPage], into out: inout [UInt8]) {
        for page in pages {
            out.put(UInt32(page.bytes.count))
            out.put(page.encoding.rawValue)
        }
    }

    /// Appends the heads of pages with zones.
    static func put(zonedHeadsOf pages: [EncodedPage], into out: inout [UInt8]) {
        for page in pages {
            out.put(UInt32(page.bytes.count))
            PageHead(encoding: page.encoding, zone: page.zone).append(to: &out)
        }
    }

    /// Reads `count` heads without zones. Throws `corruption`.
    static func heads(_ reader: inout ByteReader, count: Int) throws(StoreError) -> [Head] {
        var heads: [Head] = []
        for _ in 0..<count {
            let length = Int(try reader.uint32())
            let page = PageHead(encoding: try reader.pageEncoding(), zone: ZoneMap(nullCount: 0))
            heads.append(Head(length: length, page: page))
        }
        return heads
    }

    /// Reads a head with a zone for each row group. Throws `corruption`.
    static func zonedHeads(
        _ reader: inout ByteReader, groupRows: [Int]
    ) throws(StoreError) -> [Head] {
        var heads: [Head] = []
        for rows in groupRows {
            let head = Head(length: Int(try reader.uint32()), page: try PageHead(&reader))
            guard head.page.zone.nullCount <= rows else { throw reader.damage("too many nulls") }
            heads.append(head)
        }
        return heads
    }

    /// Passes over the pages, which start here. Throws `corruption`.
    init(_ reader: inout ByteReader, _ heads: [Head]) throws(StoreError) {
        var pages: [Page] = []
        for head in heads {
            let start = reader.offset
            _ = try reader.take(head.length)
            pages.append(Page(head: head.page, bytes: start..<reader.offset))
        }
        self.pages = pages
    }

    /// What the head of a page says of its values.
    func zone(of number: Int) -> ZoneMap { pages[number].head.zone }

    /// The page of a number, in the section's bytes. Throws `corruption`.
    func reader(
        of number: Int, form: PhysicalForm, rowCount: Int, section: UnsafeRawBufferPointer
    ) throws(StoreError) -> PageReader {
        try PageReader(
            bytes: UnsafeRawBufferPointer(rebasing: section[pages[number].bytes]),
            encoding: pages[number].head.encoding, form: form, rowCount: rowCount)
    }
}

extension ByteReader {
    /// The encoding of a page. Throws `corruption` when it is none.
    mutating func pageEncoding() throws(StoreError) -> PageEncoding {
        let code = try uint8()
        guard let encoding = PageEncoding(rawValue: code) else {
            throw damage("unknown page encoding \(code)")
        }
        return encoding
    }
}
