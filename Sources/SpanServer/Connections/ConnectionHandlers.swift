// Two channel handlers that keep a `Connection` up to date: one before the HTTP decoder, which
// sees the first byte of a head, and one after it, which sees requests begin and answers end.

import NIOCore
import NIOHTTPTypes
import SpanPlatform
import Synchronization

/// Sees bytes before they are parsed.
final class ByteActivityHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: Connection
    private let clock: any Clock

    init(_ connection: Connection, clock: any Clock) {
        self.connection = connection
        self.clock = clock
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = clock.monotonicNanoseconds()
        connection.phase.withLock {
            $0.lastActivityAt = now
            if $0.openRequests == 0, $0.headStartedAt == nil { $0.headStartedAt = now }
        }
        context.fireChannelRead(data)
    }
}

/// Sees requests and answers.
final class RequestActivityHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let connection: Connection
    private let openRequests: OpenRequests
    private let clock: any Clock
    private let bodyBytesMax: Int
    /// This connection's share of `openRequests`.
    private var openCount = 0

    /// A body of more than `bodyBytesMax` bytes on the wire closes the connection; it was refused
    /// long before.
    init(
        _ connection: Connection, openRequests: OpenRequests, clock: any Clock, bodyBytesMax: Int
    ) {
        self.connection = connection
        self.openRequests = openRequests
        self.clock = clock
        self.bodyBytesMax = bodyBytesMax
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .head = part { count(1) }
        let isTooMuch = connection.phase.withLock { phase in
            switch part {
            case .head:
                phase.openRequests += 1
                phase.headStartedAt = nil
                phase.isReadingBody = true
                phase.bodyBytes = 0
            case .body(let buffer): phase.bodyBytes += buffer.readableBytes
            case .end: phase.isReadingBody = false
            }
            return phase.bodyBytes > bodyBytesMax
        }
        if isTooMuch {
            context.close(promise: nil)
        } else {
            context.fireChannelRead(data)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else {
            return context.write(data, promise: promise)
        }
        count(-1)
        let now = clock.monotonicNanoseconds()
        let closes = connection.phase.withLock { phase in
            phase.openRequests -= 1
            phase.lastActivityAt = now
            return phase.closesAfterAnswer && phase.openRequests == 0
        }
        context.writeAndFlush(data, promise: promise)
        if closes { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        count(-openCount)
        context.fireChannelInactive()
    }

    private func count(_ change: Int) {
        openCount += change
        openRequests.add(change)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let now = clock.monotonicNanoseconds()
        let isWritable = context.channel.isWritable
        connection.phase.withLock { $0.blockedSince = isWritable ? nil : now }
        context.fireChannelWritabilityChanged()
    }
}
