// One request form that the server answers. Handlers get the whole body and give the whole answer;
// streams, limits and error formats are the responder's business. The answer to a question may come
// in pieces that are encoded while they are sent.

import NIOHTTP1
import SpanModel
import SpanWire

/// A request as a handler sees it.
package struct RouteRequest: Sendable {
    package let method: HTTPMethod
    /// The route's pattern.
    package let path: String
    package let headers: HeaderFields
    /// Values of the pattern's `{name}` segments.
    package let pathValues: [String: String]
    /// Decoded query parameters.
    package let parameters: [String: String]
    /// The decompressed body; empty for routes that take none.
    package let body: [UInt8]
}

/// What a handler answers.
package struct RouteAnswer: Sendable {
    package var status: Int
    package var contentType: String
    package var body: [UInt8]
    /// What follows `body`; nil: nothing.
    package var more: ResultPieces?
    package var headers: HeaderFields

    package init(
        status: Int = 200, contentType: String = "application/json", body: [UInt8],
        headers: HeaderFields = [:]
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.headers = headers
    }

    /// An answer whose first piece is made now. Throws what that throws.
    package init(
        contentType: String = "application/json", pieces: ResultPieces
    ) throws(StoreError) {
        var pieces = pieces
        self.init(contentType: contentType, body: try pieces.next() ?? [])
        more = pieces.isEnded ? nil : pieces
    }

    /// An answer of text.
    package init(
        status: Int = 200, contentType: String = "application/json", text: String
    ) {
        self.init(status: status, contentType: contentType, body: Array(text.utf8))
    }
}

/// A method, a path pattern and what answers them.
package struct Route: Sendable {
    package typealias Handler =
        @Sendable (RouteRequest) async throws(RequestFailure) -> RouteAnswer
    package typealias FailureEncoder = @Sendable (RequestFailure, HeaderFields) -> RouteAnswer

    package let method: HTTPMethod
    /// For example `/api/v1/session/{id}`; also the route's label in metrics.
    package let pattern: String
    package let takesBody: Bool
    /// Whether the path is the key: no bearer token is asked for.
    package let isOpen: Bool
    let segments: [Segment]
    let encodeFailure: FailureEncoder
    let handler: Handler

    enum Segment: Sendable {
        case literal(String)
        case value(String)
    }

    /// A route without a body.
    package static func get(
        _ pattern: String, isOpen: Bool = false,
        encodeFailure: @escaping FailureEncoder = FailureAnswer.json, handler: @escaping Handler
    ) -> Route {
        Route(
            .GET, pattern, takesBody: false, isOpen: isOpen, encodeFailure: encodeFailure,
            handler: handler)
    }

    /// A route with a body. `encodeFailure` gets the request's headers, because some formats
    /// mirror its Content-Type.
    package static func post(
        _ pattern: String, encodeFailure: @escaping FailureEncoder = FailureAnswer.json,
        handler: @escaping Handler
    ) -> Route {
        Route(.POST, pattern, takesBody: true, encodeFailure: encodeFailure, handler: handler)
    }

    /// A route with a body that takes the place of what is there.
    package static func put(
        _ pattern: String, isOpen: Bool = false,
        encodeFailure: @escaping FailureEncoder = FailureAnswer.json, handler: @escaping Handler
    ) -> Route {
        Route(
            .PUT, pattern, takesBody: true, isOpen: isOpen, encodeFailure: encodeFailure,
            handler: handler)
    }

    private init(
        _ method: HTTPMethod, _ pattern: String, takesBody: Bool, isOpen: Bool = false,
        encodeFailure: @escaping FailureEncoder, handler: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.takesBody = takesBody
        self.isOpen = isOpen
        self.encodeFailure = encodeFailure
        self.handler = handler
        segments = pattern.split(separator: "/").map { segment in
            segment.first == "{"
                ? .value(String(segment.dropFirst().dropLast())) : .literal(String(segment))
        }
    }

    /// The values of the pattern's names, nil when the path does not fit.
    func match(_ path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (segment, text) in zip(segments, path) {
            switch segment {
            case .literal(let wanted):
                guard wanted == text else { return nil }
            case .value(let name): values[name] = text
            }
        }
        return values
    }
}
