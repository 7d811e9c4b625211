// The attributes of one span or resource while it is decoded: pointers into the body, the winner
// per alias target kept up to date, so that nothing is looked up twice.
// Cost: a few nanoseconds an attribute beyond finding its key.

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

/// Attributes with distinct keys: of equal ones the last value counts.
struct AttributeBag: ~Copyable {
    struct Entry {
        /// In `keys`.
        let key: Int
        var value: AttributeValue
    }

    /// What won a target so far.
    private struct Winner {
        var rank = UInt8.max
        /// An entry, or `-1 - family`.
        var source = 0
    }

    var keys = AttributeKeys()
    private var entries = GrowableBuffer<Entry>(capacity: 32)
    /// Counts `reset`: what a key says of another span does not count.
    private var span = 1
    /// Bit per `AliasTarget` that has a winner.
    private(set) var present: UInt64 = 0
    private var winners = GrowableBuffer<Winner>(capacity: AliasTarget.allCases.count)

    init() {
        for _ in AliasTarget.allCases { winners.append(Winner()) }
    }

    /// Distinct attributes.
    var count: Int { entries.count }

    subscript(entry: Int) -> Entry {
        @inline(__always) get { entries[entry] }
    }

    /// Forgets everything but the keys.
    mutating func reset() {
        keys.beginSpan()
        entries.removeAll()
        span &+= 1
        while present != 0 {
            winners[present.trailingZeroBitCount] = Winner()
            present &= present &- 1
        }
    }

    /// Adds an attribute; the bytes of its value must stay until `reset`.
    mutating func add(_ key: UnsafeRawBufferPointer, _ value: AttributeValue) {
        add(keys.expected(key) ?? keys.number(of: key), value)
    }

    /// Adds an attribute whose key `keys` has just numbered.
    @inline(__always)
    mutating func add(_ number: Int, _ value: AttributeValue) {
        let key = keys.pointer(number)
        if key.pointee.span == span { return replace(key, value) }
        key.pointee.span = span
        key.pointee.entry = entries.count
        if key.pointee.alias != nil { consider(key, value) }
        entries.append(Entry(key: number, value: value))
    }

    /// Whether `target` has a value.
    func has(_ target: AliasTarget) -> Bool { present >> UInt64(target.rawValue) & 1 == 1 }

    /// The value of `target`; nil when it has none, or flattened messages.
    func value(of target: AliasTarget) -> AttributeValue? {
        guard let entry = entry(of: target) else { return nil }
        return entries[entry].value
    }

    /// The entry that won `target`.
    func entry(of target: AliasTarget) -> Int? {
        guard has(target) else { return nil }
        let source = winners[Int(target.rawValue)].source
        return source >= 0 ? source : nil
    }

    /// The family that won `target`.
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
            guard key.family < 0, let alias = key.alias, alias.target == target,
                alias.rank < best?.rank ?? .max, entries[index].value.isUsable(as: target.form)
            else { continue }
            best = (alias.rank, index)
        }
        return best?.index
    }

    @inline(never)
    private mutating func replace(
        _ key: UnsafePointer<AttributeKeys.Key>, _ value: AttributeValue
    ) {
        entries.pointer(key.pointee.entry).pointee.value = value
        if key.pointee.family < 0 { consider(key, value) }
    }

    private mutating func consider(
        _ key: UnsafePointer<AttributeKeys.Key>, _ value: AttributeValue
    ) {
        guard let alias = key.pointee.alias else { return }
        let target = Int(alias.target.rawValue)
        guard alias.rank < winners[target].rank, value.isUsable(as: alias.target.form) else {
            return
        }
        let family = key.pointee.family
        winners[target] = Winner(
            rank: alias.rank, source: family < 0 ? key.pointee.entry : -1 - family)
        present |= (1 as UInt64) << UInt64(target)
    }
}

extension AttributeValue {
    /// Whether the value can be what a target of this form takes.
    @inline(__always)
    func isUsable(as form: AliasTarget.Form) -> Bool {
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
