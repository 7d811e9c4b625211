// What a SQL text says, before names and types are known. Every expression knows its place in the
// text and its depth, which is bounded, so that walks may recurse.

/// A scalar expression or condition.
struct SQLExpression: Sendable {
    indirect enum Node: Sendable {
        case number(String)
        case string(String)
        case boolean(Bool)
        case null
        case interval(SQLInterval)
        /// A name with its parts between dots.
        case name([String])
        /// `base['key']`.
        case element(SQLExpression, key: String)
        case negate(SQLExpression)
        /// `+ - * / // % ||`.
        case arithmetic(SQLExpression, String, SQLExpression)
        case comparison(SQLExpression, Comparison, SQLExpression)
        case and([SQLExpression])
        case or([SQLExpression])
        case not(SQLExpression)
        case isNull(SQLExpression)
        /// IS TRUE, IS FALSE.
        case isTruth(SQLExpression, Bool)
        case isDistinct(SQLExpression, SQLExpression)
        case between(SQLExpression, SQLExpression, SQLExpression)
        case isIn(SQLExpression, [SQLExpression])
        case like(SQLExpression, SQLExpression, ignoringCase: Bool)
        /// CASE [subject] WHEN …
        case choice(SQLExpression?, [SQLBranch], otherwise: SQLExpression?)
        case cast(SQLExpression, SQLType, isTry: Bool)
        case call(SQLCall)
    }

    let node: Node
    /// Bytes of the text.
    let range: Range<Int>
    /// Levels of expressions, this one included.
    let depth: Int
    /// Expressions in it, those counted again that binding repeats.
    let weight: Int
}

extension SQLExpression {
    /// The expressions directly below.
    var parts: [SQLExpression] {
        switch node {
        case .number, .string, .boolean, .null, .interval, .name: []
        case .element(let part, _), .negate(let part), .not(let part), .isNull(let part),
            .isTruth(let part, _), .cast(let part, _, _):
            [part]
        case .arithmetic(let left, _, let right), .comparison(let left, _, let right),
            .isDistinct(let left, let right), .like(let left, let right, _):
            [left, right]
        case .and(let parts), .or(let parts): parts
        case .between(let part, let low, let high): [part, low, high]
        case .isIn(let part, let members): [part] + members
        case .choice(let subject, let branches, let otherwise):
            (subject.map { [$0] } ?? []) + branches.flatMap { [$0.condition, $0.value] }
                + (otherwise.map { [$0] } ?? [])
        case .call(let call): call.arguments + (call.filter.map { [$0] } ?? [])
        }
    }

    /// How often binding repeats the first part.
    var repeats: Int {
        switch node {
        case .between, .isDistinct: 2
        case .isIn(_, let members): members.count
        case .choice(.some, let branches, _): branches.count
        default: 1
        }
    }
}

/// WHEN … THEN … of a CASE.
struct SQLBranch: Sendable {
    let condition: SQLExpression
    let value: SQLExpression
}

/// A function or aggregate.
struct SQLCall: Sendable {
    /// Lower case.
    let name: String
    var arguments: [SQLExpression] = []
    /// `count(*)`.
    var isStar = false
    var isDistinct = false
    var filter: SQLExpression?
}

/// A span of time: months and the rest, as calendars have it.
struct SQLInterval: Sendable, Hashable {
    var months = 0
    var nanoseconds: Int64 = 0

    /// What an interval that has no months is.
    var fixed: Int64? { months == 0 ? nanoseconds : nil }
}

/// SELECT …
struct SQLSelect: Sendable {
    /// `*`, or an expression with its name.
    enum Item: Sendable {
        case star(at: Int)
        case expression(SQLExpression, alias: String?)
    }

    struct Order: Sendable {
        let expression: SQLExpression
        let isDescending: Bool
        let nullsFirst: Bool
    }

    enum Grouping: Sendable {
        case none
        case all
        case expressions([SQLExpression])
    }

    var isDistinct = false
    var items: [Item] = []
    var table = SQLName(text: "", offset: 0)
    var alias: String?
    var filter: SQLExpression?
    var grouping = Grouping.none
    var having: SQLExpression?
    var order: [Order] = []
    var limit: Int?
    var offset = 0
}

/// A name and where it is.
struct SQLName: Sendable {
    let text: String
    let offset: Int
}

/// What a text asks for.
enum SQLStatement: Sendable {
    case select(SQLSelect)
    case describe(SQLName)
    case showTables
}
