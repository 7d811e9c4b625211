// The names that an expression may use, and what they stand for.

import SpanColumns
import SpanModel

/// What a name stands for.
struct NamedOperand {
    let operand: Operand
    let type: ColumnType
}

/// The columns of one table.
final class SQLScope {
    /// The table's name and its alias, lower case.
    private let qualifiers: [String]
    /// Visible names in their order, what `*` stands for.
    let names: [String]
    private let resolve: (String) -> NamedOperand?
    /// What decides which of equal rows comes first.
    let order: [NamedOperand]
    /// Expressions that aliases stood for so far: a short text must not become a huge plan.
    var expandedWeight = 0

    private init(
        qualifiers: [String], names: [String],
        order: [NamedOperand] = [NamedOperand(operand: .arrival, type: .int64)],
        resolve: @escaping (String) -> NamedOperand?
    ) {
        self.qualifiers = qualifiers
        self.names = names
        self.order = order
        self.resolve = resolve
    }

    /// The columns of a table; `order` is that of its rows, empty: their arrival.
    convenience init(_ table: TableSchema, alias: String? = nil, order: [Operand] = []) {
        let types = table.columns.map(\.type)
        self.init(
            qualifiers: [table.name, alias].compactMap { $0?.lowercased() },
            names: ColumnNames.visible(in: table),
            order: (order.isEmpty ? [.arrival] : order).map {
                NamedOperand(operand: $0, type: $0.type(in: types))
            }
        ) { name in
            guard let operand = try? ColumnNames.operand(name, in: table) else { return nil }
            return NamedOperand(operand: operand, type: operand.type(in: types))
        }
    }

    /// The columns of a finished result.
    convenience init(_ table: ResultTable) {
        self.init(qualifiers: [], names: table.columns.map(\.name)) { name in
            table.columns.firstIndex { $0.name == name }.map {
                NamedOperand(operand: .column($0), type: table.columns[$0].type)
            }
        }
    }

    /// What a dotted name stands for; nil when there is none. Case matters in attribute keys only.
    func operand(_ parts: [String]) -> NamedOperand? {
        var parts = parts
        if parts.count > 1, qualifiers.contains(parts[0].lowercased()) { parts.removeFirst() }
        let name = parts.joined(separator: ".")
        let folded = ([parts[0].lowercased()] + parts.dropFirst()).joined(separator: ".")
        return resolve(name) ?? resolve(folded)
    }
}

/// Guesses what a misspelt name was meant to be.
enum EditDistance {
    /// Up to three of `names` within a third of the name's length.
    static func nearest(to name: String, in names: [String]) -> [String] {
        let name = Array(name.lowercased().utf8.prefix(Limits.identifierBytesMax))
        let distances = names.map { ($0, distance(name, Array($0.utf8))) }
        return distances.filter { $0.1 <= max(2, name.count / 3) }
            .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(3).map(\.0)
    }

    /// Insertions, deletions and changes of bytes (Levenshtein).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (place, other) in right.enumerated() {
                let changed = diagonal + (byte == other ? 0 : 1)
                diagonal = row[place + 1]
                row[place + 1] = min(changed, min(row[place], row[place + 1]) + 1)
            }
        }
        return row[right.count]
    }
}
