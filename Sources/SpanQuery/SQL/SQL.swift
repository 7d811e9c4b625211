// SQL over the store: text → syntax → plan → answer. One grammar serves whole queries and the
// conditions of `--where`. Order of calls: `answer` or `condition`, once per text; no state is kept.

import SpanColumns
import SpanModel

/// Queries and conditions as text.
package enum SQL {
    /// The answer to a statement. `now` is nanoseconds since the epoch. Only rows of a stored table can be
    /// streamed. Throws `invalidArgument`
    /// naming the place for what is wrong or not supported, and what execution throws.
    package static func answer(
        _ statement: String, tables: [SQLTable], provider: any TableProvider, now: Int64,
        budget: QueryBudget = QueryBudget(), statistics: inout QueryStatistics
    ) throws(StoreError) -> ResultTable {
        let text = try SQLText(statement, name: "sql")
        let planner = SQLPlanner(text: text, tables: tables, now: now)
        switch try SQLParser.statement(text) {
        case .showTables: return SQLCatalogue.tables(tables)
        case .describe(let name): return SQLCatalogue.columns(of: try planner.table(name).schema)
        case .select(let select):
            return try run(
                try planner.plan(select), provider: provider, budget: budget,
                statistics: &statistics)
        }
    }

    /// The condition that a text states about the rows of a table.
    package static func condition(
        _ condition: String, table: TableSchema, now: Int64
    ) throws(StoreError) -> Predicate {
        try Self.condition(condition, scope: SQLScope(table), now: now)
    }

    /// The condition that a text states about the rows of a result; `.column(n)` is its n-th column.
    package static func condition(
        _ condition: String, result: ResultTable, now: Int64
    ) throws(StoreError) -> Predicate {
        try Self.condition(condition, scope: SQLScope(result), now: now)
    }

    private static func condition(
        _ condition: String, scope: SQLScope, now: Int64
    ) throws(StoreError) -> Predicate {
        let text = try SQLText(condition, name: "where")
        let binder = SQLBinder(text: text, scope: scope, now: now)
        return try binder.condition(try SQLParser.condition(text))
    }

    private static func run(
        _ query: SQLQuery, provider: any TableProvider, budget: QueryBudget,
        statistics: inout QueryStatistics
    ) throws(StoreError) -> ResultTable {
        var budget = budget
        budget.isStreamed =
            budget.isStreamed && query.plan.projection == nil && query.table.derivation == nil
        var result: ResultTable
        if let derivation = query.table.derivation {
            result = try Executor.run(
                query.plan, over: try derivation(provider), budget: budget,
                statistics: &statistics)
            result.totalCount = nil
        } else {
            result = try Executor.run(
                query.plan, tables: provider, budget: budget, statistics: &statistics)
        }
        guard let projection = query.plan.projection else { return result }
        return try projection.apply(to: result)
    }
}

/// DESCRIBE and SHOW TABLES.
enum SQLCatalogue {
    static func tables(_ tables: [SQLTable]) -> ResultTable {
        ResultTable(columns: [column("name", tables.map(\.name))], rowCount: tables.count)
    }

    static func columns(of table: TableSchema) -> ResultTable {
        let scope = SQLScope(table)
        let types = scope.names.map { scope.operand([$0])?.type ?? .string }
        let required = Set(table.columns.filter(\.isRequired).map(\.name))
        return ResultTable(
            columns: [
                column("column_name", scope.names),
                column("column_type", types.map(\.sqlName)),
                column("null", scope.names.map { required.contains($0) ? "NO" : "YES" }),
            ], rowCount: scope.names.count)
    }

    private static func column(_ name: String, _ values: [String]) -> ResultColumn {
        var interner = StringInterner()
        let codes = values.map { interner.intern($0) }
        return ResultColumn(
            name: name, type: .string,
            values: .string(StringVector(codes: codes, dictionary: interner.dictionary())))
    }
}
