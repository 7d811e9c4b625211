// Look-ups in stored JSON objects (attributes): compact, valid, keys distinct.
// Cost: a walk over the object up to the key.

/// Finds members of a JSON object in text form.
package enum JSONObject {
    /// The value of a top-level key as it stands in the text; nil when `object` is no object or
    /// has no such key.
    package static func member(
        of object: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer? {
        slice(of: object, key: key)?.raw
    }

    /// Appends the value of a top-level key as text: a string without quotes and escapes,
    /// anything else as compact JSON. False when the key is absent or its value is `null`.
    package static func appendMemberText(
        of object: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer, to out: inout [UInt8]
    ) -> Bool {
        slice(of: object, key: key)?.appendText(to: &out) ?? false
    }

    /// Calls `body` with every top-level key and value, in order, up to a fault.
    package static func forEachMember(
        of object: UnsafeRawBufferPointer, _ body: (JSONString, JSONSlice) -> Void
    ) {
        var cursor = JSONCursor(object)
        var isFirst = true
        do throws(JSONError) {
            try cursor.enterObject()
            while let name = try cursor.nextKey(&isFirst) {
                body(name, try cursor.skipValue(depthMax: 128))
            }
        } catch {
            return
        }
    }

    private static func slice(
        of object: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer
    ) -> JSONSlice? {
        var cursor = JSONCursor(object)
        var isFirst = true
        do throws(JSONError) {
            try cursor.enterObject()
            while let name = try cursor.nextKey(&isFirst) {
                let value = try cursor.skipValue(depthMax: 128)
                if name.isEqual(to: key) { return value }
            }
        } catch {
            return nil
        }
        return nil
    }
}

extension JSONSlice {
    /// Appends the value as text: a string without quotes and escapes, anything else as compact
    /// JSON. False when it is `null`.
    package func appendText(to out: inout [UInt8]) -> Bool {
        if kind == .null { return false }
        if let plainText {
            out.append(contentsOf: plainText)
            return true
        }
        guard kind == .string else {
            appendCompact(to: &out)
            return true
        }
        var cursor = JSONCursor(raw)
        guard let string = try? cursor.string() else { return false }
        string.appendText(to: &out)
        return true
    }
}
