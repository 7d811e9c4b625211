// The two views of a table and the three kinds of write (design: "Data").

/// Which rows of a table a question sees.
package enum View: String, Sendable, CaseIterable {
    /// The state of each identity, tombstones hidden. The default.
    case dedup
    /// Every acknowledged write as its own row, in arrival order.
    case raw
}

/// What a stored row is. Raw values are on disk.
package enum WriteKind: UInt8, Sendable, CaseIterable {
    /// The whole record: replaces the identity's whole state.
    case complete = 0
    /// Some fields, folded onto the complete record of the same or a lower version.
    case patch = 1
    /// Hides the identity until a later complete record.
    case tombstone = 2
    /// The folded state of a complete record and its patches. Made by the store, seen only by
    /// `dedup`; it carries the sequence of the write that caused it.
    case merged = 3
}
