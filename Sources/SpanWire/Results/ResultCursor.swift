// Goes through the rows of a result, those that are read on the way included. Order of calls: `open`, then
// `close` with how far the rows of `table` were used, until `isEnded`.

import SpanColumns
import SpanModel

/// A place in a result.
struct ResultCursor {
    /// The rows at hand.
    private(set) var table: ResultTable
    /// The first of them that was not used.
    private(set) var row = 0
    private var hasBegun = false
    /// Whether all rows were used; not before the first `close`.
    private(set) var isEnded = false

    init(_ table: ResultTable) { self.table = table }

    /// Reads the next rows when none is at hand; true the first time. Throws what reading them throws.
    mutating func open() throws(StoreError) -> Bool {
        if row == table.rowCount, let rest = table.rest {
            table = try rest.rows()
            row = 0
        }
        defer { hasBegun = true }
        return !hasBegun
    }

    /// The rows before `end` were used.
    mutating func close(at end: Int) {
        row = end
        isEnded = row == table.rowCount && table.rest == nil
    }
}
