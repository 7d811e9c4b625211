// `metrics names`: the metrics of a run, of several or of a project, with how many points of the view
// they have, non-finite ones included.

import SpanColumns
import SpanModel
import SpanQuery

enum MetricNamesQuestion {
    static let spec = QuestionSpec(
        name: "metrics/names", summary: "The metrics of a run", argument: nil,
        parameters: [
            ParameterSpec("run", "the run (required unless 'runs' or 'project' is given)"),
            ParameterSpec("runs", "several runs, divided by commas"),
            ParameterSpec("search", "only names that contain this, whatever the case"),
        ] + ParameterSpec.common)

    static func answer(_ inquiry: inout Inquiry) throws(StoreError) -> ResultTable {
        let parameters = inquiry.parameters
        if parameters.text("runs") == nil, parameters.text("project") == nil {
            _ = try parameters.required("run")
        }
        let names = try table(
            try MetricSelection(parameters), search: parameters.text("search"), &inquiry)
        return try inquiry.arrange(names, ties: ["name"])
    }

    /// Name, points, least and greatest step of each metric of a selection whose name contains
    /// `search`, by name.
    static func table(
        _ selection: MetricSelection, search: String?, _ inquiry: inout Inquiry
    ) throws(StoreError) -> ResultTable {
        let table = try MetricSummaries.table(
            selection, by: [.metricName], &inquiry, [.points, .firstStep, .lastStep])
        guard let search = search?.lowercased() else { return table }
        let names = try table.column("name").values.strings()
        return table.rows(
            names.indices.filter { names[$0]?.lowercased().contains(search) ?? false }
                .map { UInt32($0) })
    }
}
