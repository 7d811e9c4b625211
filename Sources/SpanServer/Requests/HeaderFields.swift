// Header fields of requests and answers (RFC 9110 §5). Few, so that a look-up compares them all.

import NIOHTTP1

/// Names and values in order.
package struct HeaderFields: Sendable, ExpressibleByDictionaryLiteral {
    /// A field name; letter case does not count.
    package struct Name: Sendable {
        let text: String

        /// `text` must be a token of RFC 9110.
        package init(_ text: String) { self.text = text }
    }

    private(set) var fields: HTTPHeaders

    init(_ fields: HTTPHeaders) { self.fields = fields }

    package init(dictionaryLiteral elements: (Name, String)...) {
        fields = HTTPHeaders(elements.map { ($0.0.text, $0.1) })
    }

    /// The value; those of a repeated field are one list.
    package subscript(name: Name) -> String? {
        get {
            guard let first = fields.first(name: name.text) else { return nil }
            let all = fields[name.text]
            return all.count == 1 ? first : all.joined(separator: ", ")
        }
        set {
            if let newValue {
                fields.replaceOrAdd(name: name.text, value: newValue)
            } else {
                fields.remove(name: name.text)
            }
        }
    }
}

extension HeaderFields.Name {
    package static let accept = Self("Accept")
    package static let allow = Self("Allow")
    package static let authorization = Self("Authorization")
    package static let connection = Self("Connection")
    package static let contentEncoding = Self("Content-Encoding")
    package static let contentLength = Self("Content-Length")
    package static let contentType = Self("Content-Type")
    package static let expect = Self("Expect")
    package static let idempotencyKey = Self("Idempotency-Key")
    package static let retryAfter = Self("Retry-After")
    package static let transferEncoding = Self("Transfer-Encoding")
    package static let workspace = Self("X-Workspace")
    package static let wwwAuthenticate = Self("WWW-Authenticate")
}
