// The first part of an HTTP/1.1 answer (RFC 9112): status line and headers.

/// A parsed head.
struct ReplyHead {
    /// How the end of the body is found.
    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
        case untilClose
    }

    let status: Int
    let headers: [(name: String, value: String)]

    /// Parses the bytes up to the empty line; nil when they are no HTTP/1 head.
    init?(_ bytes: ArraySlice<UInt8>) {
        var lines = String(decoding: bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == "\r\n" || $0 == "\n" })[...]
        guard let first = lines.popFirst() else { return nil }
        let parts = first.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]),
            (100..<1_000).contains(status)
        else { return nil }
        var headers: [(name: String, value: String)] = []
        for line in lines where !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop(while: Self.isBlank)
            headers.append((line[..<colon].lowercased(), String(value)))
        }
        self.status = status
        self.headers = headers
    }

    /// Whether a further head follows.
    var isInformational: Bool { status < 200 }

    /// Whether the server will close the connection.
    var closes: Bool { self["connection"]?.lowercased() == "close" }

    /// The first header of this (lower-case) name.
    subscript(name: String) -> String? { headers.first { $0.name == name }?.value }

    /// How the body of an answer to `method` ends; nil for a malformed length.
    func framing(method: String) -> Framing? {
        if method == "HEAD" || isInformational || status == 204 || status == 304 {
            return Framing.none
        }
        if let coding = self["transfer-encoding"] {
            return coding.lowercased() == "chunked" ? .chunked : nil
        }
        guard let text = self["content-length"] else { return .untilClose }
        guard let length = Int(text), length >= 0 else { return nil }
        return .length(length)
    }

    private static func isBlank(_ character: Character) -> Bool {
        character == " " || character == "\t"
    }
}
