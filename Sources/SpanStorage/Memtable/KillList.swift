// Which rows of a chunk or segment later writes superseded, and when. Readers of an older snapshot
// still see such a row; so a kill carries the sequence of the write that caused it.
// One writer adds; any thread reads. Cost: a lock per call, so readers ask once per row group.

import Synchronization

/// The superseded rows of one chunk or segment.
final class KillList: Sendable {
    /// A superseded row.
    struct Kill: Sendable, Equatable {
        let row: UInt32
        /// The write that superseded it.
        let sequence: UInt64
    }

    private struct State {
        var kills: [Kill] = []
        var rows: Set<UInt32> = []
    }

    private let state = Mutex(State())

    /// Marks a row; a row is superseded once, by the first write that does.
    func add(row: UInt32, sequence: UInt64) {
        state.withLock {
            if $0.rows.insert(row).inserted {
                $0.kills.append(Kill(row: row, sequence: sequence))
            }
        }
    }

    /// Whether a row is superseded, as of now.
    func contains(_ row: UInt32) -> Bool {
        state.withLock { $0.rows.contains(row) }
    }

    /// The rows of a range that are superseded at a snapshot, in no order.
    func rows(in range: Range<UInt32>, through sequence: UInt64) -> [UInt32] {
        state.withLock { state in
            if state.kills.isEmpty { return [] }
            return state.kills.lazy
                .filter { $0.sequence <= sequence && range.contains($0.row) }.map(\.row)
        }
    }

    /// Those of some ascending rows that lie in a range, counted from its start.
    static func part(_ rows: [UInt32], in range: Range<Int>) -> [UInt32] {
        if rows.isEmpty { return [] }
        let first = UInt32(range.lowerBound)
        return rows.drop { $0 < first }.prefix { $0 < range.upperBound }.map { $0 - first }
    }

    /// All kills, in the order they were added.
    var all: [Kill] { state.withLock { $0.kills } }

    var count: Int { state.withLock { $0.kills.count } }
}
