// A result as an Arrow IPC stream: the schema, record batches of bounded size, the end. Specified
// in schemas/arrow.md. Order of calls: `next` until it gives nil.

import SpanColumns
import SpanModel

/// The messages of a stream, one at a time.
struct ArrowStream {
    private enum State {
        case schema
        case batches(from: Int)
        case ended
    }

    private let table: ResultTable
    private var state = State.schema

    init(_ table: ResultTable) { self.table = table }

    /// The next message. Throws `corruption` when a text block is damaged.
    mutating func next() throws(StoreError) -> [UInt8]? {
        switch state {
        case .schema:
            state = .batches(from: 0)
            return ArrowMessage.schema(of: table)
        case .batches(let start) where start < table.rowCount:
            let batch = ArrowBatch(table, from: start)
            state = .batches(from: batch.end)
            return try batch.encode()
        case .batches:
            state = .ended
            return ArrowMessage.endOfStream
        case .ended: return nil
        }
    }
}
