// Answers as bytes. Rows are encoded in runs, so that beside the output only one run's cells are in
// memory. Instants are RFC 3339 with nanoseconds, money a plain decimal number, a double its
// shortest exact text (JSON has no NaN and no infinity: null), json is as it was stored.
// Cost: about 50 ns a number, a copy a text.

import SpanColumns
import SpanModel

/// The output formats of `--format`.
package enum ResultFormat: String, Sendable, CaseIterable {
    /// One array of row objects.
    case json
    /// A row object per line.
    case ndjson
    /// RFC 4180 with a header; a null is an empty cell.
    case csv
    /// An Arrow IPC stream (schemas/arrow.md).
    case arrow
    /// Aligned columns for people.
    case table
}

/// Encodes `ResultTable`s.
package enum ResultEncoder {
    /// Rows whose cells are made at a time.
    private static let runRows = 4_096

    /// The whole answer in `format`. Throws `corruption` when a text block is damaged.
    package static func encode(
        _ table: ResultTable, as format: ResultFormat
    ) throws(StoreError) -> [UInt8] {
        var out: [UInt8] = []
        switch format {
        case .json:
            try appendArray(table, to: &out)
            out.append(0x0A)
        case .ndjson:
            try appendObjects(table, separator: "\n", to: &out)
            if table.rowCount > 0 { out.append(0x0A) }
        case .csv: try CSVEncoder.append(table, to: &out)
        case .arrow:
            var stream = ArrowStream(table)
            while let message = try stream.next() { out.append(contentsOf: message) }
        case .table: try TableEncoder.append(table, to: &out)
        }
        return out
    }

    /// The answer of the HTTP routes: `{"rows":[…],"truncated":false}`, with `total` where the
    /// question counts its rows, and after it `extra`, members that are JSON already.
    package static func encodeObject(
        _ table: ResultTable, extra: [(name: String, json: [UInt8])] = []
    ) throws(StoreError) -> [UInt8] {
        var out = Array("{\"rows\":".utf8)
        try appendArray(table, to: &out)
        out.append(contentsOf: ",\"truncated\":\(table.isTruncated)".utf8)
        if let total = table.totalCount { out.append(contentsOf: ",\"total\":\(total)".utf8) }
        for member in extra {
            out.append(UInt8(ascii: ","))
            JSONWriter.appendString(member.name, to: &out)
            out.append(UInt8(ascii: ":"))
            out.append(contentsOf: member.json)
        }
        out.append(UInt8(ascii: "}"))
        return out
    }

    /// Appends `[{…},…]`.
    package static func appendArray(
        _ table: ResultTable, to out: inout [UInt8]
    ) throws(StoreError) {
        out.append(UInt8(ascii: "["))
        try appendObjects(table, separator: ",", to: &out)
        out.append(UInt8(ascii: "]"))
    }

    private static func appendObjects(
        _ table: ResultTable, separator: Unicode.Scalar, to out: inout [UInt8]
    ) throws(StoreError) {
        let prefixes = table.columns.enumerated().map { index, column in
            var prefix: [UInt8] = index == 0 ? [] : [UInt8(ascii: ",")]
            JSONWriter.appendString(column.name, to: &prefix)
            prefix.append(UInt8(ascii: ":"))
            return prefix
        }
        for run in runs(of: table) {
            let cells = try cells(table, rows: run, style: .json)
            for row in 0..<run.count {
                if run.lowerBound + row > 0 { out.append(UInt8(ascii: separator)) }
                out.append(UInt8(ascii: "{"))
                for (prefix, column) in zip(prefixes, cells) {
                    out.append(contentsOf: prefix)
                    out.append(contentsOf: column.bytes[column.range(row)])
                }
                out.append(UInt8(ascii: "}"))
            }
        }
    }

    /// The rows of a table in runs.
    static func runs(of table: ResultTable) -> [Range<Int>] {
        stride(from: 0, to: table.rowCount, by: runRows).map {
            $0..<min($0 + runRows, table.rowCount)
        }
    }

    /// The cells of all columns for a run of rows.
    static func cells(
        _ table: ResultTable, rows: Range<Int>, style: CellStyle
    ) throws(StoreError) -> [CellColumn] {
        var columns: [CellColumn] = []
        for column in table.columns {
            columns.append(try CellColumn(column, rows: rows, style: style))
        }
        return columns
    }
}
