// Writes an answer in pieces, each when the client has taken the last but one. Pieces that have to
// be encoded are encoded away from the event loop, while the one before is on its way: other
// connections' requests would wait for the megabytes of this one.

import NIOCore
import SpanModel
import SpanWire

/// A long answer on its way to the client.
struct AnswerStream: Sendable {
    /// Bytes of an answer that are written at a time.
    static let pieceBytesMax = 256 << 10

    let channel: any Channel
    let isChunked: Bool

    /// Writes all of it; false when the client has gone or a piece could not be encoded. The
    /// connection must then be closed, so that what came of it is not taken for all of it.
    func write(_ answer: RouteAnswer, closes: Bool) async -> Bool {
        let framing: BodyFraming =
            isChunked ? .chunked : answer.more == nil ? .length(answer.body.count) : .untilClose
        var out = channel.allocator.buffer(capacity: Self.pieceBytesMax + 512)
        out.writeHead(of: answer, framing, closes: closes)
        var piece: [UInt8]? = answer.body
        var rest = answer.more
        var last = channel.eventLoop.makeSucceededVoidFuture()
        do {
            while let bytes = piece {
                let behind = rest
                async let following = Self.next(behind)
                for start in stride(from: 0, to: bytes.count, by: Self.pieceBytesMax) {
                    append(bytes[start..<min(start + Self.pieceBytesMax, bytes.count)], to: &out)
                    try await last.get()
                    last = channel.writeAndFlush(out)
                    out = channel.allocator.buffer(capacity: Self.pieceBytesMax + 16)
                }
                (piece, rest) = try await following
            }
            if isChunked { out.writeImmutableBuffer(.lastChunk) }
            try await last.get()
            try await channel.writeAndFlush(out).get()
            return true
        } catch {
            return false
        }
    }

    private func append(_ bytes: ArraySlice<UInt8>, to out: inout ByteBuffer) {
        if isChunked { out.writeChunk(bytes) } else { out.writeBytes(bytes) }
    }

    /// The next of some pieces, and those behind it.
    private static func next(_ pieces: ResultPieces?) async throws -> ([UInt8]?, ResultPieces?) {
        guard var rest = pieces else { return (nil, nil) }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) {
            (try rest.next(), rest)
        }
    }
}
