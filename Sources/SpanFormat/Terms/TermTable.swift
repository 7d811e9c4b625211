// The distinct terms of a column while its dictionary is built, numbered as they come. Open
// addressing by the first eight bytes, which are the whole term for most; a slot also knows the
// block that last held its term, so that a look-up touches one cache line. A chain of probes is
// bounded: terms chosen to collide become opaque instead of slow.
// Order of calls: for each of some terms `prefetch`, then for each `prefetchTail`, then for each `note`: a
// table of many terms lies in no near cache, and loads that wait for each other took most of the time.
// Cost: about 5 ns a look-up; 33 bytes a term and 32 to 64 for its slots.

import SpanModel
import SpanPlatform

/// A token whose place in the table was asked for from memory. Plain words, each read where it is needed:
/// copied as a whole it would be read in pieces that other pieces were written in.
struct AwaitedToken {
    /// As in `Token`.
    let first: UInt64
    let second: UInt64
    let third: UInt64
    let fourth: UInt64
    let length: Int
    let hash: Int
    /// Where it ends in its block.
    let end: Int
    let isOpaque: Bool

    @inline(__always)
    init(_ token: Token, end: Int) {
        (first, second, third, fourth) = token.words
        length = token.length
        isOpaque = token.isOpaque
        hash = TermTable.hash(first, second, third, fourth, length)
        self.end = end
    }
}

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
    mutating func note(_ token: UnsafePointer<AwaitedToken>, mark: UInt32) -> Sighting {
        let mask = slots.count - 1
        var index = token.pointee.hash & mask
        for _ in 0..<Self.probesMax {
            let slot = slots[index]
            if slot.term == 0 { return add(token, mark: mark, at: index) }
            // Terms hold no zeros: shorter than a word, they are equal when their words are.
            if slot.first == token.pointee.first,
                token.pointee.length < 8 || hasTail(slot.term - 1, token)
            {
                if slot.mark == mark { return .seen }
                slots[index].mark = mark
                return .new(slot.term - 1)
            }
            index = (index &+ 1) & mask
        }
        return .refused
    }

    /// Asks for the place where the look-up of a term starts.
    @inline(__always)
    func prefetch(_ hash: Int) {
        guard let base = slots.baseAddress else { return }
        Prefetch.line(base + (hash & (slots.count - 1)))
    }

    /// Asks for what a long term is compared with, if it stands where its look-up starts.
    @inline(__always)
    func prefetchTail(_ token: UnsafePointer<AwaitedToken>) {
        if token.pointee.length < 8 { return }
        let slot = slots[token.pointee.hash & (slots.count - 1)]
        guard slot.term != 0, slot.first == token.pointee.first else { return }
        words.withUnsafeBufferPointer { words in
            guard let base = words.baseAddress else { return }
            Prefetch.line(base + Int(slot.term - 1) * 4)
        }
    }

    /// The hash of a term of so many bytes.
    @inline(__always)
    static func hash(
        _ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64, _ length: Int
    ) -> Int {
        var state = first &* 0x9E37_79B9_7F4A_7C15
        if length > 8 {
            state = (state ^ second) &* 0xBF58_476D_1CE4_E5B9
            state = (state ^ third) &* 0x94D0_49BB_1331_11EB
            state = (state ^ fourth) &* 0x9E37_79B9_7F4A_7C15
        }
        return Int(truncatingIfNeeded: state >> 32 ^ state >> 44)
    }

    @inline(__always)
    private func hasTail(_ term: UInt32, _ token: UnsafePointer<AwaitedToken>) -> Bool {
        let start = Int(term) * 4
        return words[start + 1] == token.pointee.second
            && words[start + 2] == token.pointee.third
            && words[start + 3] == token.pointee.fourth
    }

    @inline(never)
    private mutating func add(
        _ token: UnsafePointer<AwaitedToken>, mark: UInt32, at index: Int
    ) -> Sighting {
        guard count < Limits.termsPerColumnMax else { return .refused }
        let number = UInt32(count)
        let token = token.pointee
        words += [token.first, token.second, token.third, token.fourth]
        lengths.append(UInt8(token.length))
        slots[index] = Slot(first: token.first, term: number + 1, mark: mark)
        if count * 2 > slots.count { grow() }
        return .new(number)
    }

    private mutating func grow() {
        let old = slots
        slots = Self.emptySlots(old.count * 2)
        let mask = slots.count - 1
        for slot in old where slot.term != 0 {
            let term = Int(slot.term - 1)
            let hash = Self.hash(
                words[term * 4], words[term * 4 + 1], words[term * 4 + 2], words[term * 4 + 3],
                Int(lengths[term]))
            var index = hash & mask
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
