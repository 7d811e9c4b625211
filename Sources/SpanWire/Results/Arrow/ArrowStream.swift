// A result as an Arrow IPC stream: the schema, record batches of bounded size, the end. Specified
// in schemas/arrow.md. Order of calls: `next` until `isEnded`.

import SpanColumns
import SpanModel

/// The pieces of a stream: a record batch each, with the schema before the first one and the end
/// of the stream after the last one.
struct ArrowStream {
    private var table: ResultTable
    private var nextRow = 0
    private var hasBegun = false
    /// Whether `next` has given the last piece.
    private(set) var isEnded = false

    init(_ table: ResultTable) { self.table = table }

    /// The next piece. Throws `corruption` when a text block is damaged, and what reading rows throws.
    mutating func next() throws(StoreError) -> [UInt8] {
        if nextRow == table.rowCount, let rest = table.rest {
            table = try rest.rows()
            nextRow = 0
        }
        let head = hasBegun ? [] : ArrowMessage.schema(of: table)
        hasBegun = true
        guard nextRow < table.rowCount else {
            isEnded = true
            return head + ArrowMessage.endOfStream
        }
        let batch = ArrowBatch(table, from: nextRow)
        nextRow = batch.end
        isEnded = nextRow == table.rowCount && table.rest == nil
        return try batch.encode(
            after: head, before: isEnded ? ArrowMessage.endOfStream : [])
    }
}
