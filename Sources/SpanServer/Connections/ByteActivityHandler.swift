// Sees bytes before they are parsed, and keeps in `Connection` when the last ones came and since
// when a head is unfinished.

import NIOCore
import SpanPlatform
import Synchronization

/// The first handler of a connection.
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
        connection.bytesCame(now: clock.monotonicNanoseconds())
        context.fireChannelRead(data)
    }
}
