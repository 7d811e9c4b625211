// Reading decoded batches back as JSON, through the encoder that answers use.

import SpanColumns
import SpanModel
import SpanWire

/// A batch as a result table of the named columns.
func resultTable(_ batch: ColumnBatch, _ names: [String]) -> ResultTable {
    let columns = names.map { name in
        let number = batch.schema.column(named: name) ?? 0
        return ResultColumn(
            name: name, type: batch.schema.columns[number].type, values: batch.columns[number])
    }
    return ResultTable(columns: columns, rowCount: batch.rowCount)
}

/// All rows of a body as JSON objects with the named columns, one a line.
func lines(_ body: DecodedBody, _ names: [String]) throws -> [String] {
    var lines: [String] = []
    for batch in body.batches {
        let bytes = try ResultEncoder.encode(resultTable(batch, names), as: .ndjson)
        lines += String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
    return lines
}

/// Decodes NDJSON text.
func decode(_ text: String, _ table: TableSchema) throws -> DecodedBody {
    try NDJSONDecoder.decode(Array(text.utf8), table: table)
}

/// Every column of every row, system columns other than the kind of write left out.
func allColumns(_ body: DecodedBody) throws -> [String] {
    guard let schema = body.batches.first?.schema else { return [] }
    return try lines(
        body, ["write_kind"] + schema.columns.dropFirst(SystemColumn.count).map(\.name))
}
