// Aligned columns for terminals: numbers to the right, texts to the left, nothing in a cell that
// could steer the terminal (control characters show as escapes, S6), long cells cut with `…`.
// Widths need every row, so this form is for answers that people read.

import SpanColumns
import SpanModel

/// Writes aligned columns.
enum TableEncoder {
    /// Display columns after which a cell is cut.
    private static let cellWidthMax = 60

    /// A cell as it is shown.
    private struct Cell {
        let text: String
        let width: Int
    }

    /// A header, a rule and a line per row. Throws `corruption` when a text block is damaged.
    static func encode(_ table: ResultTable) throws(StoreError) -> [UInt8] {
        var out: [UInt8] = []
        let columns = try shownColumns(table)
        let widths = columns.map { column in column.map(\.width).max() ?? 0 }
        for line in 0...table.rowCount {
            var text = ""
            for (index, column) in columns.enumerated() {
                if index > 0 { text += "  " }
                let cell = column[line]
                let padding = String(repeating: " ", count: widths[index] - cell.width)
                let isLast = index == columns.count - 1
                if isNumeric(table.columns[index].type) {
                    text += padding + cell.text
                } else {
                    text += isLast ? cell.text : cell.text + padding
                }
            }
            out.append(contentsOf: text.utf8)
            out.append(0x0A)
            if line == 0 { appendRule(widths, to: &out) }
        }
        return out
    }

    /// Per column its header and its cells.
    private static func shownColumns(_ table: ResultTable) throws(StoreError) -> [[Cell]] {
        var columns = table.columns.map { [shown(Array($0.name.utf8))] }
        let frames = table.columns.map { _ in CellFrame() }
        var start = 0
        while start < table.rowCount {
            let run = try CellRun(table, from: start, style: .plain, frames: frames)
            for column in columns.indices {
                for row in 0..<run.rows.count {
                    columns[column].append(run.withCell(row, column: column) { shown($0) })
                }
            }
            start = run.rows.upperBound
        }
        return columns
    }

    private static func appendRule(_ widths: [Int], to out: inout [UInt8]) {
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
        out.append(contentsOf: rule.utf8)
        out.append(0x0A)
    }

    private static func isNumeric(_ type: ColumnType) -> Bool {
        switch type {
        case .int64, .float64, .money: true
        case .bool, .instant, .identifier, .string, .text, .json: false
        }
    }

    private static func shown(_ bytes: some Collection<UInt8>) -> Cell {
        var text = String.UnicodeScalarView()
        var width = 0
        // Four bytes a character are enough to fill the cell; the rest need not be looked at.
        for scalar in String(decoding: bytes.prefix(cellWidthMax * 4 + 4), as: UTF8.self)
            .unicodeScalars
        {
            let piece = escape(scalar)
            let pieceWidth = DisplayWidth.of(piece)
            if width + pieceWidth > cellWidthMax {
                text.append("…")
                return Cell(text: String(text), width: width + 1)
            }
            text.append(contentsOf: piece.unicodeScalars)
            width += pieceWidth
        }
        return Cell(text: String(text), width: width)
    }

    /// Control characters (C0, DEL, C1) and the marks that reorder text, as escapes.
    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x0A: return "\\n"
        case 0x0D: return "\\r"
        case 0x09: return "\\t"
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
            return "\\u{" + String(scalar.value, radix: 16) + "}"
        default: return String(Character(scalar))
        }
    }
}
