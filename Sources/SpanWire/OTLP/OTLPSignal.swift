// The three kinds of OTLP requests. Only traces are stored; logs and metrics, which SDKs send to
// the same endpoint, are counted, so that the answer can say what was not kept.

import SpanModel

/// A kind of OTLP data.
package enum OTLPSignal: Sendable {
    case traces, logs, metrics

    /// Field numbers from the request down to what is counted.
    private var protobufPath: [[UInt64]] {
        switch self {
        case .traces, .logs: [[1], [2], [2]]
        // Below a metric: gauge, sum, histogram, exponential histogram, summary.
        case .metrics: [[1], [2], [2], [5, 7, 9, 10, 11], [1]]
        }
    }

    /// The same path in OTLP/JSON.
    private var jsonPath: [[String]] {
        switch self {
        case .traces: [["resourceSpans"], ["scopeSpans"], ["spans"]]
        case .logs: [["resourceLogs"], ["scopeLogs"], ["logRecords"]]
        case .metrics:
            [
                ["resourceMetrics"], ["scopeMetrics"], ["metrics"],
                ["gauge", "sum", "histogram", "exponentialHistogram", "summary"],
                ["dataPoints"],
            ]
        }
    }

    /// Counts the spans, log records or data points of an `application/x-protobuf` request.
    /// Throws `malformedBody` and `limitExceeded`.
    package func countProtobuf(_ body: UnsafeRawBufferPointer) throws(StoreError) -> Int {
        try OTLPTraceDecoder.check(body)
        do throws(WireError) {
            return try Self.count(ProtobufCursor(body), protobufPath[...])
        } catch {
            throw error.asStoreError
        }
    }

    /// Counts the spans, log records or data points of an `application/json` request.
    /// Throws `malformedBody` and `limitExceeded`.
    package func countJSON(_ body: UnsafeRawBufferPointer) throws(StoreError) -> Int {
        try OTLPTraceDecoder.check(body)
        if let offset = UTF8Validation.firstInvalidByte(in: body) {
            throw .malformedBody(offset: offset, reason: "invalid UTF-8")
        }
        do throws(JSONError) {
            var cursor = JSONCursor(body)
            let path = jsonPath.map { KeyTable($0) }
            let count = try Self.count(&cursor, path[...])
            try cursor.finish()
            return count
        } catch {
            throw .malformedBody(offset: error.offset, reason: error.reason)
        }
    }

    private static func count(
        _ message: ProtobufCursor, _ path: ArraySlice<[UInt64]>
    ) throws(WireError) -> Int {
        guard let fields = path.first else { return 1 }
        var cursor = message
        var count = 0
        while let tag = try cursor.nextTag() {
            if tag & 7 == 2, fields.contains(tag >> 3) {
                count += try self.count(try cursor.message(), path.dropFirst())
            } else {
                try cursor.skip(tag)
            }
        }
        return count
    }

    private static func count(
        _ cursor: inout JSONCursor, _ path: ArraySlice<KeyTable>
    ) throws(JSONError) -> Int {
        guard let names = path.first else {
            try cursor.skipUnknown()
            return 1
        }
        if try cursor.takeNull() { return 0 }
        try cursor.enterObject()
        var count = 0
        var isFirst = true
        while let key = try cursor.nextKey(&isFirst) {
            if names.find(key.raw) == nil {
                try cursor.skipUnknown()
            } else if try cursor.peek() == .object {
                count += try self.count(&cursor, path.dropFirst())
            } else {
                var items = try ArrayItems(&cursor)
                while try items.next(&cursor) {
                    count += try self.count(&cursor, path.dropFirst())
                }
            }
        }
        return count
    }
}
