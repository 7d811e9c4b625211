// The distinct attribute keys of a body, numbered as they appear, each with what is known of it: what
// it stands for, and how it looks in protobuf and in JSON. The spans of one SDK repeat their keys in
// the same order, so a key is first compared with the one that followed its predecessor last time,
// with all that precedes its value; only when that fails it is hashed and looked up.
// Cost: a comparison of bytes a key; about 100 ns for one seen for the first time.

import SpanModel

/// Numbers attribute keys.
struct AttributeKeys: ~Copyable {
    /// A distinct key.
    struct Key {
        let number: Int
        let text: UnsafeRawBufferPointer
        /// A KeyValue up to its value's length: tag, length, text, tag; 32 bytes are readable. Of a
        /// text whose length takes more than a byte, bytes that no message begins with.
        let prefix: UnsafeRawPointer
        let prefixCount: Int
        /// The first 32 bytes there, and which of them belong to the prefix.
        let prefixStart: (SIMD16<UInt8>, SIMD16<UInt8>)
        let prefixMask: (SIMD16<UInt8>, SIMD16<UInt8>)
        /// `,"text":"` as JSON, readable in whole `JSONBuffer.padding` strides; empty for a key beyond
        /// `Limits.attributeKeyBytesMax`, which no span may have.
        let member: PaddedText
        let hash: UInt64
        /// What it stands for, alone or as one of a family; the bit is 0 for nothing.
        let target: AliasTarget
        let targetBit: UInt64
        let form: AliasTarget.Form
        let rank: UInt8
        /// Whether its value may become input or output.
        let isText: Bool
        /// Where the winner of its target stands, behind all of them for a key that has none.
        let winner: Int
        /// Whether any string but the empty one will do for its target, which it stands for alone, or
        /// for a key that has none.
        let takesAnyText: Bool
        /// The column of its target, -1 for none, and how long a text it takes.
        let column: Int
        let textBytesMax: Int
        /// `,"otel.input_key":"text"`, for a key that may become input, or likewise for output; padded
        /// like `member`.
        let origin: PaddedText
        /// Position in `AttributeAliases.families`, -1: none.
        let family: Int
        /// Where the key stands that followed this one last time, as bytes from the first key.
        var successor = 0
        /// The entry that holds its value, in the span of this number.
        var entry = 0
        var span = 0
    }

    /// Keys from which `beginSpan` forgets all.
    private static let countMax = 4_096
    private static let emptySlot = UInt32.max
    private static var placeBits: UInt64 { 11 }
    private static let seed = UInt64.random(in: .min ... .max)

    /// The first is the empty key; it also stands before the first key of a span.
    private var keys = GrowableBuffer<Key>(capacity: 32)
    /// Numbers by hash, a power of two of them.
    private var slots = [UInt32](repeating: Self.emptySlot, count: 64)
    /// The key that was found last for some of its bytes: a guess that saves a hash.
    private var places = GrowableBuffer<UInt8>(repeating: 0, count: 1 << Self.placeBits)
    private var arena = ByteArena()
    /// Forms of a key under construction.
    private var json = JSONBuffer()
    private var previous = 0
    private let aliases = AttributeAliases.shared
    private let seed = Self.seed

    init() {
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        _ = insert(empty, Hash64.hash(empty, seed: seed))
    }

    /// Keys so far, and the empty one.
    var count: Int { keys.count }

    /// Bytes that the forms of all keys take.
    private(set) var byteCount = 0

    subscript(number: Int) -> Key {
        @inline(__always) get { keys[number] }
    }

    /// The key of this number, to change it in place.
    @inline(__always)
    func pointer(_ number: Int) -> UnsafeMutablePointer<Key> { keys.pointer(number) }

    /// Begins a span; forgets the keys when they are too many.
    @inline(__always)
    mutating func beginSpan() {
        previous = 0
        if keys.count > Self.countMax { forget() }
    }

    @inline(never)
    private mutating func forget() { self = AttributeKeys() }

    /// The key that was taken last.
    var last: UnsafeMutablePointer<Key> {
        @inline(__always) get { keys.pointer(previous) }
    }

    /// The key that is expected behind `key`.
    @inline(__always)
    func successor(of key: UnsafePointer<Key>) -> UnsafeMutablePointer<Key> {
        keys.pointer(byteOffset: key.pointee.successor)
    }

    /// Notes that `key` comes behind `last`.
    @inline(__always)
    func setSuccessor(
        of last: UnsafeMutablePointer<Key>, _ key: UnsafePointer<Key>
    ) {
        last.pointee.successor = key.pointee.number &* MemoryLayout<Key>.stride
    }

    /// Notes the key that was taken last.
    @inline(__always)
    mutating func take(_ key: UnsafePointer<Key>) { previous = key.pointee.number }

    /// The number of `key`, the next one of the span.
    mutating func number(of key: UnsafeRawBufferPointer) -> Int {
        let guess = successor(of: last)
        if guess.pointee.text.isEqual(to: key) {
            previous = guess.pointee.number
            return previous
        }
        return look(up: key)
    }

    private mutating func look(up key: UnsafeRawBufferPointer) -> Int {
        let hash = Hash64.hash(key, seed: seed)
        let number = find(key, hash) ?? insert(key, hash)
        setSuccessor(of: last, keys.pointer(number))
        previous = number
        return number
    }

    /// A guess at the key that a KeyValue from `start` to `end` begins with; 32 bytes are readable behind
    /// it. Nil when it is longer than 127 bytes.
    @inline(__always)
    func guess(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer) -> UnsafeMutablePointer<Key>? {
        let count = Int(start.load(fromByteOffset: 1, as: UInt8.self))
        guard count < 0x80, end - start >= count &+ 6 else { return nil }
        return keys.pointer(Int(places[Self.place(start, count)]))
    }

    /// The key of a KeyValue for which there is a guess, which is wrong; nil when it is not known.
    @inline(never)
    mutating func find(_ start: UnsafeRawPointer) -> UnsafeMutablePointer<Key>? {
        let count = Int(start.load(fromByteOffset: 1, as: UInt8.self))
        let text = UnsafeRawBufferPointer(start: start + 2, count: count)
        guard let number = find(text, Hash64.hash(text, seed: seed)) else { return nil }
        places[Self.place(start, count)] = UInt8(exactly: number) ?? 0
        return keys.pointer(number)
    }

    /// Where in `places` the key of a KeyValue stands, from its first and last bytes.
    @inline(__always)
    private static func place(_ start: UnsafeRawPointer, _ count: Int) -> Int {
        let first = start.loadUnaligned(as: UInt64.self)
        let last = start.loadUnaligned(fromByteOffset: max(count &- 6, 0), as: UInt64.self)
        let mixed = (first ^ last &* 0x9E37_79B9_7F4A_7C15) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed &>> (64 - Self.placeBits))
    }

    @inline(__always)
    private func find(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int? {
        slots.withUnsafeBufferPointer { slots in
            var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
            while slots[slot] != Self.emptySlot {
                let number = Int(slots[slot])
                let known = keys.pointer(number)
                if known.pointee.hash == hash, known.pointee.text.isEqual(to: key) {
                    return number
                }
                slot = (slot &+ 1) & (slots.count &- 1)
            }
            return nil
        }
    }

    private mutating func insert(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int {
        let number = keys.count
        let known = aliases.keys.find(key).map { aliases.aliases[$0] }
        let family = known == nil ? aliases.family(of: key) : nil
        let alias = known ?? family.map { aliases.families[$0].alias }
        let target = alias?.target ?? .session
        let isText = alias != nil && target.form == .text
        let forms = forms(of: key, origin: isText && family == nil ? target : nil)
        keys.append(
            Key(
                number: number, text: forms.text, prefix: forms.prefix,
                prefixCount: forms.prefixCount,
                prefixStart: (
                    forms.prefix.loadUnaligned(as: SIMD16<UInt8>.self),
                    forms.prefix.loadUnaligned(fromByteOffset: 16, as: SIMD16<UInt8>.self)
                ),
                prefixMask: (Self.mask(forms.prefixCount), Self.mask(forms.prefixCount - 16)),
                member: forms.member, hash: hash, target: target,
                targetBit: alias == nil ? 0 : 1 << UInt64(target.rawValue), form: target.form,
                rank: alias?.rank ?? 0, isText: isText,
                winner: alias == nil ? AliasTarget.allCases.count : Int(target.rawValue),
                takesAnyText: alias == nil || family == nil && target.form.isPlainText,
                column: target.column ?? -1,
                textBytesMax: target == .session
                    ? Limits.identifierBytesMax : Limits.stringBytesMax,
                origin: forms.origin, family: family ?? -1))
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

    /// How a key looks, as `Key` describes it; `origin` is the target that it may become.
    private mutating func forms(
        of key: UnsafeRawBufferPointer, origin: AliasTarget?
    ) -> (
        text: UnsafeRawBufferPointer, prefix: UnsafeRawPointer, prefixCount: Int,
        member: PaddedText, origin: PaddedText
    ) {
        let isShort = key.count < 0x80
        json.removeAll()
        json.append(isShort ? 1 << 3 | 2 : 0)
        json.append(UInt8(truncatingIfNeeded: key.count))
        json.append(key)
        json.append(2 << 3 | 2)
        json.appendPadding(32)
        let memberStart = json.count
        if key.count <= Limits.attributeKeyBytesMax {
            json.append(UInt8(ascii: ","))
            json.appendString(key)
            json.append(UInt8(ascii: ":"))
            json.append(UInt8(ascii: "\""))
        }
        let memberEnd = json.count
        json.appendPadding(JSONBuffer.padding)
        let originStart = json.count
        if let origin {
            json.appendKey(origin == .input ? "otel.input_key" : "otel.output_key")
            json.appendString(key)
        }
        let originEnd = json.count
        json.appendPadding(JSONBuffer.padding)
        let bytes = arena.copy(json.text)
        byteCount += bytes.count
        let base = bytes.baseAddress ?? UnsafeRawPointer(keys.pointer(0))
        return (
            UnsafeRawBufferPointer(rebasing: bytes[2..<2 + key.count]), base,
            isShort ? key.count + 3 : 1,
            PaddedText(start: base + memberStart, count: memberEnd - memberStart),
            PaddedText(start: base + originStart, count: originEnd - originStart)
        )
    }

    /// All bits of the first `count` bytes.
    private static func mask(_ count: Int) -> SIMD16<UInt8> {
        var mask = SIMD16<UInt8>.zero
        for place in 0..<16 where place < count { mask[place] = .max }
        return mask
    }
}
