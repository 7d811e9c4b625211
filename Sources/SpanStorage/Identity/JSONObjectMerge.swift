// Patches merge JSON objects key by key (contract §2, "patch"): the later value of a key replaces
// the earlier one, whole. What is not two objects is replaced.

import SpanModel

/// Merges the texts of JSON values.
enum JSONObjectMerge {
    /// The members of `first`, each with its value from `second` where that has one, then the new
    /// members of `second`. `second` when either is no object.
    static func merge(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
        guard let old = members(first), let new = members(second) else { return second }
        var merged = old
        for member in new {
            if let index = merged.firstIndex(where: { $0.key == member.key }) {
                merged[index] = member
            } else {
                merged.append(member)
            }
        }
        var out = [UInt8(ascii: "{")]
        for (index, member) in merged.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            member.key.withUnsafeBytes { JSONWriter.appendString($0, to: &out) }
            out.append(UInt8(ascii: ":"))
            out.append(contentsOf: member.value)
        }
        out.append(UInt8(ascii: "}"))
        return out
    }

    private struct Member {
        /// The key's text, escapes resolved.
        let key: [UInt8]
        /// The value as compact JSON.
        let value: [UInt8]
    }

    /// The members of an object in order, nil when the text is no object.
    private static func members(_ text: [UInt8]) -> [Member]? {
        text.withUnsafeBytes { bytes in
            try? members(JSONCursor(bytes, allowsNonFinite: true))
        }
    }

    private static func members(_ start: JSONCursor) throws(JSONError) -> [Member] {
        var cursor = start
        var members: [Member] = []
        try cursor.enterObject()
        var isFirst = true
        while let name = try cursor.nextKey(&isFirst) {
            var key: [UInt8] = []
            name.appendText(to: &key)
            var value: [UInt8] = []
            try cursor.skipValue().appendCompact(to: &value)
            members.append(Member(key: key, value: value))
        }
        try cursor.finish()
        return members
    }
}
