// A result as an Arrow IPC stream: the schema, record batches of bounded size, the end. Specified
// in schemas/arrow.md. Order of calls: `next` until `isEnded`.

import SpanColumns
import SpanModel

/// The pieces of a stream: a record batch each, with the schema before the first one and the end
/// of the stream after the last one.
struct ArrowStream {
    private var cursor: ResultCursor

    init(_ table: ResultTable) { cursor = ResultCursor(table) }

    /// Whether `next` has given the last piece.
    var isEnded: Bool { cursor.isEnded }

    /// The next piece. Throws `corruption` when a text block is damaged, and what reading rows throws.
    mutating func next() throws(StoreError) -> [UInt8] {
        let isFirst = try cursor.open()
        let head = isFirst ? ArrowMessage.schema(of: cursor.table) : []
        guard cursor.row < cursor.table.rowCount else {
            cursor.close(at: cursor.row)
            return head + ArrowMessage.endOfStream
        }
        let batch = ArrowBatch(cursor.table, from: cursor.row)
        cursor.close(at: batch.end)
        return try batch.encode(after: head, before: isEnded ? ArrowMessage.endOfStream : [])
    }
}
