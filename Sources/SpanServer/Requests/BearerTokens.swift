// Bearer tokens (RFC 6750) of the TCP listener, from a file with one token a line. The file must
// belong to the daemon's user with mode 0600 (reliability promise S2).

import Glibc
import SpanModel

/// The tokens that open the TCP listener.
package struct BearerTokens: Sendable {
    /// Characters of 128 random bits in base64.
    private static let lengthMin = 22
    private static let fileBytesMax = 64 << 10

    private let tokens: [[UInt8]]

    /// Takes the tokens themselves. Throws `invalidArgument` when there is none, or a short one.
    package init(_ tokens: [String]) throws(StoreError) {
        guard !tokens.isEmpty, tokens.allSatisfy({ $0.utf8.count >= Self.lengthMin }) else {
            throw .invalidArgument(
                name: "token_file",
                reason: "it needs at least one token, each of \(Self.lengthMin) characters or more")
        }
        self.tokens = tokens.map { Array($0.utf8) }
    }

    /// Reads a token file; empty lines and lines that start with `#` do not count.
    package init(path: String) throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .io(operation: "open", path: path, errno: errno) }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & 0o077 == 0,
            info.st_uid == geteuid()
        else {
            throw .invalidArgument(
                name: "token_file", reason: "\(path) must be yours and have mode 0600")
        }
        var bytes = [UInt8](repeating: 0, count: Self.fileBytesMax)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw .io(operation: "read", path: path, errno: errno) }
        let lines = String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
        try self.init(
            lines.map { String($0.filter { !$0.isWhitespace }) }
                .filter { !$0.isEmpty && $0.first != "#" })
    }

    /// Throws `unauthorized` unless an Authorization header shows one of the tokens. Takes the
    /// same time whichever token it is and wherever it differs.
    func check(_ header: String?) throws(RequestFailure) {
        let parts = (header ?? "").split(separator: " ", maxSplits: 1)
        var isKnown = false
        if parts.count == 2, parts[0].lowercased() == "bearer" {
            let shown = Array(parts[1].utf8)
            for token in tokens where Self.equal(token, shown) { isKnown = true }
        }
        if !isKnown { throw RequestFailure(.unauthorized, "a bearer token is needed") }
    }

    private static func equal(_ token: [UInt8], _ shown: [UInt8]) -> Bool {
        guard token.count == shown.count else { return false }
        var difference: UInt8 = 0
        for index in token.indices { difference |= token[index] ^ shown[index] }
        return difference == 0
    }
}
