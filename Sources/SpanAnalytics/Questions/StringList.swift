// Lists of strings in columns of results: JSON arrays.

import SpanModel

/// Lists of strings as JSON.
enum StringList {
    /// The strings of a JSON array that this program wrote.
    static func read(_ json: String?) -> [String] {
        guard let json else { return [] }
        return Array(json.utf8).withUnsafeBytes { bytes in
            var strings: [String] = []
            var cursor = JSONCursor(bytes)
            var isFirst = true
            do throws(JSONError) {
                try cursor.enterArray()
                while try cursor.nextElement(&isFirst) {
                    var text: [UInt8] = []
                    try cursor.string().appendText(to: &text)
                    strings.append(String(decoding: text, as: UTF8.self))
                }
            } catch {
                return strings
            }
            return strings
        }
    }

    /// The strings as a JSON array.
    static func json(_ strings: [String]) -> [UInt8] {
        var json: [UInt8] = [UInt8(ascii: "[")]
        for (index, string) in strings.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            JSONWriter.appendString(string, to: &json)
        }
        json.append(UInt8(ascii: "]"))
        return json
    }
}
