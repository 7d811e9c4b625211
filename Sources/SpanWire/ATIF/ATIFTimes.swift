// When the parts of a trajectory began and ended. A step has one timestamp, its start; ends come
// from `extra.invocation` (NAT: seconds since the epoch), from the next step that has a time, or
// from the verifier. What nobody knows stays open, and an end before its start is none.

import SpanModel

/// A start and an end, each if known; nanoseconds since the epoch.
struct ATIFWindow {
    var start: Int64?
    var end: Int64?
}

/// Times of trajectories.
enum ATIFTimes {
    /// ISO 8601 as trajectories have it: without a zone it is UTC, and a date alone is its midnight.
    static func parse(_ text: String) -> Int64? {
        Instant.parse(text) ?? Instant.parse(text + "Z") ?? Instant.parse(text + "T00:00:00Z")
    }

    /// The window in an `extra`.
    static func invocation(_ extra: ATIFExtra) -> ATIFWindow {
        let invocation = extra["invocation"]
        return ATIFWindow(
            start: invocation?["start_timestamp"]?.number.flatMap(nanoseconds),
            end: invocation?["end_timestamp"]?.number.flatMap(nanoseconds))
    }

    /// When the verifier ran, by the `extra` of a trajectory.
    static func verifier(_ extra: ATIFExtra) -> ATIFWindow {
        let verifier = extra["verifier"]
        return ATIFWindow(
            start: verifier?["started_at"]?.text.flatMap(parse),
            end: verifier?["finished_at"]?.text.flatMap(parse))
    }

    /// The start of a step that says when.
    static func start(_ step: ATIFStep) -> Int64? { step.invocation.start ?? step.timestamp }

    /// When each step ended.
    static func ends(_ trajectory: ATIFTrajectory) -> [Int64?] {
        var ends: [Int64?] = []
        var next = trajectory.verifier.end
        for step in trajectory.steps.reversed() {
            ends.append(step.invocation.end ?? next)
            next = start(step) ?? next
        }
        return ends.reversed()
    }

    /// The earliest and the latest time that the trajectory or one within it names.
    static func extent(_ trajectory: ATIFTrajectory) -> ATIFWindow {
        var starts = [trajectory.verifier.start]
        var ends = [trajectory.verifier.end]
        for step in trajectory.steps {
            for window in [step.invocation] + step.calls.map(\.invocation) {
                starts.append(window.start)
                ends.append(window.end)
            }
            starts.append(step.timestamp)
            ends.append(step.timestamp)
        }
        for subagent in trajectory.subagents {
            starts.append(subagent.extent.start)
            ends.append(subagent.extent.end)
        }
        return ATIFWindow(start: starts.compactMap { $0 }.min(), end: ends.compactMap { $0 }.max())
    }

    private static func nanoseconds(_ seconds: Double) -> Int64? {
        let scaled = (seconds * 1e9).rounded()
        return scaled.magnitude < 9.2e18 ? Int64(scaled) : nil
    }
}
