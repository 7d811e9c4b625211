// What every decoder of request bodies returns. The decoder reads the whole body and collects
// what it refuses; whether a refusal spoils the rest is the route's decision.

import SpanColumns
import SpanModel

/// The records of a request body as columns.
package struct DecodedBody: Sendable {
    /// In order of arrival, each of up to `Limits.recordRowsMax` rows of one table.
    package var batches: [ColumnBatch] = []
    /// Records in `batches`.
    package var acceptedCount = 0
    /// Records refused, exactly.
    package var rejectedCount = 0
    /// The first `Limits.rejectionsListedMax` refusals.
    package var rejections: [Rejection] = []

    package init() {}

    mutating func reject(line: Int, _ error: @autoclosure () -> String) {
        rejectedCount += 1
        guard rejections.count < Limits.rejectionsListedMax else { return }
        rejections.append(Rejection(line: line, error: error()))
    }
}

/// A record that was refused.
package struct Rejection: Sendable, Equatable {
    /// The line of NDJSON, or the position of the span in its request; from 1.
    package let line: Int
    /// `field: reason`, without payload text.
    package let error: String

    package init(line: Int, error: String) {
        self.line = line
        self.error = error
    }
}

/// Why one record is refused.
struct RecordError: Error {
    let field: String
    let reason: String

    init(_ field: String, _ reason: String) {
        self.field = field
        self.reason = reason
    }

    var description: String { "\(field): \(reason)" }
}

/// Ends batches at `Limits.recordRowsMax` rows.
struct BatchCollector: ~Copyable {
    var builder: BatchBuilder
    private var body = DecodedBody()
    private let textCodec: BlockCodec

    init(schema: TableSchema, textCodec: BlockCodec = .zstd) {
        builder = BatchBuilder(schema: schema, textCodec: textCodec)
        self.textCodec = textCodec
    }

    /// Whether the batch ends with the current row.
    var isLastRow: Bool { builder.rowCount == Limits.recordRowsMax - 1 }

    /// Ends the current row of `builder`.
    mutating func endRow() {
        builder.endRow()
        body.acceptedCount += 1
        if builder.rowCount == Limits.recordRowsMax {
            var next = BatchBuilder(schema: builder.schema, textCodec: textCodec)
            next.setDefaults(builder.defaults)
            let full = exchange(&builder, with: next)
            body.batches.append(full.finish())
        }
    }

    /// Drops the current row of `builder` and lists why.
    mutating func reject(line: Int, _ error: @autoclosure () -> String) {
        builder.cancelRow()
        body.reject(line: line, error())
    }

    /// All batches and refusals.
    consuming func finish() -> DecodedBody {
        var body = body
        if builder.rowCount > 0 { body.batches.append(builder.finish()) }
        return body
    }
}
