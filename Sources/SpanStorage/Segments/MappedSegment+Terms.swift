// Term dictionaries of a segment, and texts by block.

import SpanColumns
import SpanFormat
import SpanModel

extension MappedSegment {
    /// Calls `body` with the term dictionary of a text column; nil when the segment has none.
    func withTermDictionary<T>(
        _ column: Int, _ body: (TermDictionary) throws(StoreError) -> T
    ) throws(StoreError) -> T? {
        for extra in footer.sections where extra.kind == SectionKind.termDictionary.rawValue {
            let reader = try reader(of: extra.section, region: "term dictionary")
            guard try TermDictionary.column(of: reader) == column else { continue }
            return try body(
                TermDictionary(
                    reader, blockCount: footer.columns[column].textBlocks.count))
        }
        return nil
    }

    /// Those of some rows of a row group whose text lies in one of `blocks`, counted from the first
    /// of them, with their texts.
    func texts(
        _ column: Int, group: Int, rows: Range<Int>, in blocks: BlockSet
    ) throws(StoreError) -> (rows: [UInt32], references: [TextReference]) {
        guard let reader = try pageReader(column, group: group) else { return ([], []) }
        return try located(schema.columns[column].name) { () throws(StoreError) in
            try reader.texts(rows, in: blocks)
        }
    }
}
