// From a request's head to its answer: authorisation, route, body, handler, error format, metrics.
// One value serves all connections of one listener.

import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import SpanModel
import SpanPlatform
import SpanWire

/// Answers requests.
struct Responder: Sendable {
    /// Bytes of an answer that are written at a time.
    private static let writeBytesMax = 256 << 10

    let routes: RouteTable
    let limits: ServerLimits
    let budget: BodyBudget
    let metrics: ServerMetrics
    let clock: any Clock
    let logger: Logger
    /// Bearer tokens of which a request must show one; nil: everyone who can connect may ask.
    let tokens: BearerTokens?

    /// Answers one request. Throws only when the connection is broken.
    func respond(to request: Request, _ writer: consuming ResponseWriter) async throws {
        let started = clock.monotonicNanoseconds()
        var progress = Progress(isBodyPending: Self.hasBody(request.headers))
        var answer: RouteAnswer
        do {
            if Self.isSmall(request.headers) {
                answer = try await handle(request, writer, &progress)
            } else {
                answer = try await withTaskExecutorPreference(globalConcurrentExecutor) {
                    try await handle(request, writer, &progress)
                }
            }
        } catch let failure as RequestFailure {
            answer = progress.encodeFailure(failure, request.headers)
            if progress.isBodyPending { answer.headers[.connection] = "close" }
        }
        let elapsed = clock.monotonicNanoseconds() &- started
        let method = progress.route == nil ? "other" : request.method.rawValue
        let label = progress.route?.pattern ?? "none"
        metrics.countRequest(
            method: method, route: label, status: answer.status, nanoseconds: elapsed)
        logger.debug("\(method) \(label) \(answer.status) in \(elapsed / 1_000) us")
        try await Self.write(answer, isHead: request.method == .head, writer)
    }

    /// How far a request came; decides how its failure is told.
    private struct Progress {
        var route: Route?
        /// Bytes of the body may still be on the way, so the connection cannot be used again.
        var isBodyPending: Bool

        var encodeFailure: Route.FailureEncoder { route?.encodeFailure ?? FailureAnswer.json }
    }

    private func handle(
        _ request: Request, _ writer: borrowing ResponseWriter, _ progress: inout Progress
    ) async throws -> RouteAnswer {
        guard let target = RequestTarget(request.head.path ?? "") else {
            throw RequestFailure(.invalidArgument, "the request's path is malformed")
        }
        let (route, values) = try routes.find(request.method, target.segments)
        progress.route = route
        try tokens?.check(request.headers[.authorization])
        let reader = try await readBody(of: request, route, writer)
        progress.isBodyPending = false
        let routed = RouteRequest(
            method: request.method, path: route.pattern, headers: request.headers,
            pathValues: values, parameters: target.parameters,
            body: try reader.map { reader throws(RequestFailure) in try Self.finish(reader) } ?? []
        )
        metrics.countBody(bytes: routed.body.count)
        defer { withExtendedLifetime(reader?.reservation) {} }
        return try await route.handler(routed)
    }

    /// Reads the body of a route that takes one. Errors of the connection pass through.
    private func readBody(
        of request: Request, _ route: Route, _ writer: borrowing ResponseWriter
    ) async throws -> BodyReader? {
        guard route.takesBody else { return nil }
        var reader = try BodyReader(head: request.head, limits: limits, budget: budget)
        if request.headers[.expect]?.lowercased() == "100-continue" {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        for try await piece in request.body {
            do throws(StoreError) {
                try reader.append(piece)
            } catch {
                throw RequestFailure(error)
            }
        }
        return reader
    }

    private static func finish(_ reader: BodyReader) throws(RequestFailure) -> [UInt8] {
        do throws(StoreError) {
            return try reader.finish()
        } catch {
            throw RequestFailure(error)
        }
    }

    /// Encodes the next piece of an answer, away from the event loop: other connections' requests
    /// would wait for the megabytes of this one.
    private static func nextPiece(_ pieces: inout ResultPieces?) async throws -> [UInt8]? {
        guard var rest = pieces else { return nil }
        let piece = try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try rest.next()
        }
        pieces = rest
        return piece
    }

    /// Whether a request's body, if it has one, may be read on the connection's event loop.
    private static func isSmall(_ headers: HTTPFields) -> Bool {
        guard hasBody(headers) else { return true }
        guard headers[.contentEncoding] == nil, let length = headers[.contentLength] else {
            return false
        }
        return Int(length).map { $0 <= ServerLimits.smallBodyBytesMax } ?? false
    }

    private static func hasBody(_ headers: HTTPFields) -> Bool {
        headers[.transferEncoding] != nil || headers[.contentLength].map { $0 != "0" } ?? false
    }

    private static func write(
        _ answer: RouteAnswer, isHead: Bool, _ writer: consuming ResponseWriter
    ) async throws {
        var headers = answer.headers
        headers[.contentType] = answer.contentType
        if answer.more == nil { headers[.contentLength] = "\(answer.body.count)" }
        let head = HTTPResponse(status: .init(code: answer.status), headerFields: headers)
        if isHead { return try await writer.writeResponse(head) }
        guard answer.more != nil || answer.body.count > writeBytesMax else {
            return try await writer.write(
                response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
        }
        var out = try await writer.writeHead(head)
        var more = answer.more
        var piece: [UInt8]? = answer.body
        while let body = piece {
            for start in stride(from: 0, to: body.count, by: writeBytesMax) {
                let end = min(start + writeBytesMax, body.count)
                try await out.write(ByteBuffer(bytes: body[start..<end]))
            }
            // A piece that cannot be encoded ends the connection within the answer, so that what
            // came of it is not taken for all of it.
            piece = try await nextPiece(&more)
        }
        try await out.finish(nil)
    }
}
