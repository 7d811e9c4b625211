// The rule that turns the writes of one identity into its state (design: "Writes"): the last
// complete or tombstone in the order (version, arrival) is the base; onto a complete, every patch
// of the same or a higher version is folded in order, whether it came before or after.

import SpanModel

/// A stored row of an identity.
struct FoundRow {
    let container: any RowContainer
    let row: Int
    let kind: WriteKind
    let version: Int64
    let sequence: UInt64
    /// Whether the dedup view shows it now.
    let isLive: Bool

    /// Reads what the fold needs of a row.
    init(_ container: any RowContainer, row: Int) throws(StoreError) {
        self.container = container
        self.row = row
        kind = try container.kind(row: row)
        if let column = container.schema.version {
            version = try container.integer(column, row: row) ?? 0
        } else {
            version = 0
        }
        let stored = try container.integer(SystemColumn.sequence, row: row) ?? 0
        sequence = UInt64(bitPattern: stored)
        let isShown = kind == .complete || kind == .merged
        isLive =
            isShown && !container.isHistory(group: container.position(of: row).group)
            && !container.kills.contains(UInt32(row))
    }
}

/// The state of an identity.
struct IdentityFold {
    /// The last complete or tombstone; nil while only patches have come.
    let base: FoundRow?
    /// The patches that apply to the base, in order.
    let patches: [FoundRow]

    /// Folds all writes of an identity, in any order; merged rows are not writes.
    init(_ rows: [FoundRow]) {
        let writes = rows.filter { $0.kind != .merged }.sorted {
            ($0.version, $0.sequence) < ($1.version, $1.sequence)
        }
        let base = writes.last { $0.kind != .patch }
        self.base = base
        if let base, base.kind == .complete {
            patches = writes.filter { $0.kind == .patch && $0.version >= base.version }
        } else {
            patches = []
        }
    }

    /// Whether a write decides the state or is folded into it.
    func includes(_ sequence: UInt64) -> Bool {
        base?.sequence == sequence || patches.contains { $0.sequence == sequence }
    }
}
