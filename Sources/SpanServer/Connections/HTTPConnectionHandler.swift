// One connection's requests, one after the other (RFC 9112 §9.3): takes the parts that NIO's HTTP
// decoder makes, and writes the bytes of the answers. A request whose body is small and whose
// handler does not wait is read, handled, synced and answered within one `channelRead`; others leave
// the event loop (`BodyFeed`, `Workers`, `respond`).
// While a request is being answered, parts of the next ones are parked and nothing more is read.

import NIOCore
import NIOHTTP1
import SpanModel
import SpanPlatform

/// The last handler of a connection; all of it runs on the connection's event loop.
final class HTTPConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Where the open request is.
    private enum Stage {
        /// There is none.
        case idle
        /// Its body comes in.
        case reading(IncomingRequest, BodyFeed?)
        /// Its answer is being made or written.
        case answering
        /// It was answered. If its body has not ended, the rest is dropped: a client that sends
        /// before it reads still gets the answer.
        case answered
    }

    private let connection: Connection
    private let services: ConnectionServices
    private let executor: LoopExecutor
    private var context: ChannelHandlerContext?
    private var stage = Stage.idle
    private var hasBodyEnded = true
    private var bodyBytes = 0
    private var keepsAlive = true
    /// Parts of requests after the open one.
    private var parked = CircularBuffer<HTTPServerRequestPart>()
    private var isUnparking = false
    private var isReadHeld = false
    /// No bytes will come any more: the client said so, or what it sent is no HTTP.
    private var inputEnd: InputEnd?
    private var isClosing = false

    private enum InputEnd {
        case closed, garbage
    }

    init(_ connection: Connection, _ services: ConnectionServices) {
        self.connection = connection
        self.services = services
        executor = LoopExecutor(connection.channel.eventLoop)
    }

    // MARK: Events

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        guard case .reading(_, let feed) = stage else { return }
        feed?.cancel()
        answered()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        let part = unwrapInboundIn(data)
        if isBusy || !parked.isEmpty { parked.append(part) } else { take(part) }
    }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isReadHeld = true }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { inputEnded(.closed) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError { inputEnded(.garbage) } else { context.close(promise: nil) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let now = services.clock.monotonicNanoseconds()
        connection.writabilityChanged(context.channel.isWritable, now: now)
    }

    // MARK: Reading

    /// Whether a request was read whole and is not answered yet.
    private var isBusy: Bool {
        if case .idle = stage { return false }
        return hasBodyEnded
    }

    private var mayRead: Bool {
        guard parked.isEmpty, !isClosing else { return false }
        if case .reading(_, let feed?) = stage { return feed.wantsMore }
        return true
    }

    private func resumeReading() {
        guard isReadHeld, mayRead else { return }
        isReadHeld = false
        context?.read()
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head): begin(head)
        case .body(let piece):
            bodyBytes += piece.readableBytes
            guard bodyBytes <= services.limits.discardBytesMax else {
                context?.close(promise: nil)
                return
            }
            if case .reading(_, let feed) = stage { feed?.take(piece) }
        case .end:
            hasBodyEnded = true
            connection.bodyEnded()
            switch stage {
            case .reading(_, let feed?): feed.end()
            case .reading(let request, nil): respond(to: request)
            case .answered: requestEnded()
            case .idle, .answering: break
            }
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        hasBodyEnded = false
        bodyBytes = 0
        let now = services.clock.monotonicNanoseconds()
        connection.requestBegan(now: now)
        var request = IncomingRequest(head, now: now)
        keepsAlive = request.isKeptAlive
        do throws(RequestFailure) {
            try services.responder.accept(&request)
            if request.route?.takesBody ?? false {
                request.body = try services.responder.openBody(
                    encoding: request.headers[.contentEncoding],
                    length: request.headers[.contentLength].flatMap { Int($0) })
            }
        } catch {
            return refuse(request, error)
        }
        let accepted = request
        let feed = accepted.body.map { reader in
            BodyFeed(
                reader, workers: services.workers, loop: connection.channel.eventLoop,
                onWantsMore: { self.resumeReading() },
                onOutcome: { outcome in
                    switch outcome {
                    case .success: self.respond(to: accepted)
                    case .failure(let failure): self.refuse(accepted, failure)
                    }
                })
        }
        stage = .reading(accepted, feed)
        if feed != nil, accepted.expectsContinue {
            context?.writeAndFlush(wrapOutboundOut(.continueHead), promise: nil)
        }
    }

    /// No more bytes will come; what was read whole is still answered.
    private func inputEnded(_ end: InputEnd) {
        guard inputEnd == nil else { return }
        inputEnd = end
        if !isBusy, parked.isEmpty { endInput() }
    }

    /// Ends the connection after the last answer, that to bytes that are no HTTP included.
    private func endInput() {
        guard !isClosing else { return }
        if case .reading(_, let feed) = stage { feed?.cancel() }
        var isAnswered = false
        if case .answered = stage { isAnswered = true }
        guard inputEnd == .garbage, !isAnswered, let context else { return closeAfterWrites() }
        let failure = RequestFailure(.malformedBody, "the bytes are no HTTP request")
        var buffer = context.channel.allocator.buffer(capacity: 512)
        let answer = FailureAnswer.json(failure, [:])
        buffer.writeHead(of: answer, .length(answer.body.count), closes: true)
        buffer.writeBytes(answer.body)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        closeAfterWrites()
    }

    // MARK: Answering

    /// Handles a request that was read whole, once the loop has read what other connections sent
    /// meanwhile: only then is it known whether the request is alone (`OpenRequests`).
    private func respond(to request: IncomingRequest) {
        stage = .answering
        let handler = NIOLoopBound(self, eventLoop: connection.channel.eventLoop)
        Task(executorPreference: executor) { [responder = services.responder] in
            let answer = await responder.answer(request)
            await handler.value.send(answer, to: request)
        }
    }

    /// Answers a failure, at once; a client that still sends its body is not heard any more.
    private func refuse(_ request: IncomingRequest, _ failure: RequestFailure) {
        stage = .answering
        if request.hasBody, !hasBodyEnded { keepsAlive = false }
        let answer = services.responder.refuse(request, failure)
        write(answer, isHead: request.method == .HEAD)
        answered()
    }

    private func send(_ answer: RouteAnswer, to request: IncomingRequest) async {
        let isWhole = answer.more == nil && answer.body.count <= AnswerStream.pieceBytesMax
        if isWhole || request.method == .HEAD {
            write(answer, isHead: request.method == .HEAD)
        } else if let context {
            if answer.more != nil, !request.isHTTP11 { keepsAlive = false }
            let stream = AnswerStream(
                channel: context.channel, isChunked: answer.more != nil && request.isHTTP11)
            if !(await stream.write(answer, closes: closes)) { self.context?.close(promise: nil) }
        }
        answered()
    }

    private func write(_ answer: RouteAnswer, isHead: Bool) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 256 + answer.body.count)
        let framing: BodyFraming =
            answer.more == nil ? .length(answer.body.count) : .untilClose
        buffer.writeHead(of: answer, framing, closes: closes)
        if !isHead { buffer.writeBytes(answer.body) }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Whether the answer is the connection's last.
    private var closes: Bool { !keepsAlive || (parked.isEmpty && connection.closesWhenIdle) }

    // MARK: Ending

    private func answered() {
        stage = .answered
        connection.requestEnded(now: services.clock.monotonicNanoseconds())
        if context != nil, hasBodyEnded { requestEnded() }
    }

    /// The request is answered and read to its end: the next one may come.
    private func requestEnded() {
        stage = .idle
        guard keepsAlive else { return closeAfterWrites() }
        unpark()
        guard !isBusy, parked.isEmpty else { return }
        if inputEnd != nil {
            endInput()
        } else if case .idle = stage, connection.closesWhenIdle {
            closeAfterWrites()
        } else {
            resumeReading()
        }
    }

    /// Takes parked parts until a request is being answered. Answers that are made at once come back
    /// here; the loop goes on for them, so that the stack does not grow with their number.
    private func unpark() {
        guard !isUnparking else { return }
        isUnparking = true
        while !isBusy, let part = parked.popFirst() { take(part) }
        isUnparking = false
    }

    private func closeAfterWrites() {
        guard let context, !isClosing else { return }
        isClosing = true
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
            handler.value.context?.close(promise: nil)
        }
    }
}
