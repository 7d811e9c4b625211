// `experiments`: one row per experiment that has runs or a document, with how cost, latency and scores
// are spread over its runs. A window selects runs by the start of their root.

import SpanColumns
import SpanModel
import SpanQuery

enum ExperimentsQuestion {
    static let spec = QuestionSpec(
        name: "experiments", summary: "Experiments with cost, latency and scores of their runs",
        argument: nil,
        parameters: [ParameterSpec("name", "only this experiment")]
            + ParameterSpec.common.filter {
                ![.project, .view].contains($0)
            })

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        let window = try parameters.window()
        let name = parameters.text("name")
        var questions = ExperimentRuns(inquiry)
        let rollups = try ExperimentRollup.read(
            experiments: name.map { [$0] }, from: window.from, to: window.to, &questions)
        inquiry.statistics = questions.statistics
        let entities = try ExperimentEntities.read(name: name, tables: inquiry.tables)
        let bodies = Dictionary(entities.map { ($0.name, $0.body) }) { first, _ in first }
        let names = Set(rollups.keys).union(bodies.keys).sorted()
        var table = Self.table(names, names.map { rollups[$0] ?? ExperimentRollup() }, bodies)
        if let text = parameters.text("where") {
            table = try table.filtered(
                try SQL.condition(text, result: table, now: parameters.now))
        }
        table.totalCount = table.rowCount
        return try inquiry.arrange(table, ties: ["name"])
    }

    private static func table(
        _ names: [String], _ rollups: [ExperimentRollup], _ bodies: [String: [UInt8]]
    ) -> ResultTable {
        ResultTable(
            columns: [
                ResultColumn("name", names.map { $0 }),
                ResultColumn("run_count", .int64, rollups.map { Int64($0.runCount) }),
                ResultColumn("error_count", .int64, rollups.map { Int64($0.errorCount) }),
                ResultColumn("test_case_count", .int64, rollups.map { Int64($0.testCaseCount) }),
                ResultColumn("first_started_at", .instant, rollups.map(\.firstStart)),
                ResultColumn("last_started_at", .instant, rollups.map(\.lastStart)),
                ResultColumn("models", json: rollups.map { StringList.json($0.models) }),
                ResultColumn("agents", json: rollups.map { StringList.json($0.agents) }),
                ResultColumn("cost_usd", json: rollups.map { $0.cost?.json }),
                ResultColumn("latency_ms", json: rollups.map { $0.latency?.json }),
                ResultColumn("scores", json: rollups.map { $0.scoresJSON }),
                ResultColumn("body", json: names.map { bodies[$0] }),
            ], rowCount: names.count)
    }
}
