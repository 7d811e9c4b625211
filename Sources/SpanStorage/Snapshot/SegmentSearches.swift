// What the row groups of one segment share while one query searches texts: the candidate blocks of
// each pattern, from the segment's term dictionary, and the places already found.

import SpanColumns
import SpanFormat
import SpanModel
import Synchronization

/// Text searches of one query over one segment. Thread-safe.
final class SegmentSearches: Sendable {
    private struct Key: Hashable {
        let column: Int
        let pattern: TextPattern
    }

    private struct Search {
        /// Nil: any block.
        let blocks: BlockSet?
        let hits: BlockHits
    }

    private let segment: MappedSegment
    private let searches = Mutex<[Key: Search]>([:])

    init(_ segment: MappedSegment) { self.segment = segment }

    /// The texts of some rows of a row group that may match; nil when the column is no text or has
    /// none.
    func candidates(
        _ column: Int, _ pattern: TextPattern, group: Int, rows: Range<Int>
    ) throws(StoreError) -> TextCandidates? {
        guard column < segment.footer.columns.count,
            segment.schema.columns[column].type.form == .text
        else { return nil }
        let search = try self.search(Key(column: column, pattern: pattern))
        let source = SegmentTextBlocks(segment: segment, column: column)
        guard let blocks = search.blocks else {
            guard case .text(let texts) = try segment.vector(column, group: group, rows: rows)
            else {
                return nil
            }
            return TextCandidates(
                rows: nil, references: texts.references, blocks: source, hits: search.hits)
        }
        let (offered, references) =
            blocks.isEmpty
            ? ([], []) : try segment.texts(column, group: group, rows: rows, in: blocks)
        return TextCandidates(
            rows: offered, references: references, blocks: source, hits: search.hits)
    }

    private func search(_ key: Key) throws(StoreError) -> Search {
        if let known = searches.withLock({ $0[key] }) { return known }
        let count = segment.footer.columns[key.column].textBlocks.count
        let blocks = try segment.withTermDictionary(key.column) {
            dictionary throws(StoreError) in try dictionary.blocks(holding: key.pattern.literals)
        }
        let search = Search(blocks: blocks ?? nil, hits: BlockHits(blockCount: count))
        // Another thread may have been first: all go on with its hits.
        return searches.withLock { searches in
            if let known = searches[key] { return known }
            searches[key] = search
            return search
        }
    }
}
