// The sums that a segment keeps of a column: by blocks of rows, and by runs of superseded ones.

import SpanColumns
import SpanFormat
import SpanModel

extension MappedSegment {
    /// The block sums of the segment; nil when it has none.
    func blockSumSection() throws(StoreError) -> BlockSumSection? {
        try blockSums.value { () throws(StoreError) in
            guard let section = footer.section(.blockSums) else { return nil }
            return try BlockSumSection(
                try reader(of: section, region: "block sums"), groupRows: groupRows)
        }
    }

    /// The run sums of the segment; nil when it has none.
    func runSumSection() throws(StoreError) -> RunSumSection? {
        try runSums.value { () throws(StoreError) in
            guard let section = footer.section(.runSums) else { return nil }
            return try RunSumSection(
                try reader(of: section, region: "run sums"),
                groupRows: Array(groupRows[footer.liveGroupCount...]))
        }
    }

    /// Sums of a column by blocks of some rows of a row group; nil when none are kept.
    func blockSums(
        _ column: Int, group: Int, rows: Range<Int>
    ) throws(StoreError) -> BlockSums? {
        guard column == schema.summed, let sums = try blockSumSection(), sums.column == column,
            let section = footer.section(.blockSums)
        else { return nil }
        let bytes = try bytes(of: section, region: "block sums")
        return try located("block sums") { () throws(StoreError) in
            try sums.blocks(group: group, rows: rows, section: bytes)
        }
    }

    /// Sums of a column by runs of some rows of a row group of superseded rows; nil when none are kept.
    func runSums(
        _ column: Int, group: Int, rows: Range<Int>
    ) throws(StoreError) -> RunSums? {
        guard column == schema.summed, isHistory(group: group), let sums = try runSumSection(),
            sums.column == column, let section = footer.section(.runSums)
        else { return nil }
        let bytes = try bytes(of: section, region: "run sums")
        return sums.runs(
            group: group - footer.liveGroupCount, rows: rows, section: bytes, owner: self)
    }
}
