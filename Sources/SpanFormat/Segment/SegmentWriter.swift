// Lays out a segment from its parts; it does no I/O but hands the bytes on in order.
// Order of calls: per column any of dictionary, text blocks and one page per row group; identity
// pages and sections; `finish` once. Every part is aligned to 64 bytes but text blocks, which lie
// back to back.

import SpanColumns
import SpanModel
import SpanPlatform

/// Writes one segment to a byte sink.
package struct SegmentWriter: ~Copyable {
    package private(set) var footer: SegmentFooter
    /// Bytes given to the sink so far.
    package private(set) var byteCount: UInt64 = 0
    private let sink: ([UInt8]) throws(StoreError) -> Void

    /// Starts a segment whose row groups have `groupRows` rows, the first `liveGroupCount` of them
    /// live.
    package init(
        file: UInt64, table: TableSchema, groupRows: [UInt32], liveGroupCount: Int,
        sink: @escaping ([UInt8]) throws(StoreError) -> Void
    ) throws(StoreError) {
        footer = SegmentFooter(
            file: file, table: table.number, columnCount: table.columns.count)
        footer.groupRows = groupRows
        footer.liveGroupCount = liveGroupCount
        self.sink = sink
        try emit(SegmentFooterCodec.header(file: file, table: table.number))
    }

    /// Adds the next page of a column; pages come in the order of row groups.
    package mutating func append(page: EncodedPage, column: Int) throws(StoreError) {
        footer.columns[column].pages.append(try entry(page))
    }

    /// Adds the next page of the identity order.
    package mutating func append(identityPage page: EncodedPage) throws(StoreError) {
        footer.identityPages.append(try entry(page))
    }

    /// Sets the dictionary of a string column.
    package mutating func append(
        dictionary: StringDictionary, column: Int
    ) throws(StoreError) {
        footer.columns[column].dictionary = try section(
            StringDictionaryCodec.encode(dictionary), alignment: 64)
    }

    /// Adds a text block to a column, as it is; its number is its position.
    package mutating func append(textBlock block: TextBlock, column: Int) throws(StoreError) {
        let section = try section(block.bytes, alignment: 1)
        footer.columns[column].textBlocks.append(
            TextBlockEntry(section: section, codec: block.codec, rawLength: block.rawLength))
    }

    /// Adds a residual block of `rawLength` bytes of text to a JSON column.
    package mutating func append(
        residualBlock bytes: [UInt8], rawLength: Int, column: Int
    ) throws(StoreError) {
        try append(
            textBlock: TextBlock(
                codec: .residual, rawLength: UInt32(rawLength), bytes: bytes),
            column: column)
    }

    /// Adds a section beside the columns.
    package mutating func append(section bytes: [UInt8], kind: SectionKind) throws(StoreError) {
        let entry = try section(bytes, alignment: 64)
        footer.sections.append(ExtraSection(kind: kind.rawValue, section: entry))
    }

    /// Writes footer and trailer; the footer is the reader's directory.
    package consuming func finish() throws(StoreError) -> (SegmentFooter, byteCount: UInt64) {
        try align(to: 64)
        try emit(SegmentFooterCodec.encode(footer, at: byteCount))
        return (footer, byteCount)
    }

    private mutating func entry(_ page: EncodedPage) throws(StoreError) -> PageEntry {
        PageEntry(
            section: try section(page.bytes, alignment: 64), encoding: page.encoding,
            zone: page.zone)
    }

    private mutating func section(
        _ bytes: [UInt8], alignment: Int
    ) throws(StoreError) -> SectionEntry {
        try align(to: alignment)
        let offset = byteCount
        let checksum = CRC32C.checksum(bytes, fileID: footer.file, offset: offset)
        try emit(bytes)
        return SectionEntry(offset: offset, length: UInt32(bytes.count), checksum: checksum)
    }

    private mutating func align(to alignment: Int) throws(StoreError) {
        let excess = Int(byteCount % UInt64(alignment))
        if excess > 0 { try emit([UInt8](repeating: 0, count: alignment - excess)) }
    }

    private mutating func emit(_ bytes: [UInt8]) throws(StoreError) {
        try sink(bytes)
        byteCount += UInt64(bytes.count)
    }
}
