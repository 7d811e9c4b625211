// The server's own error body: {"error":{"code":"…","message":"…"}}.

import HTTPTypes
import SpanModel

/// Encodes failures as JSON.
package enum FailureAnswer {
    /// The error body with its status and headers.
    package static let json: Route.FailureEncoder = { failure, _ in
        var answer = RouteAnswer(
            status: failure.code.status, text: "{" + errorMember(failure) + "}\n")
        addHeaders(of: failure, to: &answer)
        return answer
    }

    /// `"error":{"code":…,"message":…}`, without braces around it.
    static func errorMember(_ failure: RequestFailure) -> String {
        "\"error\":{\"code\":\(JSONText.quote(failure.code.rawValue)),"
            + "\"message\":\(JSONText.quote(failure.message))}"
    }

    /// Retry-After, and Allow for a method that the path does not know.
    static func addHeaders(of failure: RequestFailure, to answer: inout RouteAnswer) {
        if let seconds = failure.retryAfterSeconds { answer.headers[.retryAfter] = "\(seconds)" }
        if !failure.allowedMethods.isEmpty {
            answer.headers[.allow] = failure.allowedMethods.joined(separator: ", ")
        }
        if failure.code == .unauthorized { answer.headers[.wwwAuthenticate] = "Bearer" }
    }
}

/// JSON strings for the few small bodies that the server writes by hand.
package enum JSONText {
    /// A JSON string literal.
    package static func quote(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
