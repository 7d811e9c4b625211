// Names that a client gives in headers: checked here, so that the store sees only good ones.

import SpanModel

/// Reads names from headers.
enum RequestNames {
    /// The `X-Workspace` header or `default`. Throws `invalidArgument` for a bad name.
    static func workspace(_ headers: HeaderFields) throws(RequestFailure) -> String {
        try checked(workspace: headers[.workspace] ?? "default")
    }

    /// The name itself: up to 128 letters, digits, `.`, `_` and `-`, first a letter or digit.
    static func checked(workspace name: String) throws(RequestFailure) -> String {
        let bytes = Array(name.utf8)
        let isGood =
            bytes.count <= Limits.workspaceNameBytesMax && bytes.allSatisfy(isNameByte)
            && bytes.first.map(isAlphanumeric) ?? false
        guard isGood else {
            throw RequestFailure(
                .invalidArgument,
                "workspace: a name has up to \(Limits.workspaceNameBytesMax) letters, digits, "
                    + "'.', '_' or '-' and starts with a letter or digit")
        }
        return name
    }

    /// The `Idempotency-Key` header, if any. Throws `invalidArgument` when empty or too long.
    static func idempotencyKey(_ headers: HeaderFields) throws(RequestFailure) -> String? {
        guard let key = headers[.idempotencyKey] else { return nil }
        guard !key.isEmpty, key.utf8.count <= Limits.idempotencyKeyBytesMax else {
            throw RequestFailure(
                .invalidArgument,
                "Idempotency-Key: must have 1 to \(Limits.idempotencyKeyBytesMax) bytes")
        }
        return key
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }
}
