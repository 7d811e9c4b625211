// What bounds the server. The defaults are `Limits`; tests pass smaller ones.

import SpanModel

/// Bounds of connections, requests and threads.
package struct ServerLimits: Sendable {
    /// Decoded bodies up to this size are decoded on the request's own thread.
    package static let smallBodyBytesMax = 16 << 10

    /// Open connections; beyond it the longest idle one is closed.
    package var connectionsMax = Limits.connectionsMax
    /// Seconds from the first byte of a request head (or from accept) to its end.
    package var headSecondsMax = Double(Limits.requestHeadSecondsMax)
    /// Seconds in which a client neither sends its body nor takes its answer.
    package var stallSecondsMax = 60.0
    /// Seconds that requests in flight have when the server stops.
    package var drainSecondsMax = 20.0
    /// A request body after decompression.
    package var bodyBytesMax = Limits.requestBodyBytesMax
    /// Bytes of a refused body that are read and dropped, so that a client that sends before it
    /// reads still gets its answer; beyond it the connection is closed.
    package var discardBytesMax = 2 * Limits.requestBodyBytesMax
    /// Bytes of all bodies, raw and decoded.
    package var budgetBytes = Limits.ingestBudgetBytes
    /// Decompressed ÷ compressed size; checked from `ratioCheckedFromBytes` on.
    package var decompressionRatioMax = Limits.decompressionRatioMax
    /// Decompressed bytes below which any ratio is harmless.
    package var ratioCheckedFromBytes = 1 << 20
    /// Threads that decode bodies, and as many more that answer questions.
    package var workerThreads = 2

    package init() {}
}
