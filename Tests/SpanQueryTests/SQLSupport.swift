// A small table of spans and what SQL says about it, as texts that tests read at a glance.

import SpanColumns
import SpanModel
import SpanQuery
import SpanTesting

enum SQLSupport {
    static let second: Int64 = 1_000_000_000

    /// Four spans: starts at 0, 1, 2, 3 s; durations the same number of seconds; costs 0, 0.1, 0.2,
    /// 0.3; statuses ok, error, it's, none; tokens 10, 20, none, 40; attributes tier T0 … T3.
    static func spans(groupSizes: [Int] = [3]) -> MemoryTable {
        var builder = BatchBuilder(schema: Tables.spans)
        for (index, status) in ["ok", "error", "it's", nil].enumerated() {
            let number = Int64(index)
            builder.setString(SpanColumn.source, "test \(index)")
            builder.setString(SpanColumn.name, "span \(index)")
            builder.setInteger(SpanColumn.startTime, number * second)
            builder.setInteger(SpanColumn.endTime, number * 2 * second)
            if let status { builder.setString(SpanColumn.status, status) }
            if index != 2 { builder.setInteger(SpanColumn.inputTokens, (number + 1) * 10) }
            builder.setInteger(SpanColumn.cost, number * Money.scale / 10)
            Array("{\"tier\":\"T\(index)\",\"n\":\(index)}".utf8).withUnsafeBytes {
                builder.setText(SpanColumn.attributes, $0)
            }
            Array("Input Ünïcode \(index)".utf8).withUnsafeBytes {
                builder.setText(SpanColumn.input, $0)
            }
            builder.endRow()
        }
        return MemoryTable(builder.finish(), groupSizes: groupSizes)
    }

    /// When `now()` is: an hour after the epoch.
    static let now: Int64 = 3_600 * second

    static func answer(
        _ statement: String, _ tables: [MemoryTable]? = nil
    ) throws -> (table: ResultTable, statistics: QueryStatistics) {
        var statistics = QueryStatistics()
        let table = try SQL.answer(
            statement, tables: SQLTable.stored, provider: MemoryTables(tables ?? [spans()]),
            now: now, statistics: &statistics)
        return (table, statistics)
    }

    /// Rows as texts: cells divided by `|`, nulls as `null`, instants in nanoseconds, money in
    /// dollars.
    static func rows(_ statement: String, _ tables: [MemoryTable]? = nil) throws -> [String] {
        let table = try answer(statement, tables).table
        return (0..<table.rowCount).map { row in
            table.columns.map { text(of: $0, row) }.joined(separator: "|")
        }
    }

    private static func text(of column: ResultColumn, _ row: Int) -> String {
        switch Cell(column.values, row) {
        case .null: "null"
        case .integer(let value):
            switch column.type {
            case .money: Money.format(Int128(value))
            case .bool: value != 0 ? "true" : "false"
            default: "\(value)"
            }
        case .float(let value): "\(value)"
        case .string(let value): value
        }
    }

    /// The reason of the error that a statement is refused with.
    static func refusal(_ statement: String) -> String {
        do {
            _ = try answer(statement)
            return "no error"
        } catch let error as StoreError {
            guard case .invalidArgument("sql", let reason) = error else { return "\(error)" }
            return reason
        } catch {
            return "\(error)"
        }
    }
}
