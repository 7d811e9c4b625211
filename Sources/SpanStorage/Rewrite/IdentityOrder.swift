// The rows of a segment in order of their identity hashes: the segment's identity pages and the
// pairs of the table's index run come from the same sort.

import SpanColumns
import SpanFormat
import SpanModel

/// Rows sorted by identity hash.
struct IdentityOrder {
    private struct Entry {
        let hash: IdentityHash
        let row: UInt32
    }

    private let entries: [Entry]

    /// `hashes` by row.
    init(_ hashes: [IdentityHash]) {
        entries = hashes.enumerated().map { Entry(hash: $1, row: UInt32($0)) }.sorted {
            if $0.hash.leading != $1.hash.leading { return $0.hash.leading < $1.hash.leading }
            if $0.hash.rest != $1.hash.rest { return $0.hash.rest < $1.hash.rest }
            return $0.row < $1.row
        }
    }

    /// Row numbers in order, a page per 65,536.
    var pages: [EncodedPage] {
        stride(from: 0, to: entries.count, by: Limits.pageRowsMax).map { start in
            let end = min(start + Limits.pageRowsMax, entries.count)
            let rows = entries[start..<end].map { Int64($0.row) }
            return PageEncoder.encode(.integer(IntegerVector(values: rows)))
        }
    }

    /// One pair per identity, sorted.
    func runPairs(segment: UInt64) -> [RunPair] {
        entries.map { $0.hash.runPair(segment: segment) }.withoutRepeats
    }
}
