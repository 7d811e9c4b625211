// The rows of a morsel that are read because no sum of theirs can be taken: neighbours of one line, with
// their steps, of which only those that are not known otherwise are read.

import SpanModel
import SpanQuery

/// Neighbouring rows of one line that are read.
struct LinePiece {
    let line: Int
    let rows: Range<Int>
    let steps: LineSteps
}

/// Collects rows in order.
struct LinePieces {
    private struct Part {
        let line: Int
        var rows: Range<Int>
        /// The step of row 0, if the line has every step here and were that long.
        var every: Int64?
    }

    private var parts: [Part] = []

    mutating func reserveCapacity(_ count: Int) { parts.reserveCapacity(count) }

    /// Adds rows of a line; `every` is the step of row 0, if the line has every step here and were that
    /// long.
    mutating func append(_ rows: Range<Int>, of line: Int, every: Int64? = nil) {
        if let last = parts.last, last.line == line, last.rows.upperBound == rows.lowerBound {
            parts[parts.count - 1].rows = last.rows.lowerBound..<rows.upperBound
            if last.every != every { parts[parts.count - 1].every = nil }
        } else {
            parts.append(Part(line: line, rows: rows, every: every))
        }
    }

    /// All rows that were appended; steps are output 0.
    func read(_ rows: FoldedRows) throws(StoreError) -> [LinePiece] {
        let steps = try rows.integers(0, in: parts.filter { $0.every == nil }.map(\.rows))
        var place = 0
        return parts.map { part in
            if let first = part.every {
                return LinePiece(line: part.line, rows: part.rows, steps: .every(from: first))
            }
            let first = part.rows.lowerBound - place
            place += part.rows.count
            return LinePiece(
                line: part.line, rows: part.rows, steps: .ascending(steps, first: first))
        }
    }
}
