// What a query read and left out, for `--explain`.

/// Counts and times of one query.
package struct QueryStatistics: Sendable, Equatable {
    /// Row groups that the source offered.
    package var rowGroupsConsidered = 0
    /// Row groups left out by their zone maps.
    package var rowGroupsPruned = 0
    /// Rows in row groups that were read, of the view.
    package var rowsScanned = 0
    /// Rows that passed the filter.
    package var rowsMatched = 0
    /// Groups, or rows, before having, offset and limit.
    package var rowsProduced = 0
    /// Nanoseconds of scanning and aggregating.
    package var scanNanoseconds: Int64 = 0
    /// Nanoseconds of ordering and materialising.
    package var finishNanoseconds: Int64 = 0

    package init() {}

    /// Adds another query's figures.
    package mutating func add(_ other: QueryStatistics) {
        rowGroupsConsidered += other.rowGroupsConsidered
        rowGroupsPruned += other.rowGroupsPruned
        rowsScanned += other.rowsScanned
        rowsMatched += other.rowsMatched
        rowsProduced += other.rowsProduced
        scanNanoseconds += other.scanNanoseconds
        finishNanoseconds += other.finishNanoseconds
    }
}
