// One listening socket and its connections.
// Order in a connection's pipeline: byte activity, HTTP decoder, requests.

import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import SpanPlatform

/// What the connections of one listener share.
struct ConnectionServices: Sendable {
    let registry: ConnectionRegistry
    let openRequests: OpenRequests
    let responder: Responder
    let workers: Workers
    let limits: ServerLimits
    let clock: any Clock
}

/// Accepts connections of one socket.
struct Listener: Sendable {
    let services: ConnectionServices
    let logger: Logger
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
        do {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandlers([
                ByteActivityHandler(connection, clock: services.clock),
                ByteToMessageHandler(HTTPRequestDecoder()),
                HTTPConnectionHandler(connection, services),
            ])
        } catch {
            services.registry.remove(connection)
            throw error
        }
    }
}
