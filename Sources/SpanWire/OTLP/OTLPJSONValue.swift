// KeyValue and AnyValue of opentelemetry-proto in OTLP/JSON; the twin of `OTLPProtobufValue`.

import SpanModel

/// Decodes attribute values.
enum OTLPJSONValue {
    private enum KeyValueField: String, CaseIterable { case key, value }
    private enum ValueField: String, CaseIterable {
        case stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue
    }
    private enum ListField: String, CaseIterable { case values }

    private static let keyValueFields = JSONFields(KeyValueField.self)
    private static let valueFields = JSONFields(ValueField.self)
    private static let listFields = JSONFields(ListField.self)

    /// A key and its value; what the body does not hold as it is goes to `arena`.
    static func keyValue(
        _ cursor: inout JSONCursor, _ scratch: inout [UInt8], _ arena: inout ByteArena
    ) throws(JSONError) -> (UnsafeRawBufferPointer, AttributeValue) {
        var key = UnsafeRawBufferPointer(start: nil, count: 0)
        var value = AttributeValue.null
        try cursor.enterObject()
        var isFirst = true
        while let name = try cursor.nextKey(&isFirst) {
            switch keyValueFields.find(name) {
            case .key: key = try text(try cursor.string(), &scratch, &arena)
            case .value: value = try self.value(&cursor, depth: 1, &scratch, &arena)
            case nil: try cursor.skipUnknown()
            }
        }
        return (key, value)
    }

    /// Appends `{"key":value` or `,"key":value`.
    static func appendMember(_ cursor: inout JSONCursor, to out: inout [UInt8]) throws(JSONError) {
        let isFirst = out.isEmpty
        try appendKeyValue(&cursor, isFirst: isFirst, opening: true, depth: 1, to: &out)
    }

    /// A string's text: its own bytes, or an unescaped copy in `arena`.
    static func text(
        _ string: JSONString, _ scratch: inout [UInt8], _ arena: inout ByteArena
    ) throws(JSONError) -> UnsafeRawBufferPointer {
        guard string.hasEscapes else { return string.raw }
        scratch.removeAll(keepingCapacity: true)
        string.appendText(to: &scratch)
        return arena.copy(scratch)
    }

    private static func value(
        _ cursor: inout JSONCursor, depth: Int, _ scratch: inout [UInt8],
        _ arena: inout ByteArena
    ) throws(JSONError) -> AttributeValue {
        var value = AttributeValue.null
        if try cursor.takeNull() { return value }
        try cursor.enterObject()
        var isFirst = true
        while let name = try cursor.nextKey(&isFirst) {
            guard let field = valueFields.find(name) else {
                try cursor.skipUnknown()
                continue
            }
            if try cursor.takeNull() { continue }
            switch field {
            case .stringValue: value = .string(try text(try cursor.string(), &scratch, &arena))
            case .boolValue: value = .bool(try cursor.bool())
            case .intValue: value = .integer(try integer(&cursor))
            case .doubleValue: value = .double(try double(&cursor))
            case .arrayValue, .kvlistValue, .bytesValue:
                scratch.removeAll(keepingCapacity: true)
                try appendNested(&cursor, field, depth: depth, to: &scratch)
                value = .json(arena.copy(scratch))
            }
        }
        return value
    }

    /// Appends an AnyValue as JSON.
    private static func appendValue(
        _ cursor: inout JSONCursor, depth: Int, to out: inout [UInt8]
    ) throws(JSONError) {
        let start = out.count
        if try !cursor.takeNull() {
            try cursor.enterObject()
            var isFirst = true
            while let name = try cursor.nextKey(&isFirst) {
                guard let field = valueFields.find(name) else {
                    try cursor.skipUnknown()
                    continue
                }
                out.removeSubrange(start...)
                if try cursor.takeNull() { continue }
                switch field {
                case .stringValue: appendText(try cursor.string(), to: &out)
                case .boolValue: AttributeValue.bool(try cursor.bool()).appendJSON(to: &out)
                case .intValue: JSONWriter.appendInteger(try integer(&cursor), to: &out)
                case .doubleValue:
                    AttributeValue.double(try double(&cursor)).appendJSON(to: &out)
                case .arrayValue, .kvlistValue, .bytesValue:
                    try appendNested(&cursor, field, depth: depth, to: &out)
                }
            }
        }
        if out.count == start { out.append(contentsOf: "null".utf8) }
    }

    /// Appends an array, an object or bytes.
    private static func appendNested(
        _ cursor: inout JSONCursor, _ field: ValueField, depth: Int, to out: inout [UInt8]
    ) throws(JSONError) {
        guard depth < Limits.nestingDepthMax else {
            throw JSONError(offset: cursor.position, fault: .tooDeep)
        }
        if field == .bytesValue {
            guard let bytes = Base64.decode(try cursor.string().raw) else {
                throw JSONError(offset: cursor.position, fault: .badLiteral)
            }
            out.append(contentsOf: "{\"bytes\":\"".utf8)
            bytes.withUnsafeBytes { Base64.append($0, to: &out) }
            out.append(contentsOf: "\"}".utf8)
            return
        }
        let isArray = field == .arrayValue
        var isFirstItem = true
        out.append(UInt8(ascii: isArray ? "[" : "{"))
        try cursor.enterObject()
        var isFirst = true
        while let name = try cursor.nextKey(&isFirst) {
            guard listFields.find(name) != nil else {
                try cursor.skipUnknown()
                continue
            }
            var items = try ArrayItems(&cursor)
            while try items.next(&cursor) {
                if isArray {
                    if !isFirstItem { out.append(UInt8(ascii: ",")) }
                    try appendValue(&cursor, depth: depth + 1, to: &out)
                } else {
                    try appendKeyValue(
                        &cursor, isFirst: isFirstItem, opening: false, depth: depth + 1, to: &out)
                }
                isFirstItem = false
            }
        }
        out.append(UInt8(ascii: isArray ? "]" : "}"))
    }

    /// Appends a separator, the key, a colon and the value.
    private static func appendKeyValue(
        _ cursor: inout JSONCursor, isFirst: Bool, opening: Bool, depth: Int,
        to out: inout [UInt8]
    ) throws(JSONError) {
        if !isFirst {
            out.append(UInt8(ascii: ","))
        } else if opening {
            out.append(UInt8(ascii: "{"))
        }
        var key: [UInt8] = []
        var value: [UInt8] = []
        try cursor.enterObject()
        var isFirstField = true
        while let name = try cursor.nextKey(&isFirstField) {
            switch keyValueFields.find(name) {
            case .key: try cursor.string().appendText(to: &key)
            case .value:
                value.removeAll()
                try appendValue(&cursor, depth: depth, to: &value)
            case nil: try cursor.skipUnknown()
            }
        }
        key.withUnsafeBytes { JSONWriter.appendString($0, to: &out) }
        out.append(UInt8(ascii: ":"))
        out.append(contentsOf: value.isEmpty ? Array("null".utf8) : value)
    }

    /// Appends a string with the escapes of `JSONWriter`, whatever the sender's were.
    private static func appendText(_ string: JSONString, to out: inout [UInt8]) {
        guard string.hasEscapes else {
            JSONWriter.appendString(string.raw, to: &out)
            return
        }
        var text: [UInt8] = []
        string.appendText(to: &text)
        text.withUnsafeBytes { JSONWriter.appendString($0, to: &out) }
    }

    private static func integer(_ cursor: inout JSONCursor) throws(JSONError) -> Int64 {
        let text =
            try cursor.peek() == .string ? try cursor.string().raw : try cursor.number()
        guard let value = JSONNumber.int64(text) else {
            throw JSONError(offset: cursor.position, fault: .badNumber)
        }
        return value
    }

    private static func double(_ cursor: inout JSONCursor) throws(JSONError) -> Double {
        let isString = try cursor.peek() == .string
        let text = isString ? try cursor.string().raw : try cursor.number()
        if isString, let value = NonFinite.value(named: text) { return value }
        guard let value = JSONNumber.double(text) else {
            throw JSONError(offset: cursor.position, fault: .badNumber)
        }
        return value
    }
}

/// The elements of an array at the cursor; `null` is an empty array.
struct ArrayItems {
    private var isFirst = true
    private let isNull: Bool

    /// Enters the array.
    init(_ cursor: inout JSONCursor) throws(JSONError) {
        isNull = try cursor.takeNull()
        if !isNull { try cursor.enterArray() }
    }

    /// Whether the cursor stands at another element.
    mutating func next(_ cursor: inout JSONCursor) throws(JSONError) -> Bool {
        isNull ? false : try cursor.nextElement(&isFirst)
    }
}

extension JSONCursor {
    /// Passes over the value of an unknown field.
    mutating func skipUnknown() throws(JSONError) { _ = try skipValue(depthMax: 128) }
}
