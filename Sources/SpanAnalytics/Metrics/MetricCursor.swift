// Where a page of points ended, so that the next one begins behind it whatever was written or sealed
// meanwhile: the step, time and sequence of its last row, `STEP.TIME.SEQUENCE`.

import SpanColumns
import SpanModel
import SpanQuery

/// A place among the points of a line.
struct MetricCursor: Equatable {
    private let step: Int64
    private let time: Int64
    private let sequence: Int64

    /// What `text` says. Throws `invalidArgument` when it is no cursor.
    init(_ text: String) throws(StoreError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map {
            Int64($0)
        }
        guard parts.count == 3, let step = parts[0], let time = parts[1], let sequence = parts[2]
        else {
            throw .invalidArgument(name: "cursor", reason: "must be the next_cursor of an answer")
        }
        (self.step, self.time, self.sequence) = (step, time, sequence)
    }

    /// The place of the last row of a table with columns named `step` and `time`; nil unless it tells the
    /// row's arrival.
    init?(endOf table: ResultTable) throws(StoreError) {
        guard let sequence = table.lastArrival,
            case .integer(let steps) = try table.column("step").values,
            case .integer(let times) = try table.column("time").values,
            let step = steps.values.last, let time = times.values.last,
            steps.validity?.last != 0, times.validity?.last != 0
        else { return nil }
        (self.step, self.time, self.sequence) = (step, time, sequence)
    }

    var text: String { "\(step).\(time).\(sequence)" }

    /// True for the points behind the place.
    var predicate: Predicate {
        let step = Operand.column(MetricColumn.step)
        let time = Operand.column(MetricColumn.time)
        return .and([
            // Prunes; the rest decides.
            .compare(step, .greaterOrEqual, .integer(self.step)),
            .or([
                .compare(step, .greater, .integer(self.step)),
                .compare(time, .greater, .integer(self.time)),
                .and([
                    .compare(time, .equal, .integer(self.time)),
                    .compare(.arrival, .greater, .integer(sequence)),
                ]),
            ]),
        ])
    }
}
