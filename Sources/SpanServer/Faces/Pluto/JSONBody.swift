// JSON text under construction, for answers in another system's shape: objects and arrays by nested
// closures, commas by themselves.

import SpanModel

/// Appends JSON values.
struct JSONBody {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// A whole object.
    static func object(_ members: (inout JSONBody) -> Void) -> [UInt8] {
        var body = JSONBody()
        body.object(members)
        return body.bytes
    }

    mutating func object(_ members: (inout JSONBody) -> Void) {
        enclosed("{", "}", members)
    }

    mutating func array(_ elements: (inout JSONBody) -> Void) {
        enclosed("[", "]", elements)
    }

    private mutating func enclosed(
        _ opening: Character, _ closing: Character, _ content: (inout JSONBody) -> Void
    ) {
        value { $0.append(contentsOf: opening.utf8) }
        needsComma = false
        content(&self)
        bytes.append(contentsOf: closing.utf8)
        needsComma = true
    }

    /// A member's name; its value comes next.
    mutating func key(_ name: String) {
        value { JSONWriter.appendString(name, to: &$0) }
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A string; nil is null.
    mutating func string(_ text: String?) {
        guard let text else { return json(nil) }
        value { JSONWriter.appendString(text, to: &$0) }
    }

    /// An integer; nil is null.
    mutating func integer(_ number: Int64?) {
        guard let number else { return json(nil) }
        value { JSONWriter.appendInteger(number, to: &$0) }
    }

    /// A double; nil and what is not finite are null.
    mutating func number(_ number: Double?) {
        value { JSONWriter.appendDouble(number ?? .nan, to: &$0) }
    }

    mutating func bool(_ flag: Bool) {
        value { $0.append(contentsOf: (flag ? "true" : "false").utf8) }
    }

    /// A value that is JSON already; nil is null.
    mutating func json(_ text: [UInt8]?) {
        value { $0.append(contentsOf: text ?? Array("null".utf8)) }
    }

    mutating func string(_ name: String, _ text: String?) {
        key(name)
        string(text)
    }

    mutating func integer(_ name: String, _ number: Int64?) {
        key(name)
        integer(number)
    }

    mutating func number(_ name: String, _ value: Double?) {
        key(name)
        number(value)
    }

    mutating func json(_ name: String, _ text: [UInt8]?) {
        key(name)
        json(text)
    }

    private mutating func value(_ append: (inout [UInt8]) -> Void) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        append(&bytes)
        needsComma = true
    }
}
