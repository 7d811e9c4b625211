// The attributes of one span or resource while it is decoded: pointers into the body, the winner
// per alias target and the JSON object kept up to date, so that nothing is looked up twice.
// Order of calls: `reset`, any number of `add…`, questions, `complete`, `members`.
// Cost: a few nanoseconds an attribute beyond finding its key, and a copy of both into the object.

import SpanModel

/// An attribute's value; bytes lie in the body or in an arena.
enum AttributeValue {
    case null
    case string(UnsafeRawBufferPointer)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    /// JSON text of an array, an object or bytes.
    case json(UnsafeRawBufferPointer)
}

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

    var keys = AttributeKeys()
    var entries = GrowableBuffer<Entry>(capacity: 32)
    /// Counts `reset`: what a key says of another span does not count.
    private var span = 1
    /// Bit per `AliasTarget` that has a winner.
    private(set) var present: UInt64 = 0
    /// By target, where `present`.
    private var winners = GrowableBuffer<Winner>(capacity: AliasTarget.allCases.count)
    /// The attributes as members of a JSON object, without those that may become input or output.
    var members = JSONBuffer()
    /// The entries that are not in `members`.
    var texts = GrowableBuffer<Int>(capacity: 8)
    /// Whether `members` is not what it would be if it were written now.
    private var isStale = false

    init() {
        for _ in AliasTarget.allCases { winners.append(Winner(rank: 0, source: 0)) }
    }

    /// Distinct attributes.
    var count: Int {
        @inline(__always) get { entries.count }
    }

    subscript(entry: Int) -> Entry {
        @inline(__always) get { entries[entry] }
    }

    /// Forgets everything but the keys.
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

extension AttributeValue {
    /// Whether the value can be what a target of this form takes.
    @inline(__always)
    func isUsable(as form: AliasTarget.Form) -> Bool {
        switch self {
        case .string(let text) where form.isPlainText: text.count > 0
        case .integer(let value) where form == .count: value >= 0
        default: isRarelyUsable(as: form)
        }
    }

    @inline(never)
    private func isRarelyUsable(as form: AliasTarget.Form) -> Bool {
        switch (form, self) {
        case (_, .null): false
        case (.string, .string(let text)), (.text, .string(let text)), (.word, .string(let text)):
            text.count > 0
        case (.string, _), (.text, _): true
        case (.word, _): false
        case (.count, _): count != nil
        case (.money, _): picodollars != nil
        case (.details, .string), (.details, .json): true
        case (.details, _): false
        }
    }

    /// An integer ≥ 0.
    var count: Int64? {
        switch self {
        case .integer(let value): value >= 0 ? value : nil
        case .double(let value):
            value >= 0 && value < 9_007_199_254_740_992 && value == value.rounded()
                ? Int64(value) : nil
        case .string(let text): JSONNumber.int64(text).flatMap { $0 >= 0 ? $0 : nil }
        case .null, .bool, .json: nil
        }
    }

    /// Dollars as picodollars; a double is rounded to the nearest.
    var picodollars: Int64? {
        switch self {
        case .integer(let value):
            let (amount, overflow) = value.multipliedReportingOverflow(by: Money.scale)
            return overflow ? nil : amount
        case .double(let value):
            let scaled = (value * Double(Money.scale)).rounded()
            return scaled.magnitude < 9.2e18 ? Int64(scaled) : nil
        case .string(let text): return JSONNumber.money(text)
        case .null, .bool, .json: return nil
        }
    }

    /// Appends the value as JSON. Doubles keep a `.` or `e`; those that are not finite are
    /// strings.
    func appendJSON(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .string(let text): JSONWriter.appendString(text, to: &out)
        case .integer(let value): JSONWriter.appendInteger(value, to: &out)
        case .double(let value):
            if value.isFinite {
                JSONWriter.appendDouble(value, to: &out)
            } else {
                JSONWriter.appendString(NonFinite.name(of: value), to: &out)
            }
        case .bool(let value): out.append(contentsOf: value ? "true".utf8 : "false".utf8)
        case .json(let text): out.append(contentsOf: text)
        }
    }

    /// Bytes of the value's text, where it is one.
    var byteCount: Int {
        switch self {
        case .string(let text), .json(let text): text.count
        case .null, .integer, .double, .bool: 0
        }
    }
}
