// Search for a run of bytes in texts: Knuth, Morris and Pratt, so that no needle is slow.
// Cost: O(text + needle).

/// A run of bytes to look for.
struct BytesSearch: Sendable {
    private let needle: [UInt8]
    /// By count of matched bytes: how many still match when the next one does not.
    private let fallback: [Int]

    init(_ text: String) {
        let needle = Array(text.utf8)
        var fallback = [0, 0]
        var matched = 0
        for index in needle.indices.dropFirst() {
            while matched > 0, needle[index] != needle[matched] { matched = fallback[matched] }
            if needle[index] == needle[matched] { matched += 1 }
            fallback.append(matched)
        }
        self.needle = needle
        self.fallback = fallback
    }

    /// Whether the run occurs in `text`.
    func isFound(in text: UnsafeRawBufferPointer) -> Bool {
        if needle.isEmpty { return true }
        var matched = 0
        for byte in text {
            while matched > 0, byte != needle[matched] { matched = fallback[matched] }
            if byte == needle[matched] { matched += 1 }
            if matched == needle.count { return true }
        }
        return false
    }
}
