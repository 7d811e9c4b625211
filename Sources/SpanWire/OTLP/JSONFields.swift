// Field names of a JSON message as an enum: looked up by bytes, switched over by case.

import SpanModel

/// The field names of one message type.
struct JSONFields<Field: CaseIterable & RawRepresentable & Sendable>: Sendable
where Field.RawValue == String {
    private let keys: KeyTable
    private let fields: [Field]

    init(_: Field.Type) {
        fields = Array(Field.allCases)
        keys = KeyTable(fields.map(\.rawValue))
    }

    /// The field called `key`; nil for an unknown one. Names have no characters that a sender
    /// would escape.
    func find(_ key: JSONString) -> Field? {
        key.hasEscapes ? nil : keys.find(key.raw).map { fields[$0] }
    }
}

extension JSONCursor {
    /// Takes `null`, which stands for an absent field; false when another value comes next.
    mutating func takeNull() throws(JSONError) -> Bool {
        guard try peek() == .null else { return false }
        try null()
        return true
    }

    /// Takes an unsigned integer, written as a number or in a string; 0 for null, the greatest
    /// value for one that does not fit.
    mutating func unsigned() throws(JSONError) -> UInt64 {
        let text: UnsafeRawBufferPointer
        switch try peek() {
        case .number: text = try number()
        case .string: text = try string().raw
        case .null:
            try null()
            return 0
        default: throw JSONError(offset: position, fault: .wrongType)
        }
        if let value = JSONNumber.int64(text), value >= 0 { return UInt64(value) }
        guard text.count > 0, text.allSatisfy({ $0 &- 48 < 10 }) else {
            throw JSONError(offset: position, fault: .badNumber)
        }
        return UInt64(String(decoding: text, as: UTF8.self)) ?? .max
    }

    /// Takes an enum: its number, or its name as a position in `names`; 0 for another name.
    mutating func enumeration(_ names: [String]) throws(JSONError) -> UInt64 {
        guard try peek() == .string else { return try unsigned() }
        let name = try string()
        let index = names.firstIndex { text in
            var copy = text
            return copy.withUTF8 { name.isEqual(to: UnsafeRawBufferPointer($0)) }
        }
        return UInt64(index ?? 0)
    }
}
