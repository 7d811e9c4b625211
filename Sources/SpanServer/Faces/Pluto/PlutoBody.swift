// The JSON object of a control call, member by member. Configurations come as JSON in a string, as
// Python writes it, NaN included; it is kept as it is but for NaN, which JSON has not: null.

import SpanModel

/// A request's JSON object.
struct PlutoBody: Sendable {
    private let bytes: [UInt8]

    /// Throws `invalidArgument` unless the body is a JSON object.
    init(_ request: RouteRequest) throws(RequestFailure) {
        guard let compact = Self.compact(request.body, isObject: true) else {
            throw RequestFailure(.invalidArgument, "the body must be a JSON object")
        }
        self.init(bytes: compact)
    }

    /// Throws `invalidArgument` that names what should be an object.
    init(json: [UInt8], _ name: String) throws(RequestFailure) {
        guard let compact = Self.compact(json, isObject: true) else {
            throw RequestFailure(.invalidArgument, "\(name): must be a JSON object")
        }
        self.init(bytes: compact)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Names and values, which are JSON.
    var members: [(name: String, value: [UInt8])] {
        var members: [(name: String, value: [UInt8])] = []
        bytes.withUnsafeBytes { bytes in
            JSONObject.forEachMember(of: bytes) { key, value in
                var name: [UInt8] = []
                key.appendText(to: &name)
                members.append((String(decoding: name, as: UTF8.self), Array(value.raw)))
            }
        }
        return members
    }

    /// A string or number as text; nil when absent or null.
    func text(_ name: String) throws(RequestFailure) -> String? {
        member(name).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// A string that must be there and not empty.
    func required(_ name: String) throws(RequestFailure) -> String {
        guard let text = try text(name), !text.isEmpty else {
            throw RequestFailure(.invalidArgument, "\(name) is required")
        }
        guard text.utf8.count <= Limits.stringBytesMax else {
            throw RequestFailure(.invalidArgument, "\(name) is too long")
        }
        return text
    }

    /// An integer; nil when absent.
    func integer(_ name: String) throws(RequestFailure) -> Int64? {
        guard let text = try text(name) else { return nil }
        guard let number = Int64(text) else {
            throw RequestFailure(.invalidArgument, "\(name) must be an integer")
        }
        return number
    }

    /// Milliseconds since the epoch as nanoseconds; nil when absent.
    func milliseconds(_ name: String) throws(RequestFailure) -> Int64? {
        guard let milliseconds = try integer(name) else { return nil }
        let (nanoseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else {
            throw RequestFailure(.invalidArgument, "\(name) is out of range")
        }
        return nanoseconds
    }

    /// A bool; nil when absent.
    func flag(_ name: String) throws(RequestFailure) -> Bool? {
        switch try text(name) {
        case nil: return nil
        case "true": return true
        case "false": return false
        default: throw RequestFailure(.invalidArgument, "\(name) must be a boolean")
        }
    }

    /// A list of strings; empty when absent.
    func strings(_ name: String) throws(RequestFailure) -> [String] {
        guard let text = member(name) else { return [] }
        guard let strings = Self.strings(in: text) else {
            throw RequestFailure(.invalidArgument, "\(name) must be a list of strings")
        }
        return strings
    }

    /// An integer of at least 0; nil when absent.
    func count(_ name: String) throws(RequestFailure) -> Int64? {
        guard let number = try integer(name) else { return nil }
        guard number >= 0 else {
            throw RequestFailure(.invalidArgument, "\(name) must not be negative")
        }
        return number
    }

    /// A list of objects that must be there.
    func objects(_ name: String) throws(RequestFailure) -> [PlutoBody] {
        let objects = member(name).flatMap {
            Self.elements(of: $0) { cursor throws(JSONError) in
                let value = try cursor.skipValue()
                return value.kind == .object ? PlutoBody(bytes: Array(value.raw)) : nil
            }
        }
        guard let objects else {
            throw RequestFailure(.invalidArgument, "\(name) must be a list of objects")
        }
        return objects
    }

    /// A JSON object that comes in a string, or as it is; nil when absent or null.
    func embedded(_ name: String) throws(RequestFailure) -> [UInt8]? {
        guard let text = member(name), !text.elementsEqual("null".utf8) else { return nil }
        guard let compact = Self.compact(text, isObject: true) else {
            throw RequestFailure(.invalidArgument, "Invalid \(name) JSON: expected an object")
        }
        return compact
    }

    private func member(_ name: String) -> [UInt8]? {
        var text: [UInt8] = []
        let key = Array(name.utf8)
        let isThere = bytes.withUnsafeBytes { bytes in
            key.withUnsafeBytes { JSONObject.appendMemberText(of: bytes, key: $0, to: &text) }
        }
        return isThere ? text : nil
    }

    // MARK: JSON texts

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
    private static func elements<T>(
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

    /// The members of an object, those of another in place of the ones they share.
    static func merged(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
        var members: [(name: String, value: [UInt8])] = []
        for member in [first, second].flatMap({ PlutoBody(bytes: $0).members }) {
            members.removeAll { $0.name == member.name }
            members.append(member)
        }
        return JSONBody.object { for member in members { $0.json(member.name, member.value) } }
    }

    /// A JSON value without whitespace and with null for what is not finite; nil when the text is no
    /// JSON, or should be an object and is not.
    private static func compact(_ text: [UInt8], isObject: Bool) -> [UInt8]? {
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
