// What all questions about metrics share: which points they look at.

import SpanModel
import SpanQuery

enum MetricFilters {
    static let run = ParameterSpec("run", "the run (required)")

    /// The condition of `run`, `project` and the time window.
    static func predicate(_ parameters: Parameters) throws(StoreError) -> Predicate {
        let window = try parameters.window()
        var parts: [Predicate] = [
            .compare(
                .column(MetricColumn.runID), .equal, .string(try parameters.required("run"))),
            .window(.column(MetricColumn.time), from: window.from, to: window.to),
        ]
        if let project = parameters.text("project") {
            parts.append(.compare(.column(MetricColumn.project), .equal, .string(project)))
        }
        return .and(parts)
    }
}
