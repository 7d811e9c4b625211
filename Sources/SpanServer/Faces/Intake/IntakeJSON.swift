// JSON objects as Intake's clients read them: members in a fixed order, null where there is nothing,
// times in microseconds, money in dollars that are whole micro-dollars.

import SpanAnalytics
import SpanModel

/// An object under construction.
struct IntakeObject {
    private var bytes: [UInt8] = []

    /// The object's text.
    var json: [UInt8] { bytes.isEmpty ? Array("{}".utf8) : bytes + [UInt8(ascii: "}")] }

    /// Adds a member that is JSON already; nil is null.
    mutating func add(_ name: String, json value: [UInt8]?) {
        bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
        JSONWriter.appendString(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        bytes += value ?? Array("null".utf8)
    }

    mutating func add(_ name: String, _ value: String?) { add(name, json: value.map(Self.text)) }

    mutating func add(_ name: String, _ value: Int64?) {
        add(name, json: value.map { Array(String($0).utf8) })
    }

    mutating func add(_ name: String, _ value: Double?) {
        add(name, json: value.map(Self.number))
    }

    mutating func add(_ name: String, _ value: [String]) {
        add(name, json: Self.list(value.map(Self.text)))
    }

    /// A time.
    mutating func add(_ name: String, instant: Int64?) { add(name, instant.map(Self.time)) }

    /// An amount in picodollars.
    mutating func add(_ name: String, picodollars: Int64?) {
        add(name, picodollars.map { Double(Self.microdollars($0)) / 1e6 })
    }

    /// A distribution, figures first and the count last.
    mutating func add(_ name: String, _ distribution: Distribution?) {
        add(name, json: distribution.map(Self.distribution))
    }

    static func distribution(_ distribution: Distribution) -> [UInt8] {
        var object = IntakeObject()
        for (name, value) in distribution.figures { object.add(name, value) }
        object.add("count", Int64(distribution.count))
        return object.json
    }

    static func list(_ items: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + items.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }

    static func text(_ value: String) -> [UInt8] {
        var json: [UInt8] = []
        JSONWriter.appendString(value, to: &json)
        return json
    }

    private static func number(_ value: Double) -> [UInt8] {
        var json: [UInt8] = []
        JSONWriter.appendDouble(value, to: &json)
        return json
    }

    /// Nearest whole micro-dollars, halves to even.
    static func microdollars(_ picodollars: Int64) -> Int64 {
        let (quotient, rest) = Instant.floorDivide(picodollars, by: 1_000_000)
        if rest == 500_000 { return quotient + (quotient & 1) }
        return rest > 500_000 ? quotient + 1 : quotient
    }

    /// RFC 3339 in UTC; microseconds, cut, where there are some.
    static func time(_ nanoseconds: Int64) -> String {
        let text = Instant.format(nanoseconds)
        let fraction = text.dropFirst(20).prefix(6)
        return text.prefix(19) + (fraction == "000000" ? "Z" : ".\(fraction)Z")
    }
}
