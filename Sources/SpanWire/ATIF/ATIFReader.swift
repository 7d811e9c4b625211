// Reads JSON and knows where it is, so that every refusal names its path: `steps[2].message`.
// Order of calls mirrors `JSONCursor`:
//
//   guard var members = try reader.enterObject() else { … it was null … }
//   while let key = try reader.nextKey(&members) { … read exactly one value … }
//
// `null` counts as absent everywhere: readers of values return nil for it.

import SpanModel

/// A cursor with a path.
struct ATIFReader {
    /// Nesting of what is kept as it is: `extra`, arguments of tools.
    static let opaqueDepthMax = 64

    /// The state of an open object or array.
    struct Container {
        fileprivate var isFirst = true
        fileprivate var index = -1
    }

    private let bytes: UnsafeRawBufferPointer
    private var cursor: JSONCursor
    private var path: [String] = []

    /// Reads `bytes`: valid UTF-8 that outlives the reader.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        cursor = JSONCursor(bytes)
    }

    // MARK: Where

    /// The path of the current value, such as `steps[0].metrics`.
    private var place: String {
        var text = ""
        for part in path {
            text += part.hasPrefix("[") || text.isEmpty ? part : "." + part
        }
        return text.isEmpty ? "trajectory" : text
    }

    /// A refusal of the current value, or of a member of it.
    func refusal(_ reason: String, member: String? = nil) -> RecordError {
        guard let member else { return RecordError(place, reason) }
        return RecordError(path.isEmpty ? member : place + "." + member, reason)
    }

    private func taking<T>(
        _ value: T?, _ reason: @autoclosure () -> String
    ) throws(RecordError) -> T {
        guard let value else { throw refusal(reason()) }
        return value
    }

    private mutating func reading<T>(
        _ read: (inout JSONCursor) throws(JSONError) -> T
    ) throws(RecordError) -> T {
        do throws(JSONError) { return try read(&cursor) } catch {
            throw refusal("\(error.reason) at byte \(error.offset)")
        }
    }

    // MARK: Containers

    /// Enters an object; nil for null.
    mutating func enterObject() throws(RecordError) -> Container? {
        guard try isPresent(.object, "must be an object") else { return nil }
        try reading { cursor throws(JSONError) in try cursor.enterObject() }
        path.append("")
        return Container()
    }

    /// The next key, nil behind the last one.
    mutating func nextKey(_ container: inout Container) throws(RecordError) -> String? {
        path.removeLast()
        guard
            let key = try reading({ cursor throws(JSONError) in
                try cursor.nextKey(&container.isFirst)
            })
        else { return nil }
        var name: [UInt8] = []
        key.appendText(to: &name)
        let text = String(decoding: name.prefix(Limits.identifierBytesMax), as: UTF8.self)
        path.append(text)
        return text
    }

    /// Enters an array; nil for null.
    mutating func enterArray() throws(RecordError) -> Container? {
        guard try isPresent(.array, "must be an array") else { return nil }
        try reading { cursor throws(JSONError) in try cursor.enterArray() }
        path.append("")
        return Container()
    }

    /// Whether another element follows.
    mutating func nextElement(_ container: inout Container) throws(RecordError) -> Bool {
        path.removeLast()
        let isThere = try reading { cursor throws(JSONError) in
            try cursor.nextElement(&container.isFirst)
        }
        guard isThere else { return false }
        container.index += 1
        path.append("[\(container.index)]")
        return true
    }

    /// Checks that nothing follows.
    mutating func finish() throws(RecordError) {
        try reading { cursor throws(JSONError) in try cursor.finish() }
    }

    // MARK: Values

    private mutating func kind() throws(RecordError) -> JSONKind {
        try reading { cursor throws(JSONError) in try cursor.peek() }
    }

    /// Whether a value of a kind follows; takes a null. Throws for another kind.
    private mutating func isPresent(_ wanted: JSONKind, _ reason: String) throws(RecordError)
        -> Bool
    {
        let kind = try kind()
        if kind == .null {
            try reading { cursor throws(JSONError) in try cursor.null() }
            return false
        }
        guard kind == wanted else { throw refusal(reason) }
        return true
    }

    /// A string.
    mutating func string(
        bytesMax: Int = Limits.stringBytesMax
    ) throws(RecordError) -> String? {
        guard try isPresent(.string, "must be a string") else { return nil }
        let string = try reading { cursor throws(JSONError) in try cursor.string() }
        var text: [UInt8] = []
        string.appendText(to: &text)
        guard text.count <= bytesMax else { throw refusal("is longer than \(bytesMax) bytes") }
        return String(decoding: text, as: UTF8.self)
    }

    /// An integer of at least `minimum`.
    mutating func integer(atLeast minimum: Int64) throws(RecordError) -> Int64? {
        let reason = "must be an integer of at least \(minimum)"
        guard try isPresent(.number, reason) else { return nil }
        let text = try reading { cursor throws(JSONError) in try cursor.number() }
        let value = try taking(JSONNumber.int64(text), reason)
        guard value >= minimum else { throw refusal(reason) }
        return value
    }

    /// Dollars as picodollars, rounded to the nearest where the text has more digits.
    mutating func money() throws(RecordError) -> Int64? {
        guard try isPresent(.number, "must be a number") else { return nil }
        let text = try reading { cursor throws(JSONError) in try cursor.number() }
        if let exact = JSONNumber.money(text) { return exact }
        let rounded = JSONNumber.double(text).flatMap { AttributeValue.double($0).picodollars }
        return try taking(rounded, "is no amount of money")
    }

    mutating func bool() throws(RecordError) -> Bool? {
        guard try isPresent(.bool, "must be true or false") else { return nil }
        return try reading { cursor throws(JSONError) in try cursor.bool() }
    }

    /// An object that is kept as it is.
    mutating func object() throws(RecordError) -> JSONSlice? {
        guard try isPresent(.object, "must be an object") else { return nil }
        return try any()
    }

    /// An array of numbers, which is only checked.
    mutating func numbers() throws(RecordError) {
        guard var elements = try enterArray() else { return }
        while try nextElement(&elements) {
            guard try kind() == .number else { throw refusal("must be a number") }
            _ = try any()
        }
    }

    /// A string or a number, which is only checked.
    mutating func stringOrNumber() throws(RecordError) {
        let kind = try kind()
        guard kind == .string || kind == .number || kind == .null else {
            throw refusal("must be a string or a number")
        }
        _ = try any()
    }

    /// Whether a string follows.
    mutating func isString() throws(RecordError) -> Bool { try kind() == .string }

    /// Any value as it stands there.
    mutating func any() throws(RecordError) -> JSONSlice {
        try reading { cursor throws(JSONError) in
            try cursor.skipValue(depthMax: Self.opaqueDepthMax)
        }
    }

    // MARK: Slices

    /// Where the next token may begin.
    var position: Int { cursor.position }

    /// What was read since `start`.
    func slice(from start: Int, kind: JSONKind = .object) -> JSONSlice {
        let raw = UnsafeRawBufferPointer(rebasing: bytes[start..<cursor.position])
        return JSONSlice(kind: kind, raw: raw, hasWhitespace: true)
    }
}
