// The `attributes` object of a record: bounded in keys, key length and value length, stored as
// compact JSON with distinct keys (of equal keys the last value counts), so that a look-up may
// stop at its first hit.
// Cost: a hash and a copy a member.

import SpanColumns
import SpanModel

/// Reads attribute objects. Keep one per body: it reuses its space.
struct AttributeObjectReader {
    private struct Member {
        let hash: UInt64
        let key: JSONString
        var value: JSONSlice
    }

    private var members: [Member] = []
    private var text: [UInt8] = []

    /// Sets `column` to the object at the cursor. Returns why it is refused.
    mutating func read(
        _ column: Int, _ cursor: inout JSONCursor, _ builder: inout BatchBuilder
    ) throws(JSONError) -> String? {
        members.removeAll(keepingCapacity: true)
        try cursor.enterObject()
        var isFirst = true
        while let key = try cursor.nextKey(&isFirst) {
            // The object itself is one level.
            let value = try cursor.skipValue(depthMax: Limits.nestingDepthMax - 1)
            if let refusal = check(key, value) { return refusal }
            add(key, value)
            if members.count > Limits.attributesPerSpanMax {
                return "has more than \(Limits.attributesPerSpanMax) keys"
            }
        }
        write()
        text.withUnsafeBytes { builder.setText(column, $0) }
        return nil
    }

    private func check(_ key: JSONString, _ value: JSONSlice) -> String? {
        if key.raw.count > Limits.attributeKeyBytesMax {
            return "has a key longer than \(Limits.attributeKeyBytesMax) bytes"
        }
        if value.raw.count > Limits.attributeValueBytesMax {
            return "has a value longer than \(Limits.attributeValueBytesMax) bytes"
        }
        return nil
    }

    private mutating func add(_ key: JSONString, _ value: JSONSlice) {
        let hash = hash(of: key)
        for index in members.indices where members[index].hash == hash {
            if isSame(members[index].key, key) {
                members[index].value = value
                return
            }
        }
        members.append(Member(hash: hash, key: key, value: value))
    }

    private func hash(of key: JSONString) -> UInt64 {
        if !key.hasEscapes { return KeyTable.hash(key.raw) }
        var name: [UInt8] = []
        key.appendText(to: &name)
        return name.withUnsafeBytes { KeyTable.hash($0) }
    }

    private func isSame(_ left: JSONString, _ right: JSONString) -> Bool {
        if !right.hasEscapes { return left.isEqual(to: right.raw) }
        var name: [UInt8] = []
        right.appendText(to: &name)
        return name.withUnsafeBytes { left.isEqual(to: $0) }
    }

    private mutating func write() {
        text.removeAll(keepingCapacity: true)
        text.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text.append(UInt8(ascii: "\""))
            text.append(contentsOf: member.key.raw)
            text.append(UInt8(ascii: "\""))
            text.append(UInt8(ascii: ":"))
            member.value.appendCompact(to: &text)
        }
        text.append(UInt8(ascii: "}"))
    }
}
