// A run of rows as text: the cells of every column, then row after row. A column whose cells become
// long shortens the run.
// Cost: about 3 ns a cell beside its writing.

import SpanColumns
import SpanModel

/// Cells of some rows of a result.
struct CellRun {
    /// Rows whose cells are made at a time: few enough to stay in the processor's cache.
    private static let rowsMax = 1_024

    /// The cells of one column.
    private final class Column {
        let cells: CellWriter

        init(
            _ column: ResultColumn, rows: Range<Int>, style: CellStyle, frame: CellFrame
        ) throws(StoreError) {
            var writer = CellWriter(rows: rows, style: style, frame: frame)
            try writer.append(column.values, type: column.type)
            cells = writer
        }
    }

    private let columns: [Column]
    /// The rows that have cells.
    let rows: Range<Int>

    /// The cells of rows from `start` on; at least one row. Throws `corruption` when a text block
    /// is damaged.
    init(
        _ table: ResultTable, from start: Int, style: CellStyle, frames: [CellFrame]
    ) throws(StoreError) {
        // A short run at the end is not worth that the text of the others is copied for it.
        let rest = table.rowCount - start
        var rows = start..<start + (rest > Self.rowsMax * 3 / 2 ? Self.rowsMax : rest)
        var columns: [Column] = []
        for (column, frame) in zip(table.columns, frames) {
            let column = try Column(column, rows: rows, style: style, frame: frame)
            rows = start..<start + column.cells.rowCount
            columns.append(column)
        }
        self.columns = columns
        self.rows = rows
    }

    /// Calls `body` with the bytes of a cell; `row` counts from the first row of the run.
    func withCell<R>(_ row: Int, column: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        let column = columns[column]
        return withExtendedLifetime(column) {
            let start = row == 0 ? 0 : column.cells.cellEnds[row - 1]
            let end = column.cells.cellEnds[row]
            return body(
                UnsafeRawBufferPointer(start: column.cells.start + start, count: end - start))
        }
    }

    /// `head`, the cells of each row in the order of columns, and `tail`. `skipped` bytes of the
    /// first cell are left out.
    func assemble(head: [UInt8], tail: [UInt8], skipped: Int = 0) -> [UInt8] {
        withExtendedLifetime(columns) {
            let cellBytes = columns.reduce(0) { $0 + $1.cells.byteCount }
            let capacity = head.count + cellBytes + tail.count + CellBuffer.slackBytes
            return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
                guard let start = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
                var out = start
                out.append(head)
                interleave(to: &out, skipped: skipped)
                out.append(tail)
                initialized = out - start
            }
        }
    }

    /// Where the next cell of a column starts, and where its cells end.
    private struct Cursor {
        let start: UnsafeRawPointer
        var position: Int
        let ends: UnsafePointer<Int>
    }

    private func interleave(to out: inout UnsafeMutableRawPointer, skipped: Int) {
        var cursors = columns.map {
            Cursor(start: $0.cells.start, position: 0, ends: $0.cells.cellEnds)
        }
        if !rows.isEmpty, !cursors.isEmpty { cursors[0].position = skipped }
        cursors.withUnsafeMutableBufferPointer { cursors in
            var end = out
            for row in 0..<rows.count {
                for column in 0..<cursors.count {
                    let position = cursors[column].position
                    let cellEnd = cursors[column].ends[row]
                    let source = cursors[column].start + position
                    let count = cellEnd &- position
                    if count <= 64 {
                        end.copyShort(from: source, count: count)
                    } else {
                        end.copyMemory(from: source, byteCount: count)
                    }
                    end += count
                    cursors[column].position = cellEnd
                }
            }
            out = end
        }
    }
}

extension UnsafeMutableRawPointer {
    /// Writes bytes here and moves on.
    fileprivate mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { copyBytes(of: $0) }
        self += bytes.count
    }
}
