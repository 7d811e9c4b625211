// The `filter` of the list of runs: a query in MongoDB's form, as Pluto's client builds it. `$and`, `$or`
// and `$not` combine terms, a term is `{field: value}` or `{field: {$op: value}}`. A run without the field
// passes `$ne` and `$nin` alone, and equality with null. Order of calls: `init`, `fields` for what must be
// known of runs, `passes`.

import SpanModel
import SpanQuery

/// Which runs a list has.
indirect enum PlutoRunFilter: Sendable {
    case all([PlutoRunFilter])
    case any([PlutoRunFilter])
    case not(PlutoRunFilter)
    case term(PlutoRunField, PlutoTest)

    private static let depthMax = 50

    /// Parses a query. Throws `invalidArgument` that names what is not understood.
    init(_ text: String) throws(RequestFailure) {
        self = try Self.query(try PlutoBody(json: Array(text.utf8), "filter"), depth: 0)
    }

    private static func query(
        _ object: PlutoBody, depth: Int
    ) throws(RequestFailure) -> PlutoRunFilter {
        guard depth < depthMax else { throw failure("is nested too deeply") }
        var parts: [PlutoRunFilter] = []
        for (name, value) in object.members {
            switch name {
            case "$and", "$or":
                var queries: [PlutoRunFilter] = []
                for query in try object.objects(name) {
                    queries.append(try Self.query(query, depth: depth + 1))
                }
                parts.append(name == "$and" ? .all(queries) : .any(queries))
            case "$not":
                parts.append(.not(try query(try PlutoBody(json: value, "$not"), depth: depth + 1)))
            default: parts += try terms(name, value)
            }
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private static func terms(
        _ name: String, _ value: [UInt8]
    ) throws(RequestFailure) -> [PlutoRunFilter] {
        guard let field = PlutoRunField(name) else { throw failure("there is no field '\(name)'") }
        guard value.first == UInt8(ascii: "{") else {
            return [.term(field, try PlutoTest("$eq", value, field))]
        }
        var terms: [PlutoRunFilter] = []
        for (operation, value) in try PlutoBody(json: value, name).members {
            terms.append(.term(field, try PlutoTest(operation, value, field)))
        }
        return terms
    }

    static func failure(_ reason: String) -> RequestFailure {
        RequestFailure(.invalidArgument, "filter: \(reason)")
    }

    /// Every field that is tested.
    var fields: [PlutoRunField] {
        switch self {
        case .all(let parts), .any(let parts): parts.flatMap(\.fields)
        case .not(let part): part.fields
        case .term(let field, _): [field]
        }
    }

    /// Whether a run passes.
    func passes(_ run: PlutoRunFacts) -> Bool {
        switch self {
        case .all(let parts): parts.allSatisfy { $0.passes(run) }
        case .any(let parts): parts.contains { $0.passes(run) }
        case .not(let part): !part.passes(run)
        case .term(let field, let test): test.passes(run.values(of: field))
        }
    }
}

/// A test of a field's values: of tags several, of other fields one or none.
struct PlutoTest: Sendable {
    private enum Operation: String {
        case equal = "$eq"
        case notEqual = "$ne"
        case greater = "$gt"
        case greaterOrEqual = "$gte"
        case less = "$lt"
        case lessOrEqual = "$lte"
        case among = "$in"
        case notAmong = "$nin"
        case matches = "$regex"
    }

    private let operation: Operation
    /// Nil: null.
    private let wanted: [PlutoRunValue?]
    private let pattern: PlutoPattern?

    /// `value` is JSON.
    init(_ name: String, _ value: [UInt8], _ field: PlutoRunField) throws(RequestFailure) {
        guard let operation = Operation(rawValue: name) else {
            throw PlutoRunFilter.failure("there is no operator '\(name)'")
        }
        self.operation = operation
        if operation == .matches {
            guard let text = PlutoJSON.strings(in: [0x5B] + value + [0x5D])?.first else {
                throw PlutoRunFilter.failure("$regex takes a string")
            }
            pattern = try PlutoPattern(text)
            wanted = []
            return
        }
        pattern = nil
        let isList = operation == .among || operation == .notAmong
        guard let values = PlutoJSON.scalars(in: isList ? value : [0x5B] + value + [0x5D]) else {
            throw PlutoRunFilter.failure(
                "\(name) takes \(isList ? "a list of values" : "a string, a number or a bool")")
        }
        var wanted: [PlutoRunValue?] = []
        for value in values { wanted.append(try field.literal(value)) }
        self.wanted = wanted
    }

    func passes(_ values: [PlutoRunValue]) -> Bool {
        switch operation {
        case .equal, .among: contains(values)
        case .notEqual, .notAmong: !contains(values)
        case .greater: compares(values) { $1.isLess(than: $0) }
        case .less: compares(values) { $0.isLess(than: $1) }
        case .greaterOrEqual: compares(values) { $1.isLess(than: $0) || $0 == $1 }
        case .lessOrEqual: compares(values) { $0.isLess(than: $1) || $0 == $1 }
        case .matches:
            values.contains { value in
                if case .text(let text) = value {
                    pattern?.isFound(in: text) ?? false
                } else {
                    false
                }
            }
        }
    }

    private func contains(_ values: [PlutoRunValue]) -> Bool {
        wanted.contains { $0.map(values.contains) ?? values.isEmpty }
    }

    private func compares(
        _ values: [PlutoRunValue], _ isInOrder: (PlutoRunValue, PlutoRunValue) -> Bool
    ) -> Bool {
        guard case let wanted?? = wanted.first else { return false }
        return values.contains { isInOrder($0, wanted) }
    }
}

/// A regular expression of the simple kind: characters, `.`, `.*`, `^` in front and `$` at the end. It is
/// found without backtracking over more than one gap, whatever a client sends.
struct PlutoPattern: Sendable {
    private let pattern: LikePattern

    /// Throws `invalidArgument` for what is not of that kind.
    init(_ text: String) throws(RequestFailure) {
        var elements: [LikePattern.Element] = []
        var rest = Array(text.unicodeScalars)[...]
        if rest.first == "^" { rest.removeFirst() } else { elements.append(.anyRun) }
        var isOpen = true
        while let next = rest.popFirst() {
            switch next {
            case ".":
                if rest.first == "*" {
                    rest.removeFirst()
                    elements.append(.anyRun)
                } else {
                    elements.append(.anyCharacter)
                }
            case "$" where rest.isEmpty: isOpen = false
            case "\\":
                guard let escaped = rest.popFirst(), !escaped.properties.isAlphabetic,
                    !("0"..."9").contains(escaped)
                else { throw Self.failure(text) }
                elements += String(escaped).utf8.map { .byte($0) }
            case "[", "]", "(", ")", "{", "}", "|", "*", "+", "?", "^", "$":
                throw Self.failure(text)
            default: elements += String(next).utf8.map { .byte($0) }
            }
        }
        if isOpen { elements.append(.anyRun) }
        pattern = LikePattern(elements)
    }

    private static func failure(_ text: String) -> RequestFailure {
        PlutoRunFilter.failure(
            "$regex understands characters, '.', '.*', '^' and '$', not '\(text)'")
    }

    func isFound(in text: String) -> Bool { pattern.matches(Array(text.utf8)) }
}
