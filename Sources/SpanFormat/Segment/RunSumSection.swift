// Sums of a float column by runs of superseded rows (schemas/segment.md): a record of fixed size for each
// run, read in place. Cost of opening: 5 ns a run.

import SpanColumns
import SpanModel

/// The parsed head of a section of run sums; the records stay in the section.
package struct RunSumSection: Sendable {
    /// The column that is summed.
    package let column: Int
    /// By row group of the history region: where its records lie in the section.
    private let records: [Range<Int>]

    /// The section's bytes; runs of each row group of the history region, which cover its rows.
    package static func encode(column: Int, groups: [[RunSum]]) -> [UInt8] {
        var out: [UInt8] = []
        out.put(UInt32(column))
        out.put(UInt32(groups.count))
        for runs in groups { out.put(UInt32(runs.count)) }
        for run in groups.joined() { run.put(into: &out) }
        return out
    }

    /// The runs of a history region with these row groups. Throws `corruption`.
    package init(_ reader: ByteReader, groupRows: [Int]) throws(StoreError) {
        var reader = reader
        column = Int(try reader.uint32())
        let groupCount = Int(try reader.uint32())
        guard groupCount == groupRows.count else {
            throw reader.damage("runs of \(groupCount) row groups")
        }
        var counts: [Int] = []
        for _ in groupRows { counts.append(Int(try reader.uint32())) }
        var records: [Range<Int>] = []
        for (count, rows) in zip(counts, groupRows) {
            let start = reader.offset
            let bytes = try reader.take(count * RunSum.recordBytes)
            guard Self.rows(of: bytes) == rows else { throw reader.damage("runs of other rows") }
            records.append(start..<reader.offset)
        }
        try reader.finish()
        self.records = records
    }

    /// The rows that runs cover; nil when one has none, or more values that are not finite than rows.
    private static func rows(of records: UnsafeRawBufferPointer) -> Int? {
        var end = 0
        for number in 0..<records.count / RunSum.recordBytes {
            let run = RunSum(number, of: records, origin: 0)
            guard run.end > end, run.others / 8 <= Int64(run.end - end) else { return nil }
            end = run.end
        }
        return end
    }

    /// The runs that hold some rows of a row group of the history region, at least one; `owner` keeps the
    /// section where it is.
    package func runs(
        group: Int, rows: Range<Int>, section: UnsafeRawBufferPointer, owner: AnyObject
    ) -> RunSums {
        let bytes = UnsafeRawBufferPointer(rebasing: section[records[group]])
        let first = Self.runs(endingBefore: rows.lowerBound + 1, in: bytes)
        let last = Self.runs(endingBefore: rows.upperBound, in: bytes)
        let start = first == 0 ? 0 : RunSum(first - 1, of: bytes, origin: 0).end
        let part = bytes[first * RunSum.recordBytes..<(last + 1) * RunSum.recordBytes]
        return RunSums(
            start: start - rows.lowerBound, records: UnsafeRawBufferPointer(rebasing: part),
            origin: rows.lowerBound, owner: owner)
    }

    /// How many runs end before a row, by halves.
    private static func runs(endingBefore row: Int, in records: UnsafeRawBufferPointer) -> Int {
        (0..<records.count / RunSum.recordBytes).partitionPoint {
            RunSum($0, of: records, origin: 0).end < row
        }
    }
}
