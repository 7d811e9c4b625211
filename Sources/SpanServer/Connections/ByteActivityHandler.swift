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
    private let mayStartHead: Bool

    /// `mayStartHead`: bytes that come between requests are the next one's.
    init(_ connection: Connection, clock: any Clock, mayStartHead: Bool) {
        self.connection = connection
        self.clock = clock
        self.mayStartHead = mayStartHead
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.bytesCame(
            now: clock.monotonicNanoseconds(), mayStartHead: mayStartHead)
        context.fireChannelRead(data)
    }
}
