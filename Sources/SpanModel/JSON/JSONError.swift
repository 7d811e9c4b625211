// Why JSON text is refused. Small and without payload text, so that throwing it costs nothing and
// showing it leaks nothing.

/// A fault in JSON text and where it is.
package struct JSONError: Error, Equatable, Sendable {
    /// What can be wrong.
    package enum Fault: UInt8, Sendable {
        case unexpectedEnd, unexpectedCharacter, trailingBytes, badNumber, badLiteral
        case unterminatedString, controlCharacter, badEscape, loneSurrogate, tooDeep, wrongType
    }

    /// The byte, counted from the start of the cursor's bytes.
    package let offset: Int
    package let fault: Fault

    package init(offset: Int, fault: Fault) {
        self.offset = offset
        self.fault = fault
    }

    /// The fault in words, without its place.
    package var reason: String {
        switch fault {
        case .unexpectedEnd: "unexpected end of JSON"
        case .unexpectedCharacter: "unexpected character"
        case .trailingBytes: "unexpected bytes after the JSON value"
        case .badNumber: "malformed number"
        case .badLiteral: "malformed literal"
        case .unterminatedString: "unterminated string"
        case .controlCharacter: "unescaped control character in a string"
        case .badEscape: "malformed escape in a string"
        case .loneSurrogate: "lone surrogate in a \\u escape"
        case .tooDeep: "nested deeper than \(Limits.nestingDepthMax) levels"
        case .wrongType: "value of another type"
        }
    }
}
