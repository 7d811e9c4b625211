// SegmentFooter ↔ bytes, and the fixed trailer at the end of the file that finds it. Decoding costs
// one pass over the footer and checks every place and count before it is used.

import SpanColumns
import SpanModel
import SpanPlatform

/// Encodes and decodes the footer and trailer of a segment.
package enum SegmentFooterCodec {
    /// The newest format version, the one that is written.
    package static let version: UInt32 = 4
    /// The last bytes of a segment.
    package static let trailerBytes = 48
    /// The first bytes of a segment; they name the format for people and tools.
    package static let headerBytes = 64
    static let magic: [UInt8] = Array("SPANSEGM".utf8)

    /// The first 64 bytes: magic, version, table, file number, checksum, zeros.
    package static func header(
        file: UInt64, table: UInt8, version: UInt32 = Self.version
    ) -> [UInt8] {
        var out = magic
        out.put(version)
        out.put(UInt32(table))
        out.put(file)
        out.put(CRC32C.checksum(out, fileID: file, offset: 0))
        out.pad(to: headerBytes)
        return out
    }

    /// Footer and trailer, for a footer that starts at `offset`.
    package static func encode(
        _ footer: SegmentFooter, at offset: UInt64, version: UInt32 = Self.version
    ) -> [UInt8] {
        var out: [UInt8] = []
        out.put(footer.table)
        out.put(UInt32(footer.groupRows.count))
        out.put(UInt32(footer.liveGroupCount))
        for rows in footer.groupRows { out.put(rows) }
        out.put(UInt32(footer.columns.count))
        for column in footer.columns { put(column, into: &out) }
        put(footer.identityPages, into: &out)
        out.put(UInt32(footer.sections.count))
        for section in footer.sections {
            out.put(section.kind)
            put(section.section, into: &out)
        }
        let checksum = CRC32C.checksum(out, fileID: footer.file, offset: offset)
        var trailer: [UInt8] = []
        trailer.put(offset)
        trailer.put(UInt64(out.count))
        trailer.put(footer.file)
        trailer.put(checksum)
        trailer.put(version)
        trailer.append(contentsOf: magic)
        let trailerOffset = offset + UInt64(out.count)
        trailer.put(UInt32(0))
        trailer.put(CRC32C.checksum(trailer, fileID: footer.file, offset: trailerOffset))
        return out + trailer
    }

    /// The footer of a whole segment. Throws `corruption` or `unsupportedVersion`.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, file: UInt64, name: String
    ) throws(StoreError) -> SegmentFooter {
        var start = ByteReader(bytes, file: name, region: "segment header")
        let found = try FileStart.check(&start, magic: magic, newest: version, file: name)
        let trailerOffset = bytes.count - trailerBytes
        guard trailerOffset >= headerBytes else {
            throw start.damage("file of \(bytes.count) bytes is too short")
        }
        let table = bytes[12]
        guard
            bytes[..<headerBytes].elementsEqual(
                header(file: file, table: table, version: found))
        else {
            throw start.damage("header differs")
        }
        let trailer = UnsafeRawBufferPointer(rebasing: bytes[trailerOffset...])
        var reader = ByteReader(
            trailer, file: name, region: "segment trailer", base: UInt64(trailerOffset))
        let footerOffset = try reader.uint64()
        let footerLength = try reader.uint64()
        let foundFile = try reader.uint64()
        let footerChecksum = try reader.uint32()
        let foundVersion = try reader.uint32()
        guard try reader.take(8).elementsEqual(magic) else { throw reader.damage("bad magic") }
        try reader.reserved(4)
        let covered = UnsafeRawBufferPointer(rebasing: trailer[..<(trailerBytes - 4)])
        guard
            CRC32C.checksum(covered, fileID: file, offset: UInt64(trailerOffset))
                == (try reader.uint32())
        else { throw reader.damage("trailer checksum differs") }
        guard foundVersion == found, foundFile == file, footerOffset >= UInt64(headerBytes),
            footerLength <= UInt64(trailerOffset),
            footerOffset == UInt64(trailerOffset) - footerLength
        else { throw reader.damage("trailer does not fit its file") }
        let body = UnsafeRawBufferPointer(rebasing: bytes[Int(footerOffset)..<trailerOffset])
        var footer = ByteReader(body, file: name, region: "segment footer", base: footerOffset)
        guard CRC32C.checksum(body, fileID: file, offset: footerOffset) == footerChecksum else {
            throw footer.damage("footer checksum differs")
        }
        let decoded = try decodeBody(&footer, file: file, limit: footerOffset)
        guard decoded.table == table else { throw footer.damage("table \(decoded.table)") }
        return decoded
    }

    private static func decodeBody(
        _ reader: inout ByteReader, file: UInt64, limit: UInt64
    ) throws(StoreError) -> SegmentFooter {
        let table = try reader.uint8()
        let groupCount = try reader.count(itemBytes: 4)
        let liveGroupCount = Int(try reader.uint32())
        guard liveGroupCount <= groupCount else { throw reader.damage("too many live groups") }
        var groupRows: [UInt32] = []
        for _ in 0..<groupCount {
            let rows = try reader.uint32()
            guard rows > 0, rows <= Limits.pageRowsMax else {
                throw reader.damage("row group of \(rows) rows")
            }
            groupRows.append(rows)
        }
        guard groupRows.reduce(0, { $0 + Int($1) }) <= Int(UInt32.max) else {
            throw reader.damage("too many rows")
        }
        let columnCount = try reader.count(itemBytes: 9)
        var footer = SegmentFooter(file: file, table: table, columnCount: columnCount)
        footer.groupRows = groupRows
        footer.liveGroupCount = liveGroupCount
        for index in 0..<columnCount {
            footer.columns[index] = try column(&reader, groupRows: groupRows, limit: limit)
        }
        footer.identityPages = try pages(&reader, limit: limit)
        guard [0, footer.identityPageCount].contains(footer.identityPages.count) else {
            throw reader.damage("\(footer.identityPages.count) identity pages")
        }
        for _ in 0..<(try reader.count(itemBytes: 20)) {
            let kind = try reader.uint32()
            footer.sections.append(
                ExtraSection(kind: kind, section: try section(&reader, limit: limit)))
        }
        try reader.finish()
        return footer
    }

    private static func put(_ section: SectionEntry, into out: inout [UInt8]) {
        out.put(section.offset)
        out.put(section.length)
        out.put(section.checksum)
    }

    private static func section(
        _ reader: inout ByteReader, limit: UInt64
    ) throws(StoreError) -> SectionEntry {
        let offset = try reader.uint64()
        let length = try reader.uint32()
        let checksum = try reader.uint32()
        guard offset >= UInt64(headerBytes), offset <= limit,
            UInt64(length) <= limit - offset
        else { throw reader.damage("section lies outside of the file") }
        return SectionEntry(offset: offset, length: length, checksum: checksum)
    }

    private static func put(_ pages: [PageEntry], into out: inout [UInt8]) {
        out.put(UInt32(pages.count))
        for page in pages {
            put(page.section, into: &out)
            PageHead(encoding: page.encoding, zone: page.zone).append(to: &out)
        }
    }

    private static func pages(
        _ reader: inout ByteReader, limit: UInt64
    ) throws(StoreError) -> [PageEntry] {
        var pages: [PageEntry] = []
        for _ in 0..<(try reader.count(itemBytes: 22)) {
            let section = try section(&reader, limit: limit)
            let head = try PageHead(&reader)
            pages.append(PageEntry(section: section, encoding: head.encoding, zone: head.zone))
        }
        return pages
    }

    private static func put(_ column: ColumnDirectory, into out: inout [UInt8]) {
        put(column.pages, into: &out)
        out.put(UInt8(column.dictionary == nil ? 0 : 1))
        if let dictionary = column.dictionary { put(dictionary, into: &out) }
        out.put(UInt32(column.textBlocks.count))
        for block in column.textBlocks {
            put(block.section, into: &out)
            out.put(block.codec.rawValue)
            out.put(block.rawLength)
        }
    }

    private static func column(
        _ reader: inout ByteReader, groupRows: [UInt32], limit: UInt64
    ) throws(StoreError) -> ColumnDirectory {
        var column = ColumnDirectory()
        column.pages = try pages(&reader, limit: limit)
        guard column.pages.isEmpty || column.pages.count == groupRows.count else {
            throw reader.damage("\(column.pages.count) pages for \(groupRows.count) row groups")
        }
        for (page, rows) in zip(column.pages, groupRows) where page.zone.nullCount > rows {
            throw reader.damage("\(page.zone.nullCount) nulls in \(rows) rows")
        }
        if try reader.flag() { column.dictionary = try section(&reader, limit: limit) }
        for _ in 0..<(try reader.count(itemBytes: 21)) {
            let section = try section(&reader, limit: limit)
            let rawCodec = try reader.uint8()
            guard let codec = BlockCodec(rawValue: rawCodec) else {
                throw reader.damage("unknown block codec \(rawCodec)")
            }
            column.textBlocks.append(
                TextBlockEntry(
                    section: section, codec: codec, rawLength: try reader.uint32()))
        }
        return column
    }
}
