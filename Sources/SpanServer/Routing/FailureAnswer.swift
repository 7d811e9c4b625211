// The server's own error body: {"error":{"code":"…","message":"…"}}, and with refused records
// ,"rejected_count":N,"rejected":[…].

import SpanModel
import SpanWire

/// Encodes failures as JSON.
package enum FailureAnswer {
    /// The error body with its status and headers.
    package static let json: Route.FailureEncoder = { failure, _ in
        var body = Array("{\"error\":{\"code\":".utf8)
        JSONWriter.appendString(failure.code.rawValue, to: &body)
        body.append(contentsOf: ",\"message\":".utf8)
        JSONWriter.appendString(failure.message, to: &body)
        body.append(UInt8(ascii: "}"))
        failure.rejections?.appendMembers(to: &body)
        body.append(contentsOf: "}\n".utf8)
        var answer = RouteAnswer(status: failure.code.status, body: body)
        addHeaders(of: failure, to: &answer)
        return answer
    }

    /// Retry-After, Allow and WWW-Authenticate where they belong.
    static func addHeaders(of failure: RequestFailure, to answer: inout RouteAnswer) {
        if let seconds = failure.retryAfterSeconds { answer.headers[.retryAfter] = "\(seconds)" }
        if !failure.allowedMethods.isEmpty {
            answer.headers[.allow] = failure.allowedMethods.joined(separator: ", ")
        }
        if failure.code == .unauthorized { answer.headers[.wwwAuthenticate] = "Bearer" }
    }
}

/// Refused records of a body: an exact count and the first of them.
package struct RejectionList: Sendable {
    let count: Int
    let listed: [Rejection]

    init(_ body: DecodedBody) {
        count = body.rejectedCount
        listed = body.rejections
    }

    /// Appends `,"rejected_count":N,"rejected":[{"line":…,"error":…}]`.
    func appendMembers(to out: inout [UInt8]) {
        out.append(contentsOf: ",\"rejected_count\":\(count),\"rejected\":[".utf8)
        for (index, rejection) in listed.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: "{\"line\":\(rejection.line),\"error\":".utf8)
            JSONWriter.appendString(rejection.error, to: &out)
            out.append(UInt8(ascii: "}"))
        }
        out.append(UInt8(ascii: "]"))
    }
}
