// A result as an Arrow IPC stream: the schema, record batches of bounded size, the end. Specified
// in schemas/arrow.md. Order of calls: `next` until `isEnded`.

import SpanColumns
import SpanModel

/// The pieces of a stream: a record batch each, with the schema before the first one and the end
/// of the stream after the last one.
struct ArrowStream {
    private let table: ResultTable
    private var nextRow = 0
    /// Whether `next` has given the last piece.
    private(set) var isEnded = false

    init(_ table: ResultTable) { self.table = table }

    /// The next piece. Throws `corruption` when a text block is damaged.
    mutating func next() throws(StoreError) -> [UInt8] {
        let head = nextRow == 0 ? ArrowMessage.schema(of: table) : []
        guard nextRow < table.rowCount else {
            isEnded = true
            return head + ArrowMessage.endOfStream
        }
        let batch = ArrowBatch(table, from: nextRow)
        nextRow = batch.end
        isEnded = nextRow == table.rowCount
        return try batch.encode(
            after: head, before: isEnded ? ArrowMessage.endOfStream : [])
    }
}
