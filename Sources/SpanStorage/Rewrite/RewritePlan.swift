// Decides where each row of a rewrite goes: to the live region, to the history region, or nowhere
// (merged rows that were superseded: raw never saw them; rows that are erased), and to which output: one, or one per day.
// The plan is also the map from old rows to new ones, with which kills that came after its snapshot
// are applied again.

import SpanColumns
import SpanModel

/// The rows of one segment to be written, in order.
struct RewriteOutput {
    /// The day of all rows; 0 when the rewrite does not split by day.
    let day: Int64
    /// Sorted by sort key, then arrival.
    var live: [RewriteRow] = []
    var history: [RewriteRow] = []

    var rowCount: Int { live.count + history.count }
}

/// Plans rewrites.
enum RewritePlan {
    /// All rows of the input as outputs of at most `rowsMax` rows, in order of day when `byDay`.
    /// Kills up to `sequence` are folded in. Rows that are marked in `omitted`, by row group, go
    /// nowhere.
    static func outputs(
        _ input: RewriteInput, through sequence: UInt64, byDay: Bool, rowsMax: Int,
        omitting omitted: [[Bool]?] = []
    ) throws(StoreError) -> [RewriteOutput] {
        let keys = try SortKeys(input)
        var days: [Int64: RewriteOutput] = [:]
        for (number, group) in input.groups.enumerated() {
            var classes = try classify(group, through: sequence)
            if number < omitted.count, let marks = omitted[number] {
                for row in marks.indices where marks[row] { classes[row] = .dropped }
            }
            let rowDays = byDay ? try Self.days(of: group, schema: input.schema) : nil
            let sequences = try group.integers(SystemColumn.sequence).values
            for row in 0..<group.rowCount where classes[row] != .dropped {
                let entry = RewriteRow(
                    key0: keys.part(0, group: number, row: row),
                    key1: keys.part(1, group: number, row: row),
                    key2: keys.part(2, group: number, row: row),
                    sequence: UInt64(bitPattern: sequences[row]), group: UInt32(number),
                    row: UInt32(row))
                let day = rowDays?[row] ?? 0
                if classes[row] == .live {
                    days[day, default: RewriteOutput(day: day)].live.append(entry)
                } else {
                    days[day, default: RewriteOutput(day: day)].history.append(entry)
                }
            }
        }
        return days.keys.sorted().flatMap { day -> [RewriteOutput] in
            guard var output = days[day] else { return [] }
            output.live.sort(by: <)
            output.history.sort(by: <)
            return split(output, rowsMax: rowsMax)
        }
    }

    private enum RowClass {
        case live, history, dropped
    }

    private static func classify(
        _ group: RewriteInput.Group, through sequence: UInt64
    ) throws(StoreError) -> [RowClass] {
        let isHistory = group.container.isHistory(group: group.group)
        let kinds = try group.integers(SystemColumn.writeKind).values
        var classes = kinds.map { raw -> RowClass in
            switch WriteKind(rawValue: UInt8(truncatingIfNeeded: raw)) ?? .complete {
            case .complete: isHistory ? .history : .live
            case .merged: .live
            case .patch, .tombstone: .history
            }
        }
        let first = UInt32(group.firstRow)
        let range = first..<first + UInt32(group.rowCount)
        for killed in group.container.kills.rows(in: range, through: sequence) {
            let row = Int(killed - first)
            let isMerged = kinds[row] == Int64(WriteKind.merged.rawValue)
            classes[row] = isMerged ? .dropped : .history
        }
        return classes
    }

    /// The day of each row: that of its time, or of its arrival while it has none.
    private static func days(
        of group: RewriteInput.Group, schema: TableSchema
    ) throws(StoreError) -> [Int64] {
        guard let column = schema.time else { return Array(repeating: 0, count: group.rowCount) }
        let times = try group.integers(column)
        let arrivals = try group.integers(SystemColumn.ingestTime).values
        return (0..<group.rowCount).map { row in
            let isNull = times.validity.map { $0[row] == 0 } ?? false
            return Instant.day(of: isNull ? arrivals[row] : times.values[row])
        }
    }

    /// Cuts an output into runs of at most `rowsMax` rows of each region.
    private static func split(_ output: RewriteOutput, rowsMax: Int) -> [RewriteOutput] {
        if output.rowCount <= rowsMax { return [output] }
        let count = (output.rowCount + rowsMax - 1) / rowsMax
        return (0..<count).map { part in
            func slice(_ rows: [RewriteRow]) -> [RewriteRow] {
                Array(rows[(rows.count * part / count)..<(rows.count * (part + 1) / count)])
            }
            return RewriteOutput(
                day: output.day, live: slice(output.live), history: slice(output.history))
        }
    }
}
