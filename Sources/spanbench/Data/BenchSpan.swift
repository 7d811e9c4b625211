// A span before it is written out: everything but its texts and attributes, which follow from
// seeds, so that encoders on several threads can render the same spans.

/// A generated span. Times in nanoseconds since the epoch, cost in picodollars; −1 stands for a
/// count or cost that the span does not carry.
struct BenchSpan {
    enum Status: String {
        case ok, error, unset
    }

    var traceHigh: UInt64
    var traceLow: UInt64
    var spanID: UInt64
    /// 0 for a root.
    var parentSpanID: UInt64
    var session: UInt32
    var user: UInt16
    var project: UInt8
    var agent: UInt8
    var operation: UInt8
    /// −1 for spans that call no model.
    var model: Int8 = -1
    /// −1 outside experiments.
    var experiment: Int8
    var testCase: Int8
    var status: Status
    var start: Int64
    var end: Int64
    var inputTokens: Int64 = -1
    var outputTokens: Int64 = -1
    var cachedTokens: Int64 = -1
    var reasoningTokens: Int64 = -1
    var cost: Int64 = -1
    /// Texts and attributes follow from this.
    var contentSeed: UInt64
}
