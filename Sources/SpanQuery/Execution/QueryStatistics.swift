// What a query read and left out, for `--explain`.

/// Counts and times of one query, or of several together.
package struct QueryStatistics: Sendable, Equatable {
    /// Row groups that the source offered.
    package var rowGroupsConsidered = 0
    /// Row groups left out by their zone maps.
    package var rowGroupsPruned = 0
    /// Rows that were never in question: by day, zone map or index.
    package var rowsSkipped = 0
    /// Rows in row groups that were read, of the view.
    package var rowsScanned = 0
    /// Rows that passed the filter.
    package var rowsMatched = 0
    /// Rows that were read again, for exact percentiles.
    package var rowsRescanned = 0
    /// Pages on disk that were read, each counted once, and their bytes. Texts lie in blocks.
    package var pagesRead = 0
    package var bytesRead = 0
    /// Blocks of texts on disk, each counted as often as it was read, and their bytes.
    package var textBlocksRead = 0
    package var textBytesRead = 0
    /// Groups, or rows, before having, offset and limit.
    package var rowsProduced = 0
    /// Nanoseconds of finding the row groups.
    package var pruneNanoseconds: Int64 = 0
    /// Nanoseconds of scanning and aggregating.
    package var scanNanoseconds: Int64 = 0
    /// Nanoseconds of the second scan, which are part of those.
    package var rescanNanoseconds: Int64 = 0
    /// Nanoseconds of ordering and materialising.
    package var finishNanoseconds: Int64 = 0
    /// What was answered in another way than by scanning, a line each: "rollup: 3 groups read".
    package var notes: [String] = []

    package init() {}

    /// Adds another query's figures.
    package mutating func add(_ other: QueryStatistics) {
        rowGroupsConsidered += other.rowGroupsConsidered
        rowGroupsPruned += other.rowGroupsPruned
        rowsSkipped += other.rowsSkipped
        rowsRescanned += other.rowsRescanned
        pagesRead += other.pagesRead
        bytesRead += other.bytesRead
        textBlocksRead += other.textBlocksRead
        textBytesRead += other.textBytesRead
        pruneNanoseconds += other.pruneNanoseconds
        rescanNanoseconds += other.rescanNanoseconds
        notes += other.notes
        rowsScanned += other.rowsScanned
        rowsMatched += other.rowsMatched
        rowsProduced += other.rowsProduced
        scanNanoseconds += other.scanNanoseconds
        finishNanoseconds += other.finishNanoseconds
    }
}
