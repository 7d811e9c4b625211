// From a request's head to its answer: route, authorisation, body limits, handler, error format,
// metrics. One value serves all connections of one listener.
// Order of calls for a request: `accept`, `openBody` if its route takes one; when that and the body
// went well `answer`, else `refuse`.

import Logging
import NIOHTTP1
import SpanModel
import SpanPlatform

/// Answers requests.
struct Responder: Sendable {
    let routes: RouteTable
    let limits: ServerLimits
    let budget: BodyBudget
    let metrics: ServerMetrics
    let clock: any Clock
    let logger: Logger
    /// Bearer tokens of which a request must show one; nil: everyone who can connect may ask.
    let tokens: BearerTokens?

    /// Finds the route and checks the token.
    func accept(_ request: inout IncomingRequest) throws(RequestFailure) {
        guard let target = RequestTarget(request.target) else {
            throw RequestFailure(.invalidArgument, "the request's path is malformed")
        }
        let (route, values) = try routes.find(request.method, target.segments)
        request.route = route
        request.pathValues = values
        request.parameters = target.parameters
        if !route.isOpen { try tokens?.check(request.headers[.authorization]) }
    }

    /// The reader of a body, from what is said of it before it comes.
    func openBody(encoding: String?, length: Int?) throws(RequestFailure) -> BodyReader {
        try BodyReader(encoding: encoding, length: length, limits: limits, budget: budget)
    }

    /// The answer to an accepted request whose body is complete. A small one is handled by the
    /// caller's executor, the connection's event loop.
    func answer(_ request: IncomingRequest) async -> RouteAnswer {
        if request.isSmall { return await handle(request) }
        return await withTaskExecutorPreference(globalConcurrentExecutor) {
            await handle(request)
        }
    }

    private func handle(_ request: IncomingRequest) async -> RouteAnswer {
        guard let route = request.route else { preconditionFailure("the request has no route") }
        let routed = RouteRequest(
            method: request.method, path: route.pattern, headers: request.headers,
            pathValues: request.pathValues, parameters: request.parameters,
            body: request.body?.bytes ?? [])
        metrics.countBody(bytes: routed.body.count)
        defer { request.body?.release() }
        do throws(RequestFailure) {
            let answer = try await route.handler(routed)
            count(request, status: answer.status)
            return answer
        } catch {
            return refuse(request, error)
        }
    }

    /// The answer to a request that failed.
    func refuse(_ request: IncomingRequest, _ failure: RequestFailure) -> RouteAnswer {
        let encode = request.route?.encodeFailure ?? FailureAnswer.json
        let answer = encode(failure, request.headers)
        count(request, status: answer.status)
        return answer
    }

    private func count(_ request: IncomingRequest, status: Int) {
        let elapsed = clock.monotonicNanoseconds() &- request.startedAt
        let method = request.route == nil ? "other" : request.method.rawValue
        let label = request.route?.pattern ?? "none"
        metrics.countRequest(method: method, route: label, status: status, nanoseconds: elapsed)
        logger.debug("\(method) \(label) \(status) in \(elapsed / 1_000) us")
    }
}
