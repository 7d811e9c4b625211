// CSV by RFC 4180: a header, CRLF line ends, and quotes around cells that hold a comma, a quote or
// a line end. A null is an empty cell, an empty text is `""`, so that the two stay apart.

import SpanColumns
import SpanModel

/// Writes CSV.
enum CSVEncoder {
    /// Appends a header and a line per row.
    static func append(_ table: ResultTable, to out: inout [UInt8]) throws(StoreError) {
        for (index, column) in table.columns.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            appendCell(Array(column.name.utf8)[...], to: &out)
        }
        endLine(&out)
        for run in ResultEncoder.runs(of: table) {
            let cells = try ResultEncoder.cells(table, rows: run, style: .text)
            for row in 0..<run.count {
                for (index, column) in cells.enumerated() {
                    if index > 0 { out.append(UInt8(ascii: ",")) }
                    let range = column.range(row)
                    if range.isEmpty, !table.columns[index].isNull(run.lowerBound + row) {
                        out.append(contentsOf: "\"\"".utf8)
                    } else {
                        appendCell(column.bytes[range], to: &out)
                    }
                }
                endLine(&out)
            }
        }
    }

    private static func appendCell(_ cell: ArraySlice<UInt8>, to out: inout [UInt8]) {
        let needsQuotes = cell.contains { byte in
            byte == UInt8(ascii: "\"") || byte == UInt8(ascii: ",") || byte == 0x0A
                || byte == 0x0D
        }
        guard needsQuotes else {
            out.append(contentsOf: cell)
            return
        }
        out.append(UInt8(ascii: "\""))
        for byte in cell {
            if byte == UInt8(ascii: "\"") { out.append(byte) }
            out.append(byte)
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func endLine(_ out: inout [UInt8]) { out.append(contentsOf: [0x0D, 0x0A]) }
}

extension ResultColumn {
    /// Whether a row of a textual column has no value.
    fileprivate func isNull(_ row: Int) -> Bool {
        switch values {
        case .string(let vector): vector.codes[row] == StringVector.nullCode
        case .text(let vector): vector.references[row].isNull
        default: true
        }
    }
}
