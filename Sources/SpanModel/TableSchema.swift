// A table is a value of this type; the engine knows nothing else about it. The four tables are
// in Tables.swift. Column numbers are positions in `columns` and are on disk: a column is only
// ever added at the end, and each segment records how many it was written with.

/// A column's name and type.
package struct ColumnSchema: Sendable, Equatable {
    /// The name in records, SQL and results.
    package let name: String
    package let type: ColumnType
    /// Whether a complete record must carry it.
    package let isRequired: Bool
    /// Whether compacted segments keep an index: the terms of texts, or the frequent keys of JSON
    /// objects as columns of their own.
    package let isIndexed: Bool

    package init(
        _ name: String, _ type: ColumnType, required: Bool = false, indexed: Bool = false
    ) {
        self.name = name
        self.type = type
        self.isRequired = required
        self.isIndexed = indexed
    }
}

/// How the rows of an identity are found again.
package enum IdentityLookup: Sendable {
    /// By a hash of the identity: `leading` identity columns are hashed apart from the rest, so
    /// that one trace's rows lie together.
    case hashed(leading: Int)
    /// By binary search: the identity is a prefix of the sort key.
    case sorted
}

/// Two instants of a row. How long it took from one to the other is asked for often, so segments
/// keep the second as its distance from the first, and the rank of the distance.
package struct ColumnInterval: Hashable, Sendable {
    package let start: Int
    package let end: Int

    package init(start: Int, end: Int) {
        self.start = start
        self.end = end
    }
}

/// Identifiers most of which stand in another column of an earlier row, as those of parents do:
/// segments keep where.
package struct ColumnReference: Hashable, Sendable {
    package let column: Int
    package let target: Int

    package init(column: Int, target: Int) {
        self.column = column
        self.target = target
    }
}

/// A table: columns, identity, order between writes of one identity, sort key.
package struct TableSchema: Sendable {
    /// On disk; never reused.
    package let number: UInt8
    package let name: String
    package let columns: [ColumnSchema]
    /// Columns that together name one record.
    package let identity: [Int]
    package let lookup: IdentityLookup
    /// The integer column that orders the writes of one identity before arrival does; nil: arrival
    /// alone. A null counts as 0.
    package let version: Int?
    /// Order of live rows in a segment, before identity and arrival.
    package let sortKey: [Int]
    /// The instant that decides a row's day and prunes time windows; nil when there is none.
    package let time: Int?
    /// Whether compaction splits segments by the day of `time`.
    package let isSplitByDay: Bool
    /// What the rows measure, if anything.
    package private(set) var interval: ColumnInterval?
    /// Which rows refer to others, if any.
    package private(set) var reference: ColumnReference?
    /// What its segments keep of the lengths of `interval`, if anything.
    package private(set) var lengths: LengthRollup?
    /// The float column that is added up over ranges of the trailing integer; segments keep its sums
    /// by blocks of rows.
    package private(set) var summed: Int?
    /// What its segments keep per group beside their rows.
    package private(set) var rollups: [RollupSchema] = []

    /// Whether the table is the result of a question, not one of the store.
    package var isDerived: Bool { number == 0 }

    /// A table of a question's result: arrival is the order of its rows, and nothing else is known.
    package static func derived(name: String, columns: [ColumnSchema]) -> TableSchema {
        TableSchema(
            number: 0, name: name, columns: Tables.systemColumns + columns, identity: [],
            lookup: .sorted, version: nil, sortKey: [], time: nil, isSplitByDay: false)
    }

    /// The number of the column called `name`.
    package func column(named name: String) -> Int? {
        columns.firstIndex { $0.name == name }
    }
}

/// Columns that every table has, at these numbers, written by the store itself.
package enum SystemColumn {
    /// Arrival: the row's position in the order of all acknowledged rows of the store.
    package static let sequence = 0
    /// A `WriteKind`.
    package static let writeKind = 1
    /// When the store took the row, wall clock; for people only, it decides nothing.
    package static let ingestTime = 2
    package static let count = 3
}
