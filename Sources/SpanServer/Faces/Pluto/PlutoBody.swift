// The JSON object of a control call, member by member. Configurations come as JSON in a string, as
// Python writes it, NaN included; it is kept as it is but for NaN, which JSON has not: null.

import SpanModel

/// A request's JSON object.
struct PlutoBody: Sendable {
    private let bytes: [UInt8]

    /// Throws `invalidArgument` unless the body is a JSON object.
    init(_ request: RouteRequest) throws(RequestFailure) {
        guard let compact = PlutoJSON.compact(request.body, isObject: true) else {
            throw RequestFailure(.invalidArgument, "the body must be a JSON object")
        }
        self.init(bytes: compact)
    }

    /// Throws `invalidArgument` that names what should be an object.
    init(json: [UInt8], _ name: String) throws(RequestFailure) {
        guard let compact = PlutoJSON.compact(json, isObject: true) else {
            throw RequestFailure(.invalidArgument, "\(name): must be a JSON object")
        }
        self.init(bytes: compact)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Names and values, which are JSON.
    var members: [(name: String, value: [UInt8])] { PlutoJSON.members(of: bytes) }

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
        guard let strings = PlutoJSON.strings(in: text) else {
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
            PlutoJSON.elements(of: $0) { cursor throws(JSONError) in
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
        guard let compact = PlutoJSON.compact(text, isObject: true) else {
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
}
