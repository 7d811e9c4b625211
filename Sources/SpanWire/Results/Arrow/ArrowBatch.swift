// A record batch: which rows, where the buffers of its columns lie, and the message.

import SpanColumns
import SpanModel

/// Some rows of a result as one Arrow message.
struct ArrowBatch {
    private let rows: Range<Int>
    private let columns: [ArrowColumn]

    /// As many rows from `start` on as the limits of a batch allow, at least one.
    init(_ table: ResultTable, from start: Int) {
        var count = min(Limits.arrowBatchRowsMax, table.rowCount - start)
        while true {
            let rows = start..<start + count
            // A row alone always fits: its texts came in one request.
            let bytesMax = count == 1 ? Int.max : Limits.arrowBatchTextBytesMax
            let columns = table.columns.compactMap {
                ArrowColumn($0, rows: rows, bytesMax: bytesMax)
            }
            if columns.count == table.columns.count {
                self.rows = rows
                self.columns = columns
                return
            }
            count = (count + 1) / 2
        }
    }

    /// The row after the last one.
    var end: Int { rows.upperBound }

    /// The message between other bytes of the stream. Throws `corruption` when a text block is
    /// damaged.
    func encode(after prefix: [UInt8], before suffix: [UInt8]) throws(StoreError) -> [UInt8] {
        var starts: [Int] = []
        var lengths: [Int] = []
        var bodyBytes = 0
        for length in columns.flatMap(\.bufferBytes) {
            starts.append(bodyBytes)
            lengths.append(length)
            bodyBytes += ArrowMessage.aligned(length)
        }
        let head =
            prefix
            + ArrowMessage.recordBatch(
                rowCount: rows.count,
                nodes: columns.map { (Int64(rows.count), Int64($0.nullCount)) },
                buffers: zip(starts, lengths).map { (Int64($0), Int64($1)) },
                bodyBytes: bodyBytes)
        let bodyEnd = head.count + bodyBytes
        var failure: StoreError?
        // Writers may touch bytes beyond their buffers, hence beyond the last one too.
        let message = [UInt8](
            unsafeUninitializedCapacity: bodyEnd + max(suffix.count, ArrowMessage.alignment)
        ) { out, initialized in
            guard let start = UnsafeMutableRawPointer(out.baseAddress) else { return }
            head.withUnsafeBytes { start.copyBytes(of: $0) }
            do throws(StoreError) {
                try write(body: start + head.count, starts, lengths)
                suffix.withUnsafeBytes { (start + bodyEnd).copyBytes(of: $0) }
                initialized = bodyEnd + suffix.count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return message
    }

    /// Writes the buffers in order, and zeros after each.
    private func write(
        body: UnsafeMutableRawPointer, _ starts: [Int], _ lengths: [Int]
    ) throws(StoreError) {
        var first = 0
        for column in columns {
            let numbers = first..<first + column.bufferBytes.count
            try column.write(to: starts[numbers].map { body + $0 })
            for number in numbers {
                let end = starts[number] + lengths[number]
                let padding = ArrowMessage.aligned(lengths[number]) - lengths[number]
                (body + end).initializeMemory(as: UInt8.self, repeating: 0, count: padding)
            }
            first = numbers.upperBound
        }
    }
}
