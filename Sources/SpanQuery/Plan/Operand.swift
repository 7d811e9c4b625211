// What a condition, group key, aggregate or sort key is computed from: a column, or a small
// expression over columns. Evaluated a row group at a time by `RowEvaluator`.

import SpanModel

/// A value per row. Nulls propagate unless a case says otherwise.
package indirect enum Operand: Hashable, Sendable {
    /// A column of the table, by number.
    case column(Int)
    /// The text of `attributes['key']`: a string's content, other JSON values as JSON text; null
    /// when the key is absent or JSON null. `column` holds the JSON object.
    case attribute(column: Int, key: String)
    /// left − right over integer columns; null when it does not fit in 64 bits.
    case difference(Operand, Operand)
    /// The sum of those that are not null; null when all are, or when it does not fit.
    case sumOfPresent([Operand])
    /// The first integer that is not null.
    case coalesce([Operand])
    /// An integer operand as a double, divided.
    case quotient(Operand, Double)
    /// The start of the bucket that holds an instant.
    case timeBucket(Operand, TimeBucket)
    /// Anything else that SQL can say.
    case computed(ScalarExpression)

    /// The row's position in the order of all acknowledged rows.
    package static let arrival = Operand.column(SystemColumn.sequence)

    /// The type of the values.
    package func type(in columns: [ColumnType]) -> ColumnType {
        switch self {
        case .column(let number): columns[number]
        case .attribute: .string
        case .difference: .int64
        case .sumOfPresent(let parts), .coalesce(let parts):
            parts.first?.type(in: columns) ?? .int64
        case .quotient: .float64
        case .timeBucket: .instant
        case .computed(let expression): expression.type
        }
    }

    /// The interval whose length this is; nil when it is anything else.
    var interval: ColumnInterval? {
        guard case .difference(.column(let end), .column(let start)) = self else { return nil }
        return ColumnInterval(start: start, end: end)
    }

    /// How far apart values are that are starts of buckets of one width; nil: anything else.
    var bucketWidth: Int64? {
        guard case .timeBucket(_, let bucket) = self else { return nil }
        return bucket.regular?.width
    }

    /// The cost from which on a value reads text.
    static let textCost = 9

    /// How costly a value is, to order conditions: numbers, codes, identifiers, then text.
    func cost(in columns: [ColumnType]) -> Int {
        switch self {
        case .attribute: Self.textCost
        case .column(let number) where columns[number].form == .text: 10
        case .computed(let expression):
            expression.arguments.reduce(1) { max($0, $1.cost(in: columns)) }
        default:
            switch type(in: columns).form {
            case .integer, .float: 0
            case .string: 1
            case .identifier: 2
            case .text: 10
            }
        }
    }
}
