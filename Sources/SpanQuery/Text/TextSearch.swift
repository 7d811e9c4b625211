// LIKE and contains over a column of long texts: its literals are found in whole blocks, and the places are
// mapped to rows. Storage leaves out blocks that surely hold none of them, and shares what was found
// between row groups. A pattern of literals and `%` is decided by places alone; one with `_` is
// checked again on the texts that are left, and so is one with a very long literal.
// Cost: a decompression and a search per block, not per text.

import SpanColumns
import SpanModel

/// A pattern on a text column.
struct TextSearch: Sendable {
    private let column: Int
    private let pattern: TextPattern
    private let finder: PlaceFinder
    /// What decides in the end; nil when places are enough.
    private let test: (@Sendable (ArraySlice<UInt8>) -> Bool)?

    /// Nil when the predicate is no pattern on a text column, or has no literal to find.
    init?(_ predicate: Predicate, types: [ColumnType]) {
        switch predicate {
        case .like(.column(let column), let text, let ignoringCase):
            let isGap = text.utf8.contains(UInt8(ascii: "_"))
            let literals = text.utf8.split { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "_") }
            let like = LikePattern(text, ignoringCase: ignoringCase)
            self.init(
                column, types, literals.map(Array.init), ignoringCase: ignoringCase,
                startsText: text.utf8.first != UInt8(ascii: "%"),
                endsText: text.utf8.last != UInt8(ascii: "%"), needsTest: isGap
            ) { like.matches(Array($0)) }
        case .contains(.column(let column), let text):
            let search = BytesSearch(text)
            self.init(
                column, types, [Array(text.utf8)], ignoringCase: false, startsText: false,
                endsText: false, needsTest: false
            ) { $0.withUnsafeBytes(search.isFound) }
        default: return nil
        }
    }

    private init?(
        _ column: Int, _ types: [ColumnType], _ literals: [[UInt8]], ignoringCase: Bool,
        startsText: Bool, endsText: Bool, needsTest: Bool,
        test: @escaping @Sendable (ArraySlice<UInt8>) -> Bool
    ) {
        let wanted = literals.filter { !$0.isEmpty }
        if types[column].form != .text || wanted.isEmpty { return nil }
        let bytesMax = Limits.searchedLiteralBytesMax
        let isTested = needsTest || wanted.contains { $0.count > bytesMax }
        self.column = column
        pattern = TextPattern(
            literals: wanted.map { TextSearch.cut($0, bytesMax) }, ignoringCase: ignoringCase)
        finder = PlaceFinder(
            pattern, startsText: startsText && !isTested, endsText: endsText && !isTested)
        self.test = isTested ? test : nil
    }

    /// The first bytes of a literal, whole characters of them.
    private static func cut(_ literal: [UInt8], _ bytesMax: Int) -> [UInt8] {
        if literal.count <= bytesMax { return literal }
        var end = bytesMax
        while end > 1, literal[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(literal[..<end])
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
            if let test, try !test(reader.bytes(references[index]) ?? []) { continue }
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
