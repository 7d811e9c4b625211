// What an erasure did, a line for each table and for each other place that bytes lay in.

import SpanColumns
import SpanModel

/// The account of one erasure.
package struct EraseReceipt: Sendable, Equatable {
    /// What was done in one place.
    package struct Line: Sendable, Equatable {
        /// A table, `wal` or `quarantine`.
        package let place: String
        /// Writes that are gone; 0 where rows are not counted.
        package var rows = 0
        /// Files that were rewritten or removed.
        package var files = 0
        /// Bytes of those files.
        package var bytesBefore: UInt64 = 0
        /// Bytes of what stands in their place; nil when nothing was done.
        package var bytesAfter: UInt64?

        package init(place: String) { self.place = place }
    }

    package internal(set) var lines: [Line] = []

    package init() {}

    /// Writes that are gone, of all tables.
    package var rowCount: Int { lines.reduce(0) { $0 + $1.rows } }

    /// Adds what another erasure did.
    package mutating func add(_ other: EraseReceipt) {
        for line in other.lines {
            guard let known = lines.firstIndex(where: { $0.place == line.place }) else {
                lines.append(line)
                continue
            }
            lines[known].rows += line.rows
            lines[known].files += line.files
            lines[known].bytesBefore += line.bytesBefore
            lines[known].bytesAfter = (lines[known].bytesAfter ?? 0) + (line.bytesAfter ?? 0)
        }
    }

    /// Rows of `place`, `rows_erased`, `files_rewritten`, `bytes_before`, `bytes_after`.
    package func table() -> ResultTable {
        func integers(_ values: [Int?]) -> ColumnVector {
            .integer(
                IntegerVector(
                    values: values.map { Int64($0 ?? 0) },
                    validity: values.map { $0 == nil ? 0 : 1 }))
        }
        return ResultTable(
            columns: [
                ResultColumn(name: "place", type: .string, values: .strings(lines.map(\.place))),
                ResultColumn(
                    name: "rows_erased", type: .int64, values: integers(lines.map(\.rows))),
                ResultColumn(
                    name: "files_rewritten", type: .int64, values: integers(lines.map(\.files))),
                ResultColumn(
                    name: "bytes_before", type: .int64,
                    values: integers(lines.map { Int(clamping: $0.bytesBefore) })),
                ResultColumn(
                    name: "bytes_after", type: .int64,
                    values: integers(lines.map { $0.bytesAfter.map { Int(clamping: $0) } })),
            ], rowCount: lines.count)
    }
}
