// What was said, out of the shapes that inputs and outputs of model calls have: a plain text, a list of
// messages, `{"messages":[…]}`; of each message its content or the texts among its parts.

import SpanModel

enum MessageText {
    private static let depthMax = Limits.nestingDepthMax

    /// The last message of a role; the text itself where it is none of these shapes, empty when a role
    /// said nothing in words.
    static func said(_ text: String?, by role: String) -> String {
        guard let text else { return "" }
        return Array(text.utf8).withUnsafeBytes { bytes in
            guard let messages = messages(bytes) else { return text }
            let spoken = messages.last { member("role", of: $0.raw)?.text == role }
            guard let spoken = spoken ?? messages.last else { return text }
            for key in ["content", "parts"] {
                if let value = member(key, of: spoken.raw) { return words(value) }
            }
            return ""
        }
    }

    /// The text if it is a JSON object.
    static func object(_ text: String) -> [UInt8]? {
        Array(text.utf8).withUnsafeBytes { bytes in
            guard let value = value(bytes), value.kind == .object else { return nil }
            var compact: [UInt8] = []
            value.appendCompact(to: &compact)
            return compact
        }
    }

    /// The messages of either shape, objects all of them.
    private static func messages(_ bytes: UnsafeRawBufferPointer) -> [JSONSlice]? {
        guard let value = value(bytes) else { return nil }
        let list = value.kind == .object ? member("messages", of: value.raw) : value
        guard let list, list.kind == .array else { return nil }
        let items = elements(list.raw)
        return items.isEmpty || items.contains { $0.kind != .object } ? nil : items
    }

    /// A text, or the texts of a list of parts.
    private static func words(_ content: JSONSlice) -> String {
        if let text = content.text { return text }
        guard content.kind == .array else { return "" }
        let texts = elements(content.raw).compactMap { part -> String? in
            part.text ?? member("text", of: part.raw)?.text ?? member("content", of: part.raw)?.text
        }
        return texts.joined(separator: "\n")
    }

    /// The one value of a text; nil when it is no JSON.
    private static func value(_ bytes: UnsafeRawBufferPointer) -> JSONSlice? {
        var cursor = JSONCursor(bytes)
        do throws(JSONError) {
            let value = try cursor.skipValue(depthMax: depthMax)
            try cursor.finish()
            return value
        } catch {
            return nil
        }
    }

    private static func member(_ key: String, of object: UnsafeRawBufferPointer) -> JSONSlice? {
        let key = Array(key.utf8)
        return key.withUnsafeBytes { JSONObject.member(of: object, key: $0) }.flatMap(value)
    }

    private static func elements(_ array: UnsafeRawBufferPointer) -> [JSONSlice] {
        var cursor = JSONCursor(array)
        var found: [JSONSlice] = []
        var isFirst = true
        do throws(JSONError) {
            try cursor.enterArray()
            while try cursor.nextElement(&isFirst) {
                found.append(try cursor.skipValue(depthMax: depthMax))
            }
        } catch {
            return []
        }
        return found
    }
}

extension JSONSlice {
    /// The content of a string; nil for anything else.
    fileprivate var text: String? {
        guard kind == .string else { return nil }
        var text: [UInt8] = []
        return appendText(to: &text) ? String(decoding: text, as: UTF8.self) : nil
    }
}
