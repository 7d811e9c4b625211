// The attributes of one span or resource while it is decoded: pointers into the body, the winner
// per alias target kept up to date, so that nothing is looked up twice.
// Cost: one hash and one table look-up an attribute.

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
struct AttributeBag {
    struct Entry {
        let key: UnsafeRawBufferPointer
        let hash: UInt64
        var value: AttributeValue
        /// Position in `AttributeAliases.families`, -1: none.
        let family: Int
    }

    /// What won a target so far.
    private struct Winner {
        var rank = UInt8.max
        /// An entry, or `-1 - family`.
        var source = 0
    }

    private(set) var entries: [Entry] = []
    /// Bit per `AliasTarget` that has a winner.
    private(set) var present: UInt64 = 0
    private var winners = [Winner](repeating: Winner(), count: AliasTarget.allCases.count)
    /// Bits of the hashes so far: most keys are new, and one bit shows it.
    private var seen: UInt64 = 0
    private let aliases = AttributeAliases.shared

    /// Forgets everything.
    mutating func reset() {
        entries.removeAll(keepingCapacity: true)
        seen = 0
        while present != 0 {
            winners[present.trailingZeroBitCount] = Winner()
            present &= present &- 1
        }
    }

    /// Adds an attribute; its bytes must stay until `reset`.
    mutating func add(_ key: UnsafeRawBufferPointer, _ value: AttributeValue) {
        let hash = KeyTable.hash(key)
        let bit = (1 as UInt64) << (hash & 63)
        if seen & bit != 0, replace(key, hash, value) { return }
        seen |= bit
        let position = entries.count
        if let index = aliases.keys.find(key, hash: hash) {
            entries.append(Entry(key: key, hash: hash, value: value, family: -1))
            consider(aliases.aliases[index], value, source: position)
        } else {
            let family = aliases.family(of: key)
            entries.append(Entry(key: key, hash: hash, value: value, family: family ?? -1))
            if let family {
                consider(aliases.families[family].alias, value, source: -1 - family)
            }
        }
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
        for (index, entry) in entries.enumerated() {
            guard let position = aliases.keys.find(entry.key, hash: entry.hash) else { continue }
            let alias = aliases.aliases[position]
            guard alias.target == target, alias.rank < best?.rank ?? .max,
                entry.value.isUsable(as: target.form)
            else { continue }
            best = (alias.rank, index)
        }
        return best?.index
    }

    private mutating func replace(
        _ key: UnsafeRawBufferPointer, _ hash: UInt64, _ value: AttributeValue
    ) -> Bool {
        for index in entries.indices
        where entries[index].hash == hash && areEqual(entries[index].key, key) {
            entries[index].value = value
            if let alias = aliases.keys.find(key, hash: hash) {
                consider(aliases.aliases[alias], value, source: index)
            }
            return true
        }
        return false
    }

    @inline(__always)
    private mutating func consider(
        _ alias: AttributeAliases.Alias, _ value: AttributeValue, source: Int
    ) {
        let target = Int(alias.target.rawValue)
        guard alias.rank < winners[target].rank, value.isUsable(as: alias.target.form) else {
            return
        }
        winners[target] = Winner(rank: alias.rank, source: source)
        present |= (1 as UInt64) << UInt64(target)
    }
}

extension AttributeValue {
    /// Whether the value can be what a target of this form takes.
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
