// Which rows of a segment may satisfy a query's bounds, as its indexes tell: the identity order for
// a trace, the series directory for metrics, and for a string of a large dictionary the first and
// last row that has it, found at first use. Rows in the answer are not all within the bounds, but
// no other row is.
// Cost: a trace about 20 point reads; a series one search in the directory; a string one search in
// the dictionary, and once per column and mapping a pass over its pages.

import SpanColumns
import SpanFormat
import SpanModel

extension MappedSegment {
    /// Strings of a dictionary from which it pays to know where each lies.
    private static let locatedStringsMin = 1_024
    /// Combinations of strings that are looked up in a series directory.
    private static let seriesLookupsMax = 4_096

    /// The rows that may hold; nil: any.
    func candidateRows(
        _ bounds: [ColumnBound], hasher: IdentityHasher
    ) throws(StoreError) -> RowRanges? {
        if let packed = schema.leadingIdentifier(bounds) {
            let rows = try rows(leading: hasher.leadingHash(packed: packed))
            return RowRanges(rows.map { $0..<$0 + 1 })
        }
        if let series = try candidateSeries(bounds, hasher: hasher) { return series }
        var best: RowRanges?
        for case .stringIn(let column, let texts) in bounds {
            guard let rows = try candidateStrings(column, texts) else { continue }
            if rows.rowCount < best?.rowCount ?? .max { best = rows }
        }
        return best
    }

    // MARK: - Series

    private func candidateSeries(
        _ bounds: [ColumnBound], hasher: IdentityHasher
    ) throws(StoreError) -> RowRanges? {
        guard case .sorted = schema.lookup, !bounds.isEmpty,
            let hashes = try leadingHashes(bounds, hasher)
        else { return nil }
        let directory = try seriesDirectory()
        var rows: [Range<Int>] = []
        for hash in hashes {
            for entry in directory.entries(hash: hash) where mayHold(entry, bounds) {
                rows.append(Int(entry.live.lowerBound)..<Int(entry.live.upperBound))
                rows.append(Int(entry.history.lowerBound)..<Int(entry.history.upperBound))
            }
        }
        return RowRanges(rows)
    }

    private func mayHold(_ entry: SeriesEntry, _ bounds: [ColumnBound]) -> Bool {
        bounds.allSatisfy { bound in
            guard case .integerRange(let column, let range) = bound,
                column == schema.trailingInteger
            else { return true }
            return range.overlaps(entry.steps)
        }
    }

    /// The hashes of all series that the bounds allow: where a column has no bound, with every
    /// string of its dictionary. Nil when they are too many, or a column is no string.
    private func leadingHashes(
        _ bounds: [ColumnBound], _ hasher: IdentityHasher
    ) throws(StoreError) -> [UInt64]? {
        var hashes = [hasher.seed]
        var isBounded = false
        for column in schema.identity[..<hasher.leadingCount] {
            guard schema.columns[column].type.form == .string else { return nil }
            let strings = try dictionary(column)
            var codes = Array(0..<UInt32(strings.count))
            if let texts = texts(column, bounds) {
                isBounded = true
                codes = texts.compactMap { strings.code(of: $0) }
            }
            guard codes.count <= Self.seriesLookupsMax else { return nil }
            let parts = codes.map { code in
                strings.withBytes(code) { Hash64.hash($0, seed: hasher.seed) }
            }
            guard hashes.count * parts.count <= Self.seriesLookupsMax else { return nil }
            hashes = hashes.flatMap { hash in parts.map { Hash64.combine(hash, $0) } }
        }
        return isBounded ? hashes : nil
    }

    private func texts(_ column: Int, _ bounds: [ColumnBound]) -> Set<String>? {
        for case .stringIn(column, let texts) in bounds { return Set(texts) }
        return nil
    }

    // MARK: - Strings

    private func candidateStrings(
        _ column: Int, _ texts: [String]
    ) throws(StoreError) -> RowRanges? {
        let strings = try dictionary(column)
        let codes = texts.compactMap { strings.code(of: $0) }
        if codes.isEmpty { return RowRanges([]) }
        guard strings.count >= Self.locatedStringsMin else { return nil }
        let places = try stringPlaces(column)
        // Superseded rows are few and lie in no order that helps.
        let history = footer.liveRows..<footer.rowCount
        return RowRanges(codes.map { places.rows(of: $0) } + [history])
    }
}

/// Where the strings of a column lie in the live region of a segment.
struct StringPlaces: Sendable {
    private var firsts: [UInt32]
    private var lasts: [UInt32]

    /// No row yet, for a dictionary of `count` strings.
    init(count: Int) {
        firsts = Array(repeating: .max, count: count)
        lasts = Array(repeating: 0, count: count)
    }

    /// Notes the rows of a row group that starts at row `first`; row groups come in order.
    mutating func add(_ codes: [UInt32], first: Int) {
        for (index, code) in codes.enumerated() where code != StringVector.nullCode {
            let row = UInt32(first + index)
            firsts[Int(code)] = min(firsts[Int(code)], row)
            lasts[Int(code)] = row
        }
    }

    /// From the first row of a string to its last; empty when no row has it.
    func rows(of code: UInt32) -> Range<Int> {
        let first = firsts[Int(code)]
        return first == .max ? 0..<0 : Int(first)..<Int(lasts[Int(code)]) + 1
    }
}

extension TableSchema {
    /// The value that bounds give the leading identity column, when that is one identifier.
    func leadingIdentifier(_ bounds: [ColumnBound]) -> [UInt8]? {
        guard case .hashed(leading: 1) = lookup else { return nil }
        for case .identifierEquals(let column, let packed) in bounds where column == identity[0] {
            return packed
        }
        return nil
    }
}
