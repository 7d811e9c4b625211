// LIKE over a column of long texts: its literals are found in whole blocks, and the places are
// mapped to rows. Storage leaves out blocks that surely hold none of them, and shares what was found
// between row groups. A pattern of literals and `%` is decided by places alone; one with `_` is
// checked again on the texts that are left.
// Cost: a decompression and a search per block, not per text.

import SpanColumns
import SpanModel

/// A pattern on a text column.
struct TextSearch: Sendable {
    private let column: Int
    private let pattern: TextPattern
    private let finder: PlaceFinder
    /// What decides in the end; nil when places are enough.
    private let like: LikePattern?

    /// Nil when the predicate is no pattern on a text column, or has no literal to find.
    init?(_ predicate: Predicate, types: [ColumnType]) {
        guard case .like(.column(let column), let text, let ignoringCase) = predicate,
            types[column].form == .text
        else { return nil }
        let hasGaps = text.utf8.contains(UInt8(ascii: "_"))
        let literals = text.utf8.split { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "_") }
            .map(Array.init)
        if literals.isEmpty { return nil }
        self.column = column
        pattern = TextPattern(literals: literals, ignoringCase: ignoringCase)
        finder = PlaceFinder(
            pattern, startsText: !hasGaps && text.utf8.first != UInt8(ascii: "%"),
            endsText: !hasGaps && text.utf8.last != UInt8(ascii: "%"))
        like = hasGaps ? LikePattern(text, ignoringCase: ignoringCase) : nil
    }

    /// Those of `rows` (ascending) whose text matches (`wanted`), or has a value and does not.
    func select(
        _ rows: [UInt32], wanted: Bool, in evaluator: RowEvaluator
    ) throws(StoreError) -> [UInt32] {
        let matching = try self.matching(rows, in: evaluator)
        if wanted { return matching }
        guard case .text(let texts) = try evaluator.vector(.column(column)) else { return [] }
        return SelectionVector.subtract(matching, from: rows).filter {
            !texts.references[Int($0)].isNull
        }
    }

    private func matching(
        _ rows: [UInt32], in evaluator: RowEvaluator
    ) throws(StoreError) -> [UInt32] {
        if let (whole, part) = evaluator.whole {
            let found = try matching(rows.map { part[Int($0)] }, in: whole)
            return SelectionVector.positions(of: found, in: part)
        }
        let candidates: TextCandidates
        if let known = try evaluator.candidates(column, pattern) {
            candidates = known
        } else {
            guard case .text(let texts) = try evaluator.vector(.column(column)) else { return [] }
            candidates = TextCandidates(
                rows: nil, references: texts.references, blocks: texts.blocks,
                hits: BlockHits(blockCount: texts.blocks.count))
        }
        let (rows, references) = Self.wanted(rows, of: candidates)
        let isMatch = try BlockWalk(finder, candidates, references).run()
        var reader = TextReader(candidates.blocks)
        var found: [UInt32] = []
        for (index, row) in rows.enumerated() where isMatch[index] {
            if let like {
                let text = try reader.bytes(references[index]) ?? []
                guard like.matches(Array(text)) else { continue }
            }
            found.append(row)
        }
        return found
    }

    /// Those of the candidates that are among `rows`.
    private static func wanted(
        _ rows: [UInt32], of candidates: TextCandidates
    ) -> (rows: [UInt32], references: [TextReference]) {
        guard let offered = candidates.rows else {
            return (rows, rows.map { candidates.references[Int($0)] })
        }
        var kept: [UInt32] = []
        var references: [TextReference] = []
        var next = 0
        for (index, row) in offered.enumerated() {
            while next < rows.count, rows[next] < row { next += 1 }
            guard next < rows.count else { break }
            if rows[next] == row {
                kept.append(row)
                references.append(candidates.references[index])
            }
        }
        return (kept, references)
    }
}
