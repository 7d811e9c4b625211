// Where statements end: at a semicolon outside of quotes and comments. What SQL makes of the text is
// decided elsewhere.

/// Divides text into statements.
enum StatementSplitter {
    /// The statements that ended, without their semicolons, and what follows the last one.
    static func split(_ text: String) -> (statements: [String], rest: String) {
        let bytes = Array(text.utf8)
        var statements: [String] = []
        var start = 0
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: ";") {
                statements.append(piece(bytes[start..<position]))
                start = position + 1
                position = start
            } else {
                position = end(ofTokenAt: position, bytes)
            }
        }
        return (statements.filter { !isBlank($0) }, piece(bytes[start...]))
    }

    /// Whether text holds nothing to run.
    static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

    private static func piece(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// The byte after a quoted text, a comment, or any single byte.
    private static func end(ofTokenAt start: Int, _ bytes: [UInt8]) -> Int {
        let byte = bytes[start]
        let following = start + 1 < bytes.count ? bytes[start + 1] : 0
        switch (byte, following) {
        case (UInt8(ascii: "'"), _), (UInt8(ascii: "\""), _):
            // A doubled quote ends one text and begins the next: the same for this purpose.
            return (bytes[(start + 1)...].firstIndex(of: byte) ?? bytes.count - 1) + 1
        case (UInt8(ascii: "-"), UInt8(ascii: "-")):
            return bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
        case (UInt8(ascii: "/"), UInt8(ascii: "*")): return end(ofCommentAt: start, bytes)
        default: return start + 1
        }
    }

    /// Comments nest.
    private static func end(ofCommentAt start: Int, _ bytes: [UInt8]) -> Int {
        var depth = 0
        var position = start
        while position + 1 < bytes.count {
            switch (bytes[position], bytes[position + 1]) {
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                (depth, position) = (depth + 1, position + 2)
            case (UInt8(ascii: "*"), UInt8(ascii: "/")):
                (depth, position) = (depth - 1, position + 2)
            default: position += 1
            }
            if depth == 0 { return position }
        }
        return bytes.count
    }
}
