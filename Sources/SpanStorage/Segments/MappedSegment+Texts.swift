// The text blocks of a segment and what they were compressed with.

import SpanColumns
import SpanFormat
import SpanModel

/// The text blocks of one column of a segment, each checked before its first use.
struct SegmentTextBlocks: TextBlockSource {
    let segment: MappedSegment
    let column: Int

    /// All row groups of the column share the blocks.
    var identity: TextBlockIdentity? { .column(of: ObjectIdentifier(segment), column) }

    var count: Int { segment.footer.columns[column].textBlocks.count }

    func block(_ number: UInt32) throws(StoreError) -> TextBlock {
        guard number < count else { throw segment.damage(column, "no text block \(number)") }
        let entry = segment.footer.columns[column].textBlocks[Int(number)]
        let bytes = try segment.bytes(of: entry.section, region: "text block \(number)")
        if entry.codec == .residual {
            return TextBlock(
                codec: .stored, rawLength: entry.rawLength,
                bytes: try segment.assembled(bytes, entry, column))
        }
        let dictionary =
            entry.codec == .zstdWithDictionary ? try segment.textDictionary(column) : nil
        return TextBlock(
            codec: entry.codec, rawLength: entry.rawLength, bytes: [UInt8](bytes),
            dictionary: dictionary)
    }
}

extension MappedSegment {
    /// What the blocks of a text column were compressed with. Throws `corruption` when there is
    /// nothing.
    fileprivate func textDictionary(_ column: Int) throws(StoreError) -> TextDictionary {
        if let known = knownTextDictionary(column) { return known }
        for extra in footer.sections where extra.kind == SectionKind.textDictionary.rawValue {
            var reader = try reader(of: extra.section, region: "text dictionary")
            guard try reader.uint32() == column else { continue }
            let bytes = try reader.take(reader.remaining)
            return try located("text dictionary") { () throws(StoreError) in
                try openTextDictionary(bytes, column)
            }
        }
        throw damage(column, "text dictionary is missing")
    }
}
