// Which pages a query has read, for `--explain`. Thread-safe; a lock per column and morsel.

import SpanColumns
import Synchronization

/// Notes the columns that were read of each row group.
final class PageLog: Sendable {
    /// By row group, a bit for each column.
    private let columns: Mutex<[UInt64]>

    init(groupCount: Int) { columns = Mutex(Array(repeating: 0, count: groupCount)) }

    /// Notes a column, of which the first 64 are told apart.
    func note(_ column: Int, of group: Int) {
        columns.withLock { $0[group] |= 1 << UInt64(min(column, 63)) }
    }

    /// Pages and their bytes; columns in memory have none.
    func total(_ groups: [any RowGroup]) -> (pages: Int, bytes: Int) {
        var total = (pages: 0, bytes: 0)
        for (group, columns) in zip(groups, columns.withLock { $0 }) where columns != 0 {
            for column in 0..<64 where columns >> UInt64(column) & 1 != 0 {
                guard let bytes = group.pageBytes(column) else { continue }
                total.pages += 1
                total.bytes += bytes
            }
        }
        return total
    }
}
