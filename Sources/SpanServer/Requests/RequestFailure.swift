// Why a request is not answered as asked. Routes throw it; the route's own encoder writes it in
// the format that the client expects (our JSON, OTLP's Status, another system's).

import SpanModel

/// An error answer before it is encoded.
package struct RequestFailure: Error, Sendable {
    package let code: ErrorCode
    /// One line for people, without payload text.
    package let message: String
    /// After how many seconds the client may try again.
    package let retryAfterSeconds: Int?
    /// The methods that the path knows, for `methodNotAllowed`.
    package var allowedMethods: [String] = []
    /// The first refused records, for `invalidRecord`.
    package var rejections: RejectionList?

    package init(_ code: ErrorCode, _ message: String, retryAfterSeconds: Int? = nil) {
        self.code = code
        self.message = message
        self.retryAfterSeconds = retryAfterSeconds
    }

    package init(_ error: StoreError) {
        self.init(error.code, error.description, retryAfterSeconds: error.retryAfterSeconds)
    }
}
