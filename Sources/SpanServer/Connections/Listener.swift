// One listening socket and its connections. Hummingbird's own listener would take over a live
// daemon's socket and could not ask who connects, so the accept loop is ours; each connection is
// then Hummingbird's HTTP1Channel.
// Order in a connection's pipeline: byte activity, HTTP decoder and encoder, HTTP types, request
// activity, parser errors, Hummingbird.

import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOPosix
import SpanPlatform

/// Accepts connections of one socket.
struct Listener: Sendable {
    typealias HTTPConnection = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let registry: ConnectionRegistry
    let openRequests: OpenRequests
    let responder: Responder
    let limits: ServerLimits
    let clock: any Clock
    let logger: Logger
    /// Whether peers must be of our own user or root: for Unix sockets.
    let checksPeer: Bool

    /// The errors that end a connection before it has begun.
    private enum Refusal: Error {
        case peerNotAllowed
        case noPlace
    }

    /// Takes over a listening descriptor.
    func bind(
        _ descriptor: Int32, group: any EventLoopGroup
    ) async throws -> NIOAsyncChannel<HTTPConnection, Never> {
        try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(descriptor) { channel in admit(channel) }
    }

    /// Serves until the listening channel is closed and every connection has ended.
    func serve(_ server: NIOAsyncChannel<HTTPConnection, Never>) async {
        let responder = responder
        let http = HTTP1Channel { request, writer, _ in
            try await responder.respond(to: request, writer)
        }
        await withDiscardingTaskGroup { group in
            do {
                try await server.executeThenClose { connections in
                    for try await connection in connections {
                        let executor = LoopExecutor(connection.channel.eventLoop)
                        group.addTask(executorPreference: executor) {
                            await http.handle(value: connection, logger: logger)
                        }
                    }
                }
            } catch {
                logger.error("accepting connections ended: \(error)")
            }
        }
    }

    private func admit(_ channel: any Channel) -> EventLoopFuture<HTTPConnection> {
        guard checksPeer else { return channel.eventLoop.makeCompletedFuture { try open(channel) } }
        return PeerCredentials.of(channel).flatMapThrowing { peer in
            guard peer.isAllowed else {
                logger.warning("refused a connection of user \(peer.userID)")
                throw Refusal.peerNotAllowed
            }
            return try open(channel)
        }
    }

    private func open(_ channel: any Channel) throws -> HTTPConnection {
        guard let connection = registry.admit(channel) else { throw Refusal.noPlace }
        channel.closeFuture.whenComplete { _ in registry.remove(connection) }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(ByteActivityHandler(connection, clock: clock))
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false,
            withOutboundHeaderValidation: false)
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandler(
            RequestActivityHandler(
                connection, openRequests: openRequests, clock: clock,
                bodyBytesMax: limits.discardBytesMax))
        try pipeline.addHandler(ParserErrorHandler())
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true))
    }
}
