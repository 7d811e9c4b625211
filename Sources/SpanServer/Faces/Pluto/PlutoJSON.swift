// JSON texts as Pluto's clients write them and as they are kept: arrays taken apart, objects put together,
// whitespace and numbers that are not finite taken out. Cost: a walk over the text.

import SpanModel

/// Reads and makes JSON texts.
enum PlutoJSON {
    /// The strings of an array; nil when it is none, or holds something else.
    static func strings(in array: [UInt8]) -> [String]? {
        elements(of: array) { cursor throws(JSONError) in
            var text: [UInt8] = []
            try cursor.string().appendText(to: &text)
            return String(decoding: text, as: UTF8.self)
        }
    }

    /// The strings, numbers, bools and nulls of an array; nil when it is none, or holds something else.
    static func scalars(in array: [UInt8]) -> [PlutoRunValue?]? {
        elements(of: array) { cursor throws(JSONError) in
            let value = try cursor.skipValue()
            var bytes: [UInt8] = []
            guard value.appendText(to: &bytes) else { return .some(nil) }
            let text = String(decoding: bytes, as: UTF8.self)
            switch value.kind {
            case .string: return .text(text)
            case .bool: return .bool(text == "true")
            case .number: return Double(text).map { .number($0) }
            default: return nil
            }
        }
    }

    /// The elements of an array, each read by `read`; nil when it is none, or `read` fails or gives nil.
    static func elements<T>(
        of array: [UInt8], _ read: (inout JSONCursor) throws(JSONError) -> T?
    ) -> [T]? {
        array.withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            var isFirst = true
            var elements: [T] = []
            do throws(JSONError) {
                try cursor.enterArray()
                while try cursor.nextElement(&isFirst) {
                    guard let element = try read(&cursor) else { return nil }
                    elements.append(element)
                }
                try cursor.finish()
            } catch {
                return nil
            }
            return elements
        }
    }

    /// The names and values, which are JSON, of an object.
    static func members(of object: [UInt8]) -> [(name: String, value: [UInt8])] {
        var members: [(name: String, value: [UInt8])] = []
        object.withUnsafeBytes { bytes in
            JSONObject.forEachMember(of: bytes) { key, value in
                var name: [UInt8] = []
                key.appendText(to: &name)
                members.append((String(decoding: name, as: UTF8.self), Array(value.raw)))
            }
        }
        return members
    }

    /// The members of an object, those of another in place of the ones they share.
    static func merged(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
        var members: [(name: String, value: [UInt8])] = []
        for member in [first, second].flatMap({ Self.members(of: $0) }) {
            members.removeAll { $0.name == member.name }
            members.append(member)
        }
        return JSONBody.object { for member in members { $0.json(member.name, member.value) } }
    }

    /// A JSON value without whitespace and with null for what is not finite; nil when the text is no
    /// JSON, or should be an object and is not.
    static func compact(_ text: [UInt8], isObject: Bool) -> [UInt8]? {
        guard text.count <= Limits.requestBodyBytesMax,
            text.withUnsafeBytes({ UTF8Validation.isValid($0) })
        else { return nil }
        return text.withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes, allowsNonFinite: true)
            var compact: [UInt8] = []
            do throws(JSONError) {
                let value = try cursor.skipValue(depthMax: 128)
                try cursor.finish()
                guard !isObject || value.kind == .object else { return nil }
                value.appendCompact(to: &compact)
            } catch {
                return nil
            }
            return withoutNonFinite(compact)
        }
    }

    /// Compact JSON with `null` for NaN, Infinity and -Infinity outside strings.
    private static func withoutNonFinite(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(where: { $0 == UInt8(ascii: "N") || $0 == UInt8(ascii: "I") }) else {
            return json
        }
        var out: [UInt8] = []
        var isInString = false
        var index = 0
        while index < json.count {
            let byte = json[index]
            if isInString {
                out.append(byte)
                if byte == UInt8(ascii: "\\"), index + 1 < json.count {
                    index += 1
                    out.append(json[index])
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                index += 1
                continue
            }
            let token = ["-Infinity", "Infinity", "NaN"].first {
                json[index...].starts(with: $0.utf8)
            }
            if let token {
                out.append(contentsOf: "null".utf8)
                index += token.utf8.count
                continue
            }
            isInString = byte == UInt8(ascii: "\"")
            out.append(byte)
            index += 1
        }
        return out
    }
}
