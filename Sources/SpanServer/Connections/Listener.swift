// One listening socket and its connections.
// Order in a connection's pipeline: byte activity, then HTTP's decoder and requests, or HTTP/2 with
// gRPC's calls.

import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import SpanPlatform

/// What the connections of one listener share.
struct ConnectionServices: Sendable {
    let registry: ConnectionRegistry
    let responder: Responder
    let workers: Workers
    let limits: ServerLimits
    let clock: any Clock
}

/// What is spoken on a socket.
package enum WireProtocol: String, Sendable {
    /// HTTP/1.1.
    case http
    /// gRPC over HTTP/2.
    case grpc
}

/// Accepts connections of one socket.
struct Listener: Sendable {
    let services: ConnectionServices
    let logger: Logger
    let wireProtocol: WireProtocol
    /// Whether peers must be of our own user or root: for Unix sockets.
    let checksPeer: Bool

    /// The errors that end a connection before it has begun.
    private enum Refusal: Error {
        case peerNotAllowed
        case noPlace
    }

    /// Takes over a listening descriptor and accepts from it until the channel is closed.
    func bind(_ descriptor: Int32, group: any EventLoopGroup) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in admit(channel) }
            .withBoundSocket(descriptor).get()
    }

    private func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard checksPeer else { return channel.eventLoop.makeCompletedFuture { try open(channel) } }
        return PeerCredentials.of(channel).flatMapThrowing { peer in
            guard peer.isAllowed else {
                logger.warning("refused a connection of user \(peer.userID)")
                throw Refusal.peerNotAllowed
            }
            try open(channel)
        }
    }

    private func open(_ channel: any Channel) throws {
        guard let connection = services.registry.admit(channel) else { throw Refusal.noPlace }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(
            ByteActivityHandler(
                connection, clock: services.clock, mayStartHead: wireProtocol == .http))
        switch wireProtocol {
        case .http:
            try pipeline.addHandlers([
                ByteToMessageHandler(HTTPRequestDecoder()),
                HTTPConnectionHandler(connection, services),
            ])
        case .grpc: try GRPCConnection.configure(channel, connection, services)
        }
    }
}
