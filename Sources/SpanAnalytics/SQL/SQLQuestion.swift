// `sql`: any question in SQL. The tables are those of the store, and two that are questions
// themselves: `sessions` and `traces`.

import SpanColumns
import SpanModel
import SpanQuery

package enum SQLQuestion {
    /// What the CLI's command and the route are called.
    package static let name = "sql"

    /// The tables that a query may name.
    package static let tables = SQLTable.stored + [SessionTable.table, TraceTable.table]

    /// The answer to a statement at the moment `now` (nanoseconds since the epoch). With `streams` its
    /// table may have a `rest`, and what is explained leaves that out. Throws `invalidArgument` naming the
    /// place in the text.
    package static func answer(
        _ statement: String, tables provider: any TableProvider, now: Int64, streams: Bool = false
    ) throws(StoreError) -> Answer {
        var statistics = QueryStatistics()
        var budget = QueryBudget()
        budget.isStreamed = streams
        let table = try SQL.answer(
            statement, tables: tables, provider: provider, now: now, budget: budget,
            statistics: &statistics)
        return Answer(table: table, explain: statistics)
    }
}
