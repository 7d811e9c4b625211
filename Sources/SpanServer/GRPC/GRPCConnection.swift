// The pipeline of a connection that speaks gRPC: HTTP/2, and a handler for each stream.
// Windows are wide, because a batch of spans is large and the budget, not the window, bounds what is
// held; a stream whose message stops coming is closed.

import NIOCore
import NIOHTTP2

/// Sets up gRPC on a channel.
enum GRPCConnection {
    /// Bytes of a stream that the client may send before we have taken the earlier ones.
    private static let streamWindowBytes = 1 << 20
    /// The same for all streams of a connection.
    private static let connectionWindowBytes = 4 << 20
    /// Bytes of one frame.
    private static let frameBytesMax = 256 << 10
    private static let streamsMax = 64

    /// Adds the handlers.
    static func configure(
        _ channel: any Channel, _ connection: Connection, _ services: ConnectionServices
    ) throws {
        var http2 = NIOHTTP2Handler.ConnectionConfiguration()
        http2.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: streamsMax),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 16 << 10),
            HTTP2Setting(parameter: .initialWindowSize, value: streamWindowBytes),
            HTTP2Setting(parameter: .maxFrameSize, value: frameBytesMax),
        ]
        http2.targetWindowSize = connectionWindowBytes
        var streams = NIOHTTP2Handler.StreamConfiguration()
        streams.targetWindowSize = streamWindowBytes
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: http2, streamConfiguration: streams
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(
                    GRPCStreamHandler(connection, services))
            }
        }
    }
}
