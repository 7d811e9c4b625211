// The distinct terms of a column while its dictionary is built, numbered as they come. Open
// addressing by the first eight bytes, which are the whole term for most; a slot also knows the
// block that last held its term, so that a look-up touches one cache line. A chain of probes is
// bounded: terms chosen to collide become opaque instead of slow.
// Cost: about 5 ns a look-up; 33 bytes a term and 32 to 64 for its slots.

import SpanModel

/// Interns terms of up to 32 bytes.
struct TermTable: ~Copyable {
    /// What is known of a term.
    enum Sighting {
        /// The first time in this block.
        case new(UInt32)
        case seen
        /// There is no room for the term.
        case refused
    }

    private struct Slot {
        var first: UInt64 = 0
        /// Number + 1; 0: free.
        var term: UInt32 = 0
        /// The block that last held the term, + 1.
        var mark: UInt32 = 0
    }

    private static let probesMax = 64
    /// Four words per term, zeros behind its end.
    private var words: [UInt64] = []
    private(set) var lengths: [UInt8] = []
    private var slots: UnsafeMutableBufferPointer<Slot>

    init() { slots = Self.emptySlots(1 << 12) }

    deinit { slots.deallocate() }

    /// Distinct terms.
    var count: Int { lengths.count }

    /// Takes note of a term in the block with number `mark` - 1.
    @inline(__always)
    mutating func note(_ token: Token, mark: UInt32) -> Sighting {
        let mask = slots.count - 1
        var index = Self.hash(token) & mask
        for _ in 0..<Self.probesMax {
            let slot = slots[index]
            if slot.term == 0 { return add(token, mark: mark, at: index) }
            // Terms hold no zeros: shorter than a word, they are equal when their words are.
            if slot.first == token.words.0, token.length < 8 || hasTail(slot.term - 1, token) {
                if slot.mark == mark { return .seen }
                slots[index].mark = mark
                return .new(slot.term - 1)
            }
            index = (index &+ 1) & mask
        }
        return .refused
    }

    @inline(__always)
    private static func hash(_ token: Token) -> Int {
        var state = token.words.0 &* 0x9E37_79B9_7F4A_7C15
        if token.length > 8 {
            state = (state ^ token.words.1) &* 0xBF58_476D_1CE4_E5B9
            state = (state ^ token.words.2) &* 0x94D0_49BB_1331_11EB
            state = (state ^ token.words.3) &* 0x9E37_79B9_7F4A_7C15
        }
        return Int(truncatingIfNeeded: state >> 32 ^ state >> 44)
    }

    private func hasTail(_ term: UInt32, _ token: Token) -> Bool {
        let start = Int(term) * 4
        return words[start + 1] == token.words.1 && words[start + 2] == token.words.2
            && words[start + 3] == token.words.3
    }

    @inline(never)
    private mutating func add(_ token: Token, mark: UInt32, at index: Int) -> Sighting {
        guard count < Limits.termsPerColumnMax else { return .refused }
        let number = UInt32(count)
        words += [token.words.0, token.words.1, token.words.2, token.words.3]
        lengths.append(UInt8(token.length))
        slots[index] = Slot(first: token.words.0, term: number + 1, mark: mark)
        if count * 2 > slots.count { grow() }
        return .new(number)
    }

    private mutating func grow() {
        let old = slots
        slots = Self.emptySlots(old.count * 2)
        let mask = slots.count - 1
        for slot in old where slot.term != 0 {
            let term = Int(slot.term - 1)
            var token = Token()
            token.words = (
                words[term * 4], words[term * 4 + 1], words[term * 4 + 2], words[term * 4 + 3]
            )
            token.length = Int(lengths[term])
            var index = Self.hash(token) & mask
            while slots[index].term != 0 { index = (index + 1) & mask }
            slots[index] = slot
        }
        old.deallocate()
    }

    private static func emptySlots(_ count: Int) -> UnsafeMutableBufferPointer<Slot> {
        let slots = UnsafeMutableBufferPointer<Slot>.allocate(capacity: count)
        slots.initialize(repeating: Slot())
        return slots
    }

    /// Numbers of all terms in order of their bytes.
    func sorted() -> [UInt32] {
        let keys = words.map(\.byteSwapped)
        return (0..<UInt32(count)).sorted { left, right in
            let (left, right) = (Int(left) * 4, Int(right) * 4)
            for part in 0..<4 where keys[left + part] != keys[right + part] {
                return keys[left + part] < keys[right + part]
            }
            return false
        }
    }

    /// Appends the bytes of a term.
    func appendBytes(of term: Int, to out: inout [UInt8]) {
        for part in 0..<4 { out.put(words[term * 4 + part]) }
        out.removeLast(Limits.termBytesMax - Int(lengths[term]))
    }
}
