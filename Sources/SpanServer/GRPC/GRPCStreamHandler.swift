// One unary gRPC call, which is one HTTP/2 stream (gRPC over HTTP/2). The method is a route, the
// message is its body, and the answer's trailers say how it went; limits, budget, tokens and metrics
// are those of HTTP/1.1.

import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import SpanModel
import SpanPlatform

/// The handler of a stream; all of it runs on the connection's event loop.
final class GRPCStreamHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let connection: Connection
    private let services: ConnectionServices
    private let executor: LoopExecutor
    private var context: ChannelHandlerContext?
    private var request: IncomingRequest?
    private var message = GRPCMessageReader()
    private var feed: BodyFeed?
    private var hasInputEnded = false
    /// Closes the stream when its message does not go on.
    private let stallTime: TimeAmount
    private var stall: Scheduled<Void>?
    private var lastReadAt = NIODeadline.distantPast
    private var hasRead = false
    private var isReadHeld = false
    private var isRunning = false
    private var isAnswered = false

    init(_ connection: Connection, _ services: ConnectionServices) {
        self.connection = connection
        self.services = services
        executor = LoopExecutor(connection.channel.eventLoop)
        stallTime = .milliseconds(Int64(services.limits.stallSecondsMax * 1_000))
    }

    // MARK: Events

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        feed?.cancel()
        feed = nil
        endInput()
        if !isRunning { end() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasRead = true
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            if request == nil { begin(frame.headers) }
            if frame.endStream { inputEnded() }
        case .data(let frame):
            if case .byteBuffer(let bytes) = frame.data { take(bytes) }
            if frame.endStream { inputEnded() }
        default: break
        }
    }

    /// Most messages come whole and never need the time.
    func channelReadComplete(context: ChannelHandlerContext) {
        // Other streams of the connection may have been read.
        guard hasRead, !hasInputEnded else { return }
        hasRead = false
        lastReadAt = .now()
        if stall == nil { watch(after: stallTime, context) }
    }

    func read(context: ChannelHandlerContext) {
        if feed?.wantsMore ?? true { context.read() } else { isReadHeld = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Looks again after some time whether the message has gone on since.
    private func watch(after time: TimeAmount, _ context: ChannelHandlerContext) {
        stall = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in
            guard let self, let context = self.context, !hasInputEnded else { return }
            let rest = lastReadAt + stallTime - .now()
            if rest > .zero { watch(after: rest, context) } else { context.close(promise: nil) }
        }
    }

    // MARK: Reading

    private func begin(_ head: HPACKHeaders) {
        let now = services.clock.monotonicNanoseconds()
        connection.requestBegan(now: now)
        var request = IncomingRequest(head, now: now)
        self.request = request
        do throws(RequestFailure) {
            try services.responder.accept(&request)
            self.request = request
            guard isGRPC else {
                throw RequestFailure(.unsupportedMediaType, "this is a gRPC socket")
            }
        } catch {
            self.request = request
            refuse(error)
        }
    }

    private func take(_ bytes: ByteBuffer) {
        var frame = bytes
        while !isAnswered, let step = message.next(&frame) {
            switch step {
            case .opened(let isCompressed, let length): open(isCompressed, length)
            case .piece(let piece): feed?.take(piece)
            case .malformed:
                refuse(RequestFailure(.malformedBody, "a call has one message"))
            }
        }
    }

    private func open(_ isCompressed: Bool, _ length: Int) {
        guard var request else { return }
        do throws(RequestFailure) {
            let encoding = request.headers[.grpcEncoding]
            if isCompressed, encoding == nil {
                throw RequestFailure(.internal, "a compressed message needs grpc-encoding")
            }
            let reader = try services.responder.openBody(
                encoding: isCompressed ? encoding : nil, length: length)
            request.body = reader
            self.request = request
            feed = BodyFeed(
                reader, workers: services.workers, loop: connection.channel.eventLoop,
                onWantsMore: { [weak self] in self?.resumeReading() },
                onOutcome: { [weak self] outcome in
                    switch outcome {
                    case .success: self?.respond()
                    case .failure(let failure): self?.refuse(failure)
                    }
                })
        } catch {
            refuse(error)
        }
    }

    private func resumeReading() {
        guard isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }

    private func inputEnded() {
        endInput()
        guard !isAnswered else { return }
        if message.isComplete, let feed {
            feed.end()
        } else {
            refuse(RequestFailure(.malformedBody, "the call ends before its message"))
        }
    }

    private func endInput() {
        guard !hasInputEnded else { return }
        hasInputEnded = true
        stall?.cancel()
        stall = nil
        connection.bodyEnded()
    }

    // MARK: Answering

    private func respond() {
        guard let request else { return }
        isRunning = true
        let handler = NIOLoopBound(self, eventLoop: connection.channel.eventLoop)
        let responder = services.responder
        Task(executorPreference: executor) {
            let answer = await responder.answer(request)
            handler.value.isRunning = false
            handler.value.send(answer)
        }
    }

    private func refuse(_ failure: RequestFailure) {
        guard let request, !isAnswered else { return }
        send(services.responder.refuse(request, failure))
    }

    /// Writes the answer, or a failure as trailers only. A message that still comes is cut off.
    private func send(_ answer: RouteAnswer) {
        guard let context else { return end() }
        var head: HPACKHeaders = [
            ":status": isGRPC ? "200" : "415", "content-type": "application/grpc",
            "grpc-accept-encoding": "identity,gzip,deflate,zstd",
        ]
        if answer.status == 200 {
            write(.headers(.init(headers: head)), context)
            var bytes = context.channel.allocator.buffer(capacity: answer.body.count + 5)
            bytes.writeInteger(UInt8(0))
            bytes.writeInteger(UInt32(answer.body.count))
            bytes.writeBytes(answer.body)
            write(.data(.init(data: .byteBuffer(bytes))), context)
            head = ["grpc-status": "0"]
        } else if answer.headers[.grpcStatus] == nil {
            head.add(name: "grpc-status", value: "\(GRPCStatus.unimplemented)")
        } else {
            for (name, value) in answer.headers.fields { head.add(name: name, value: value) }
        }
        write(.headers(.init(headers: head, endStream: true)), context)
        if !hasInputEnded { write(.rstStream(.noError), context) }
        context.flush()
        end()
    }

    private var isGRPC: Bool {
        request?.headers[.contentType]?.hasPrefix("application/grpc") ?? false
    }

    private func write(_ frame: HTTP2Frame.FramePayload, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(frame), promise: nil)
    }

    /// The call is over, answered or not.
    private func end() {
        guard request != nil, !isAnswered else { return }
        isAnswered = true
        connection.requestEnded(now: services.clock.monotonicNanoseconds())
        if connection.closesWhenIdle { connection.closeIfIdle() }
    }
}
