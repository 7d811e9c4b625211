// What a store must answer, computed the slow and obvious way: a list of all writes in arrival
// order, folded per identity when asked (design: "Writes").

import SpanModel

/// All writes of one workspace.
package struct ReferenceStore: Sendable {
    /// In arrival order.
    package private(set) var writes: [ReferenceRecord] = []

    package init() {}

    /// Adds records in arrival order.
    package mutating func append(_ records: [ReferenceRecord]) { writes += records }

    /// Forgets all writes from `count` on (a batch that was never acknowledged).
    package mutating func truncate(to count: Int) { writes.removeSubrange(count...) }

    /// Forgets all writes of every identity of a table of which a write, or the state, fits.
    package mutating func erase(
        _ table: TableSchema, where fits: ([Int: ReferenceValue]) -> Bool
    ) {
        var gone: Set<[ReferenceValue?]> = []
        for (identity, writes) in identities(table) {
            let states = writes.map(\.1.fields) + [Self.state(writes)].compactMap { $0 }
            if states.contains(where: fits) { gone.insert(identity) }
        }
        writes.removeAll { $0.table.number == table.number && gone.contains($0.identity) }
    }

    private func identities(
        _ table: TableSchema
    ) -> [[ReferenceValue?]: [(Int, ReferenceRecord)]] {
        var identities: [[ReferenceValue?]: [(Int, ReferenceRecord)]] = [:]
        for (arrival, record) in writes.enumerated() where record.table.number == table.number {
            identities[record.identity, default: []].append((arrival, record))
        }
        return identities
    }

    /// The rows of a table in a view of which the fields fit, as texts, sorted.
    package func rows(
        _ table: TableSchema, _ view: View,
        where fits: ([Int: ReferenceValue]) -> Bool = { _ in true }
    ) -> [String] {
        let own = writes.enumerated().filter { $0.element.table.number == table.number }
        switch view {
        case .raw: return own.map(\.element.fields).filter(fits).map(Self.describe).sorted()
        case .dedup:
            return identities(table).values.compactMap(Self.state).filter(fits)
                .map(Self.describe).sorted()
        }
    }

    /// A row as text.
    package static func describe(_ fields: [Int: ReferenceValue]) -> String {
        fields.keys.sorted().compactMap { column in fields[column].map { "\(column)=\($0)" } }
            .joined(separator: " ")
    }

    /// The state of an identity: nil when it is hidden or waits for its complete record.
    private static func state(_ writes: [(Int, ReferenceRecord)]) -> [Int: ReferenceValue]? {
        let ordered = writes.sorted {
            ($0.1.version, $0.0) < ($1.1.version, $1.0)
        }.map(\.1)
        guard let base = ordered.last(where: { $0.kind != .patch }), base.kind == .complete else {
            return nil
        }
        var state = base.fields
        for patch in ordered where patch.kind == .patch && patch.version >= base.version {
            for (column, value) in patch.fields {
                state[column] = merged(state[column], value, base.table.columns[column].type)
            }
        }
        return state
    }

    /// JSON objects of one member each, as the generator makes them, merge key by key.
    private static func merged(
        _ old: ReferenceValue?, _ new: ReferenceValue, _ type: ColumnType
    ) -> ReferenceValue {
        guard type == .json, case .text(let first)? = old, case .text(let second) = new else {
            return new
        }
        var members = Self.members(first)
        for member in Self.members(second) {
            if let index = members.firstIndex(where: { $0.key == member.key }) {
                members[index] = member
            } else {
                members.append(member)
            }
        }
        return .text(
            "{" + members.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}")
    }

    private static func members(_ object: String) -> [(key: String, value: String)] {
        object.dropFirst().dropLast().split(separator: ",").map { member in
            let parts = member.split(separator: ":", maxSplits: 1)
            return (String(parts[0].dropFirst().dropLast()), String(parts[1]))
        }
    }
}
