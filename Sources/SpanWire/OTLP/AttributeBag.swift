// The attributes of one span or resource while it is decoded: pointers into the body, the winner
// per alias target and the JSON object kept up to date, so that nothing is looked up twice.
// Order of calls: `reset`, any number of `add…`, questions, `complete`, `members`.
// Cost: a few nanoseconds an attribute beyond finding its key, and a copy of both into the object.

import SpanModel

/// Where input or output came from, so that its attributes need not be kept twice.
struct MappedText {
    /// The entry that was used.
    var entry = -1
    /// The family that was used.
    var family = -1
}

/// Attributes with distinct keys: of equal ones the last value counts.
struct AttributeBag: ~Copyable {
    struct Entry {
        /// In `keys`.
        let key: Int
        var value: AttributeValue
    }

    /// What won a target so far.
    private struct Winner {
        let rank: UInt8
        /// An entry, or `-1 - family`.
        let source: Int
    }

    private static let usualKeys = 256
    private static let usualBytes = 4 * Limits.textBlockBytes

    var keys = AttributeKeys()
    var entries = GrowableBuffer<Entry>(capacity: 32)
    /// Counts `reset`: what a key says of another span does not count.
    private var span = 1
    /// Bit per `AliasTarget` that has a winner.
    private(set) var present: UInt64 = 0
    /// By target, where `present`; behind them one that keys without a target write, to save a branch.
    private var winners = GrowableBuffer<Winner>(
        repeating: Winner(rank: 0, source: 0), count: AliasTarget.allCases.count + 1)
    /// The attributes as members of a JSON object, without those that may become input or output.
    var members = JSONBuffer()
    /// The entries that are not in `members`.
    var texts = GrowableBuffer<Int>(capacity: 8)
    /// Whether `members` is not what it would be if it were written now.
    private var isStale = false

    /// Distinct attributes.
    var count: Int {
        @inline(__always) get { entries.count }
    }

    subscript(entry: Int) -> Entry {
        @inline(__always) get { entries[entry] }
    }

    /// Whether keys and texts take no more space than usual.
    var isUsual: Bool {
        keys.count <= Self.usualKeys && keys.byteCount <= Self.usualBytes
            && members.capacity <= Self.usualBytes
            && entries.capacity <= Limits.attributesPerSpanMax
    }

    /// Forgets everything but the keys, kept texts too.
    mutating func beginRequest() {
        reset()
        members.dropKept()
    }

    /// Forgets everything but the keys and kept texts.
    mutating func reset() {
        keys.beginSpan()
        entries.removeAll()
        members.removeAll()
        texts.removeAll()
        isStale = false
        span &+= 1
        present = 0
    }

    /// Adds an attribute; the bytes of its value must stay until `reset`.
    mutating func add(_ key: UnsafeRawBufferPointer, _ value: AttributeValue) {
        let number = keys.number(of: key)
        let key = keys.pointer(number)
        if key.pointee.span == span { return replace(key, value) }
        if key.pointee.isText {
            texts.append(entries.count)
        } else if key.pointee.member.isEmpty || value.byteCount > Limits.attributeValueBytesMax {
            isStale = true
        } else {
            members.appendKey(padded: key.pointee.member)
            members.append(value)
        }
        enter(key, value)
    }

    /// Whether the span has the key already.
    @inline(__always)
    func has(_ key: UnsafeMutablePointer<AttributeKeys.Key>) -> Bool { key.pointee.span == span }

    /// Whether `target` has a value.
    @inline(__always)
    func has(_ target: AliasTarget) -> Bool { present >> UInt64(target.rawValue) & 1 == 1 }

    /// The entry that won the target of this number, which has a winner; nil for flattened messages.
    @inline(__always)
    func winner(_ target: Int) -> UnsafePointer<Entry>? {
        let source = winners[target].source
        return source < 0 ? nil : UnsafePointer(entries.pointer(source))
    }

    /// The value of `target`; nil when it has none, or flattened messages.
    @inline(__always)
    func value(of target: AliasTarget) -> AttributeValue? {
        guard let entry = entry(of: target) else { return nil }
        return entries[entry].value
    }

    /// The entry that won `target`.
    @inline(__always)
    func entry(of target: AliasTarget) -> Int? {
        guard has(target) else { return nil }
        let source = winners[Int(target.rawValue)].source
        return source >= 0 ? source : nil
    }

    /// The family that won `target`.
    @inline(__always)
    func family(of target: AliasTarget) -> Int? {
        guard has(target) else { return nil }
        let source = winners[Int(target.rawValue)].source
        return source < 0 ? -1 - source : nil
    }

    /// The best single entry for `target`, families left aside.
    func bestEntry(for target: AliasTarget) -> Int? {
        var best: (rank: UInt8, index: Int)?
        for index in 0..<entries.count {
            let key = keys[entries[index].key]
            guard key.family < 0, key.targetBit != 0, key.target == target,
                key.rank < best?.rank ?? .max,
                entries[index].value.isUsable(as: target.form)
            else { continue }
            best = (key.rank, index)
        }
        return best?.index
    }

    // MARK: JSON

    /// Makes `members` all attributes but those that became input and output. Throws when a key or
    /// value of theirs is too long.
    @inline(__always)
    mutating func complete(
        without input: MappedText, _ output: MappedText
    ) throws(RecordError) {
        var isComplete = !isStale
        for index in 0..<texts.count where !isMapped(texts[index], input, output) {
            isComplete = false
        }
        if !isComplete { try writeMembers(without: input, output) }
    }

    @inline(never)
    private mutating func writeMembers(
        without input: MappedText, _ output: MappedText
    ) throws(RecordError) {
        members.removeAll()
        for index in 0..<entries.count where !isMapped(index, input, output) {
            let key = keys.pointer(entries[index].key)
            let value = entries[index].value
            let isKeyTooLong = key.pointee.member.isEmpty
            if isKeyTooLong || value.byteCount > Limits.attributeValueBytesMax {
                throw Self.tooLong(isKey: isKeyTooLong)
            }
            members.appendKey(padded: key.pointee.member)
            members.append(value)
        }
    }

    @inline(__always)
    private func isMapped(_ entry: Int, _ input: MappedText, _ output: MappedText) -> Bool {
        if entry == input.entry || entry == output.entry { return true }
        let family = keys.pointer(entries[entry].key).pointee.family
        return family >= 0 && (family == input.family || family == output.family)
    }

    private static func tooLong(isKey: Bool) -> RecordError {
        let (what, bytesMax) =
            isKey
            ? ("key", Limits.attributeKeyBytesMax) : ("value", Limits.attributeValueBytesMax)
        return RecordError("attributes", "has a \(what) longer than \(bytesMax) bytes")
    }

    @inline(never)
    private mutating func replace(
        _ key: UnsafePointer<AttributeKeys.Key>, _ value: AttributeValue
    ) {
        isStale = true
        entries.pointer(key.pointee.entry).pointee.value = value
        if key.pointee.family < 0 { consider(key, value) }
    }

    /// Makes a value the entry of its key.
    @inline(__always)
    mutating func enter(
        _ key: UnsafeMutablePointer<AttributeKeys.Key>, _ value: AttributeValue
    ) {
        key.pointee.span = span
        key.pointee.entry = entries.count
        entries.append(Entry(key: key.pointee.number, value: value))
        consider(key, value)
    }

    /// Makes a string the entry of its key.
    @inline(__always)
    mutating func enter(
        _ key: UnsafeMutablePointer<AttributeKeys.Key>, text: UnsafeRawPointer, _ count: Int
    ) {
        let entry = entries.count
        key.pointee.span = span
        key.pointee.entry = entry
        let value = AttributeValue.string(UnsafeRawBufferPointer(start: text, count: count))
        entries.append(Entry(key: key.pointee.number, value: value))
        let bit = key.pointee.targetBit
        if present & bit == 0, key.pointee.takesAnyText, count > 0 {
            winners[key.pointee.winner] = Winner(rank: key.pointee.rank, source: entry)
            present |= bit
        } else {
            considerRare(key, value)
        }
    }

    @inline(never)
    private mutating func considerRare(
        _ key: UnsafePointer<AttributeKeys.Key>, _ value: AttributeValue
    ) {
        consider(key, value)
    }

    @inline(__always)
    private mutating func consider(
        _ key: UnsafePointer<AttributeKeys.Key>, _ value: AttributeValue
    ) {
        let bit = key.pointee.targetBit
        if bit == 0 { return }
        let target = Int(key.pointee.target.rawValue)
        let family = key.pointee.family
        guard present & bit == 0 || key.pointee.rank < winners[target].rank,
            value.isUsable(as: key.pointee.form)
        else { return }
        winners[target] = Winner(
            rank: key.pointee.rank, source: family < 0 ? key.pointee.entry : -1 - family)
        present |= bit
    }
}
