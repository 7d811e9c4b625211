// What makes a row one of those to be erased: conditions, its identity, or what it names. The same tests
// that found the rows in segments tell later whether a write that came meanwhile is one of them.

import SpanColumns
import SpanModel

/// One reason to erase a row.
enum RowTest: Sendable {
    case conditions([RowCondition])
    /// The identity is one of these.
    case identities(Set<IdentityHash>, IdentityHasher)
    /// What the row names is one of these.
    case named(Set<IdentityHash>, NameHasher)

    /// A mark per row of each group, nil where there is none. Throws `corruption`.
    func marks(_ groups: [RewriteInput.Group]) throws(StoreError) -> [[Bool]?] {
        var marks: [[Bool]?] = []
        switch self {
        case .conditions(let conditions):
            var matcher = RowMatcher(conditions)
            for group in groups { marks.append(try matcher.marks(group)) }
        case .identities(let known, let hasher):
            for group in groups {
                marks.append(Self.marks(try group.identities(hasher)) { known.contains($0) })
            }
        case .named(let known, let hasher):
            for group in groups {
                marks.append(
                    Self.marks(try hasher.names(of: group)) { $0.map(known.contains) ?? false })
            }
        }
        return marks
    }

    private static func marks<T>(_ values: [T], _ isWanted: (T) -> Bool) -> [Bool]? {
        let marks = values.map(isWanted)
        return marks.contains(true) ? marks : nil
    }
}

/// Hashes what rows name: the first of several keys of which a row has every column.
struct NameHasher: Sendable {
    let keys: [[Int]]
    let seed: UInt64

    /// The hash of what each row of a group names, nil when it names nothing.
    func names(of group: RewriteInput.Group) throws(StoreError) -> [IdentityHash?] {
        var names = [IdentityHash?](repeating: nil, count: group.rowCount)
        for level in keys.indices.reversed() {
            let (hashes, isThere) = try hashes(of: group, level: level)
            for row in names.indices where isThere[row] { names[row] = hashes[row] }
        }
        return names
    }

    /// The hashes of one key, and where it is there.
    func hashes(
        of group: RewriteInput.Group, level: Int
    ) throws(StoreError) -> (hashes: [IdentityHash], isThere: [Bool]) {
        var isThere = [Bool](repeating: true, count: group.rowCount)
        var columns: [ColumnVector] = []
        for column in keys[level] {
            let vector = try group.vector(column)
            for row in isThere.indices where vector.isNull(row) { isThere[row] = false }
            columns.append(vector)
        }
        let lefts = IdentityHasher.hashes(
            columns, rowCount: group.rowCount, seed: Hash64.combine(seed, UInt64(level)))
        let rights = IdentityHasher.hashes(
            columns, rowCount: group.rowCount, seed: Hash64.combine(~seed, UInt64(level)))
        return (zip(lefts, rights).map { IdentityHash(leading: $0, rest: $1) }, isThere)
    }
}

extension RewriteInput.Group {
    /// The identity of each row.
    func identities(_ hasher: IdentityHasher) throws(StoreError) -> [IdentityHash] {
        let schema = container.schema
        var columns = [ColumnVector](
            repeating: .null(count: rowCount), count: schema.columns.count)
        for column in schema.identity { columns[column] = try vector(column) }
        return hasher.hashes(of: columns, rowCount: rowCount)
    }
}
