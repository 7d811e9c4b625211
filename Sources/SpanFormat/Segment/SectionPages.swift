// Pages that lie back to back in a section (schemas/segment.md: key columns, block sums): their heads
// first, length u32 and encoding u8 each, and the pages somewhere behind.
// Order of calls: `heads`; what stands between; `init`.

import SpanColumns
import SpanModel

/// Where the pages of a section lie in its bytes.
struct SectionPages: Sendable {
    /// What a section says of a page before the pages.
    struct Head {
        let length: Int
        let encoding: PageEncoding
    }

    private struct Page {
        let encoding: PageEncoding
        let bytes: Range<Int>
    }

    private let pages: [Page]

    /// Bytes of a head.
    static let headBytes = 5

    /// Appends the heads of pages.
    static func put(headsOf pages: [EncodedPage], into out: inout [UInt8]) {
        for page in pages {
            out.put(UInt32(page.bytes.count))
            out.put(page.encoding.rawValue)
        }
    }

    /// Reads `count` heads. Throws `corruption`.
    static func heads(_ reader: inout ByteReader, count: Int) throws(StoreError) -> [Head] {
        var heads: [Head] = []
        for _ in 0..<count {
            let length = Int(try reader.uint32())
            heads.append(Head(length: length, encoding: try reader.pageEncoding()))
        }
        return heads
    }

    /// Passes over the pages, which start here. Throws `corruption`.
    init(_ reader: inout ByteReader, _ heads: [Head]) throws(StoreError) {
        var pages: [Page] = []
        for head in heads {
            let start = reader.offset
            _ = try reader.take(head.length)
            pages.append(Page(encoding: head.encoding, bytes: start..<reader.offset))
        }
        self.pages = pages
    }

    /// The page of a number, in the section's bytes. Throws `corruption`.
    func reader(
        of number: Int, form: PhysicalForm, rowCount: Int, section: UnsafeRawBufferPointer
    ) throws(StoreError) -> PageReader {
        try PageReader(
            bytes: UnsafeRawBufferPointer(rebasing: section[pages[number].bytes]),
            encoding: pages[number].encoding, form: form, rowCount: rowCount)
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
