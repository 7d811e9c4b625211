// The codes of few words in a string column of the batch that is being built: kinds, which nearly every
// span repeats, are not looked up among all strings, nor what an attribute's word means.
// Order of calls: `reset` for each batch; `find`, and `remember` for a word that was not found.
// Cost: a comparison of two words of memory.

import SpanModel

/// Remembers codes by words of up to 16 bytes.
struct WordCodes: ~Copyable {
    private struct Entry {
        var low: UInt64 = 0
        var high: UInt64 = 0
        /// -1: none.
        var count = -1
        var code: UInt32 = 0
    }

    private static let entryCount = 16

    private var entries = GrowableBuffer<Entry>(repeating: Entry(), count: Self.entryCount)

    /// Forgets all words.
    mutating func reset() {
        for index in 0..<Self.entryCount { entries.pointer(index).pointee.count = -1 }
    }

    /// The code of `word`, if it is remembered.
    @inline(__always)
    func find(_ word: UnsafeRawBufferPointer) -> UInt32? {
        if word.count > 16 { return nil }
        let (low, high) = word.shortWords
        let entry = entries.pointer(Self.place(low, high, word.count)).pointee
        return entry.low == low && entry.high == high && entry.count == word.count
            ? entry.code : nil
    }

    /// Remembers the code of `word`, in place of another one.
    mutating func remember(_ word: UnsafeRawBufferPointer, _ code: UInt32) {
        if word.count > 16 { return }
        let (low, high) = word.shortWords
        entries[Self.place(low, high, word.count)] = Entry(
            low: low, high: high, count: word.count, code: code)
    }

    @inline(__always)
    private static func place(_ low: UInt64, _ high: UInt64, _ count: Int) -> Int {
        let mixed =
            (low ^ high &* 31 &+ UInt64(truncatingIfNeeded: count))
            &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> 60)
    }
}
