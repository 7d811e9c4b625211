// The columns of the store's answers that Pluto's shapes are made from.

import SpanAnalytics
import SpanColumns
import SpanModel

/// Points of a series or chart.
struct PlutoPoints {
    /// Nil for a series of one metric.
    let names: [String?]
    let steps: [Int64?]
    let times: [Int64?]
    /// Nil where flagged.
    let values: [Double?]
    let flags: [Int64?]

    init(_ table: ResultTable) throws(RequestFailure) {
        let columns = try PlutoColumns(table)
        names = columns.strings("name")
        steps = columns.integers("step")
        times = columns.integers("time")
        values = columns.floats("value")
        flags = columns.integers("non_finite_flags")
    }
}

/// Rows of a leaderboard.
struct PlutoRanks {
    let ranks: [Int64?]
    let runs: [String?]
    let values: [Double?]
    let flags: [Int64?]

    init(_ table: ResultTable) throws(RequestFailure) {
        let columns = try PlutoColumns(table)
        ranks = columns.integers("rank")
        runs = columns.strings("run_id")
        values = columns.floats("value")
        flags = columns.integers("non_finite_flags")
    }
}

/// Rows of statistics, of metrics or of runs.
struct PlutoStatistics {
    let names: [String?]
    let runs: [String?]
    let last: [Double?]
    private let integers: [String: [Int64?]]
    private let floats: [String: [Double?]]

    init(_ table: ResultTable) throws(RequestFailure) {
        let columns = try PlutoColumns(table)
        names = columns.strings("name")
        runs = columns.strings("run_id")
        last = columns.floats("last_value")
        integers = Dictionary(
            uniqueKeysWithValues: ["count", "last_step", "non_finite_count"].map {
                ($0, columns.integers($0))
            })
        floats = Dictionary(
            uniqueKeysWithValues: ["min", "max", "mean", "stddev"].map {
                ($0, columns.floats($0))
            })
    }

    /// The statistics of a metric; without finite values they are null.
    func appendStatistics(_ row: Int, to body: inout JSONBody) {
        body.integer("count", integer("count", row))
        for name in ["min", "max", "mean", "stddev"] { body.number(name, float(name, row)) }
        body.key("last")
        if let value = last[row] {
            body.object {
                $0.integer("step", integer("last_step", row))
                $0.number("value", value)
            }
        } else {
            body.json(nil)
        }
        body.integer("nonFiniteCount", integer("non_finite_count", row))
    }

    /// The statistics of a run; null without finite values.
    func appendComparison(_ row: Int?, to body: inout JSONBody) {
        guard let row, let count = integer("count", row), count > 0 else { return body.json(nil) }
        body.object {
            $0.integer("count", count)
            for name in ["min", "max", "mean"] { $0.number(name, float(name, row)) }
            $0.number("final", last[row])
        }
    }

    private func integer(_ name: String, _ row: Int) -> Int64? { integers[name]?[row] }
    private func float(_ name: String, _ row: Int) -> Double? { floats[name]?[row] }
}

/// The best of some runs: the lowest final value of a loss or an error, else the highest.
struct PlutoComparison {
    private let metric: String
    private let isLoss: Bool
    private var found: (run: Int64, name: String?, final: Double)?

    init(metric: String) {
        self.metric = metric
        let name = metric.lowercased()
        isLoss = name.contains("loss") || name.contains("error")
    }

    mutating func add(_ run: Int64, _ name: String?, final: Double?) {
        guard let final else { return }
        if let found, isLoss ? final >= found.final : final <= found.final { return }
        found = (run, name, final)
    }

    /// A JSON object; nil without any run.
    var best: [UInt8]? {
        guard let found else { return nil }
        return JSONBody.object {
            $0.integer("runId", found.run)
            $0.string("runName", found.name)
            $0.string("reason", "\(isLoss ? "Lowest" : "Highest") final \(metric): \(found.final)")
        }
    }
}

/// Columns by name; one that is not there is all null.
private struct PlutoColumns {
    private let table: ResultTable
    private let texts: [String: [String?]]

    init(_ table: ResultTable) throws(RequestFailure) {
        self.table = table
        var texts: [String: [String?]] = [:]
        for column in table.columns where column.type == .string {
            texts[column.name] = try PlutoMetricReads.read { () throws(StoreError) in
                try column.values.strings()
            }
        }
        self.texts = texts
    }

    func strings(_ name: String) -> [String?] {
        texts[name] ?? []
    }

    func integers(_ name: String) -> [Int64?] {
        table.columns.first { $0.name == name }?.values.integers() ?? []
    }

    func floats(_ name: String) -> [Double?] {
        table.columns.first { $0.name == name }?.values.floats() ?? []
    }
}
