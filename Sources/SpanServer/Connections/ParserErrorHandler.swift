// Bytes that are no HTTP request are answered by Hummingbird, with status 400 and no body. This
// handler gives that answer the error body that all others have. Every answer of ours names its
// Content-Type, which tells the two apart.

import HTTPTypes
import NIOCore
import NIOHTTPTypes
import SpanModel

/// Completes the answer to what could not be parsed.
final class ParserErrorHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(let head) = unwrapOutboundIn(data), head.status == .badRequest,
            head.headerFields[.contentType] == nil
        else { return context.write(data, promise: promise) }
        let failure = RequestFailure(.malformedBody, "the bytes are no HTTP request")
        let answer = FailureAnswer.json(failure, [:])
        var fields = head.headerFields
        fields[.contentType] = answer.contentType
        fields[.contentLength] = "\(answer.body.count)"
        let full = HTTPResponse(status: head.status, headerFields: fields)
        context.write(wrapOutboundOut(.head(full)), promise: nil)
        let body = ByteBuffer(bytes: answer.body)
        context.write(wrapOutboundOut(.body(body)), promise: promise)
    }
}
