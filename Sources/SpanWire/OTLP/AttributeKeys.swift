// The distinct attribute keys of a body, numbered as they appear, each with what is known of it: what
// it stands for, and how it looks in JSON. The spans of one SDK repeat their keys in the same order,
// so a key is first compared with the one that followed its predecessor last time; only when that
// fails it is hashed and looked up.
// Cost: a comparison of bytes a key; about 60 ns for one seen for the first time.

import SpanModel

/// Numbers attribute keys.
struct AttributeKeys: ~Copyable {
    /// A distinct key.
    struct Key {
        let text: UnsafeRawBufferPointer
        /// `,"text":` as JSON, readable in whole `JSONBuffer.padding` strides; empty for a key beyond
        /// `Limits.attributeKeyBytesMax`, which no span may have.
        let member: UnsafeRawBufferPointer
        let hash: UInt64
        /// What it stands for, alone or as one of a family.
        let alias: AttributeAliases.Alias?
        /// Position in `AttributeAliases.families`, -1: none.
        let family: Int
        /// The key that followed this one last time.
        var successor = 0
        /// The entry that holds its value, in the span of this number.
        var entry = 0
        var span = 0
    }

    /// Keys from which `beginSpan` forgets all.
    private static let countMax = 4_096
    private static let emptySlot = UInt32.max
    private static let seed = UInt64.random(in: .min ... .max)

    /// The first is the empty key; it also stands before the first key of a span.
    private var keys = GrowableBuffer<Key>(capacity: 32)
    /// Numbers by hash, a power of two of them.
    private var slots = [UInt32](repeating: Self.emptySlot, count: 64)
    private var arena = ByteArena()
    private var previous = 0
    private let aliases = AttributeAliases.shared

    init() { _ = insert(UnsafeRawBufferPointer(start: nil, count: 0)) }

    subscript(number: Int) -> Key {
        @inline(__always) get { keys[number] }
    }

    /// The key of this number, to change it in place.
    @inline(__always)
    func pointer(_ number: Int) -> UnsafeMutablePointer<Key> { keys.pointer(number) }

    /// Begins a span; forgets the keys when they are too many.
    mutating func beginSpan() {
        previous = 0
        if keys.count > Self.countMax { self = AttributeKeys() }
    }

    /// The number of `key` if it is the one that is expected next.
    @inline(__always)
    mutating func expected(_ key: UnsafeRawBufferPointer) -> Int? {
        let guess = keys.pointer(previous).pointee.successor
        guard keys.pointer(guess).pointee.text.isEqual(to: key) else { return nil }
        previous = guess
        return guess
    }

    /// The number of `key`, the next one of the span.
    @inline(never)
    mutating func number(of key: UnsafeRawBufferPointer) -> Int {
        let hash = Self.hash(key)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
        var number = -1
        while number < 0, slots[slot] != Self.emptySlot {
            let known = keys[Int(slots[slot])]
            if known.hash == hash, known.text.isEqual(to: key) { number = Int(slots[slot]) }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
        if number < 0 { number = insert(key) }
        keys.pointer(previous).pointee.successor = number
        previous = number
        return number
    }

    private mutating func insert(_ key: UnsafeRawBufferPointer) -> Int {
        let number = keys.count
        let text = arena.copy(key)
        let alias = aliases.keys.find(text).map { aliases.aliases[$0] }
        let family = alias == nil ? aliases.family(of: text) : nil
        keys.append(
            Key(
                text: text, member: member(text), hash: Self.hash(text),
                alias: alias ?? family.map { aliases.families[$0].alias }, family: family ?? -1))
        if keys.count * 2 > slots.count {
            slots = Array(repeating: Self.emptySlot, count: slots.count * 4)
            for number in 0..<keys.count { link(number) }
        } else {
            link(number)
        }
        return number
    }

    private mutating func link(_ number: Int) {
        var slot = Int(truncatingIfNeeded: keys[number].hash) & (slots.count &- 1)
        while slots[slot] != Self.emptySlot { slot = (slot &+ 1) & (slots.count &- 1) }
        slots[slot] = UInt32(number)
    }

    private mutating func member(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard text.count <= Limits.attributeKeyBytesMax else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        var json = [UInt8(ascii: ",")]
        JSONWriter.appendString(text, to: &json)
        json.append(UInt8(ascii: ":"))
        let count = json.count
        json.append(contentsOf: repeatElement(0, count: JSONBuffer.padding))
        return UnsafeRawBufferPointer(rebasing: arena.copy(json)[0..<count])
    }

    private static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
        Hash64.hash(key, seed: seed)
    }
}
