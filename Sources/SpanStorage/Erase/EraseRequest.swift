// What is to be erased of a workspace, in terms of columns: for each table, which rows, and which rows
// of other tables go with them. What a session or a run means in these terms is not storage's business.

import SpanModel

/// A test of one row.
package enum RowCondition: Sendable, Equatable {
    /// A string or identifier column equals a text.
    case equals(column: Int, String)
    /// A string column equals one of some texts.
    case isOne(column: Int, of: [String])
    /// A string column begins with a text.
    case begins(column: Int, with: String)
    /// A string column equals none of some texts.
    case isNone(column: Int, of: [String])
    /// A member of a JSON column equals a text, as `attributes['key']` does.
    case member(column: Int, key: String, String)
    /// An instant column is before a time; a row without a value counts by its arrival.
    case before(column: Int, Int64)

    /// The column that is tested.
    var column: Int {
        switch self {
        case .equals(let column, _), .isOne(let column, _), .begins(let column, _),
            .isNone(let column, _), .member(let column, _, _), .before(let column, _):
            column
        }
    }
}

/// Which rows of a table are erased.
package struct TableErasure: Sendable, Equatable {
    package let table: TableSchema
    /// Conditions that hold together.
    package let conditions: [RowCondition]
    /// Other conditions that hold together; rows go for either.
    package let alternative: [RowCondition]?
    /// Whether all writes of an identity go as soon as one of them, or the state they make, fits.
    package var isByIdentity = true
    /// Compacted segments of days before this one go whole and unread, where the table is split by
    /// day.
    package var wholeDaysBefore: Int64?

    package init(
        _ table: TableSchema, _ conditions: [RowCondition], or alternative: [RowCondition]? = nil
    ) {
        self.table = table
        self.conditions = conditions
        self.alternative = alternative
    }

    /// All conditions, whichever they hold together with.
    var allConditions: [RowCondition] { conditions + (alternative ?? []) }

    package static func == (left: TableErasure, right: TableErasure) -> Bool {
        left.table.number == right.table.number && left.conditions == right.conditions
            && left.alternative == right.alternative
            && left.isByIdentity == right.isByIdentity
            && left.wholeDaysBefore == right.wholeDaysBefore
    }
}

/// Rows of a table that say something of rows of another, and go when nothing of that is left.
package struct DependentRows: Sendable, Equatable {
    /// Columns of the two tables that hold the same names, in the same order.
    package struct Key: Sendable, Equatable {
        package let dependent: [Int]
        package let target: [Int]

        package init(dependent: [Int], target: [Int]) {
            self.dependent = dependent
            self.target = target
        }
    }

    package let table: TableSchema
    package let target: TableSchema
    /// What a row names: the first of these of which it has every column. The columns are part of
    /// its identity.
    package let keys: [Key]

    package init(_ table: TableSchema, of target: TableSchema, keys: [Key]) {
        self.table = table
        self.target = target
        self.keys = keys
    }

    package static func == (left: DependentRows, right: DependentRows) -> Bool {
        left.table.number == right.table.number && left.target.number == right.target.number
            && left.keys == right.keys
    }
}

/// Rows to erase together.
package struct EraseRequest: Sendable, Equatable {
    package let workspace: String
    package var tables: [TableErasure]
    package var dependents: DependentRows?
    /// Whether no byte of the rows may be left in any file: the log is begun anew, and what was set
    /// aside is removed.
    package var leavesNoBytes = true

    package init(
        workspace: String, tables: [TableErasure], dependents: DependentRows? = nil
    ) {
        self.workspace = workspace
        self.tables = tables
        self.dependents = dependents
    }
}
