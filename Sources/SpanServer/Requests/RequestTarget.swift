// The request line's target, split and percent-decoded (RFC 3986; `+` is a space in the query, as
// HTML forms write it).

/// A path and its query parameters.
package struct RequestTarget: Sendable, Equatable {
    /// Decoded path segments; `/api/v1` is `["api", "v1"]`. A trailing slash adds none.
    package let segments: [String]
    /// Decoded parameters; of a repeated one the last counts.
    package let parameters: [String: String]

    /// Nil when an escape is malformed or does not decode to UTF-8.
    package init?(_ target: String) {
        let parts = Array(target.utf8).split(
            separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        var segments: [String] = []
        for segment in parts[0].split(separator: UInt8(ascii: "/")) {
            guard let text = Self.decode(segment, plusIsSpace: false) else { return nil }
            segments.append(text)
        }
        self.segments = segments
        var parameters: [String: String] = [:]
        for pair in (parts.count > 1 ? parts[1] : []).split(separator: UInt8(ascii: "&")) {
            let sides = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(sides[0], plusIsSpace: true),
                let value = Self.decode(sides.count > 1 ? sides[1] : [], plusIsSpace: true)
            else { return nil }
            parameters[name] = value
        }
        self.parameters = parameters
    }

    private static func decode(_ text: ArraySlice<UInt8>, plusIsSpace: Bool) -> String? {
        let isPlain = text.allSatisfy {
            $0 != UInt8(ascii: "%") && ($0 != UInt8(ascii: "+") || !plusIsSpace)
        }
        if isPlain { return String(validating: text, as: UTF8.self) }
        var out: [UInt8] = []
        var bytes = text.makeIterator()
        while let byte = bytes.next() {
            if byte == UInt8(ascii: "%") {
                guard let high = bytes.next().flatMap(hexDigit),
                    let low = bytes.next().flatMap(hexDigit)
                else { return nil }
                out.append(high << 4 | low)
            } else if byte == UInt8(ascii: "+"), plusIsSpace {
                out.append(UInt8(ascii: " "))
            } else {
                out.append(byte)
            }
        }
        return String(validating: out, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
