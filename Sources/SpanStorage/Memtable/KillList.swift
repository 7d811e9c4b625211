// Which rows of a chunk or segment later writes superseded, and when. Readers of an older snapshot
// still see such a row; so a kill carries the sequence of the write that caused it.
// One writer adds; any thread reads. Cost: a lock per call, so readers ask once per row group.

import SpanModel
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
        /// The latest write among `kills`.
        var newest: UInt64 = 0
        /// Rows of the first `sorted.count` kills, ascending.
        var sorted: [UInt32] = []
    }

    private let state = Mutex(State())

    /// Marks a row; a row is superseded once, by the first write that does.
    func add(row: UInt32, sequence: UInt64) {
        state.withLock {
            if $0.rows.insert(row).inserted {
                $0.kills.append(Kill(row: row, sequence: sequence))
                $0.newest = max($0.newest, sequence)
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

    /// The rows that were superseded between two snapshots, in no order.
    func rows(after former: UInt64, through sequence: UInt64) -> [UInt32] {
        state.withLock { state in
            if state.newest <= former { return [] }
            return state.kills.lazy
                .filter { $0.sequence > former && $0.sequence <= sequence }.map(\.row)
        }
    }

    /// All rows that are superseded at a snapshot, ascending. Those of the newest snapshots are sorted
    /// once.
    func sortedRows(through sequence: UInt64) -> [UInt32] {
        state.withLock { state in
            guard state.newest <= sequence else {
                return state.kills.lazy.filter { $0.sequence <= sequence }.map(\.row).sorted()
            }
            if state.sorted.count < state.kills.count {
                // Two runs in order, which the sort only merges.
                state.sorted += state.kills[state.sorted.count...].map(\.row).sorted()
                state.sorted.sort()
            }
            return state.sorted
        }
    }

    /// Those of some ascending rows that lie in a range, counted from its start.
    static func part(_ rows: [UInt32], in range: Range<Int>) -> [UInt32] {
        let first = UInt32(range.lowerBound)
        let start = place(of: first, in: rows)
        return rows[start..<place(of: UInt32(range.upperBound), in: rows)].map { $0 - first }
    }

    /// Where a row is among ascending ones, or would be.
    private static func place(of row: UInt32, in rows: [UInt32]) -> Int {
        rows.indices.partitionPoint { rows[$0] < row }
    }

    /// All kills, in the order they were added.
    var all: [Kill] { state.withLock { $0.kills } }

    var count: Int { state.withLock { $0.kills.count } }
}
