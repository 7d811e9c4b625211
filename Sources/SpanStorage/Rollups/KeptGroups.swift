// Results about open groups, handed from each moment of a table to the next: a commit touches few
// groups, and the results of all others still hold. A result holds until a row of its group is written
// or superseded. When segments come or go, every group that has rows in those, or had some in the
// memtable, counts as touched: a seal or a compaction folds in what came before it.
// Order of calls: `latest`, `touched` since its moment, `keep`. Thread-safe. Memory: that of the results,
// of which who keeps them bounds the number.

import SpanColumns
import SpanFormat
import SpanModel
import Synchronization

/// The newest results of a table's rollups.
final class KeptGroups: Sendable {
    /// When results were found.
    struct Moment: Sendable {
        let sequence: UInt64
        /// Hashes of the open groups that have rows in each segment, by file.
        let segments: [UInt64: [UInt64]]
        /// Of those that have rows in the memtable.
        let memory: [UInt64]
    }

    /// What was found.
    struct Results: Sendable {
        let moment: Moment
        /// One row per group that was open: the columns of the rollup.
        let table: ResultTable
        /// By row of `table`.
        let hashes: [UInt64]
    }

    private let results = Mutex<[UInt8: Results]>([:])

    /// The results of a rollup, unless they are of a later moment than a sequence.
    func latest(_ rollup: RollupSchema, through sequence: UInt64) -> Results? {
        results.withLock { $0[rollup.number] }.flatMap {
            $0.moment.sequence <= sequence ? $0 : nil
        }
    }

    /// Keeps results unless later ones are kept.
    func keep(_ found: Results, of rollup: RollupSchema) {
        results.withLock { results in
            let kept = results[rollup.number]?.moment.sequence ?? 0
            if kept <= found.moment.sequence { results[rollup.number] = found }
        }
    }
}

extension KeptGroups.Moment {
    /// The hashes of all groups whose results at this moment may not hold at a later one, `now`, of the
    /// table. Throws `corruption`.
    func touched(
        until now: KeptGroups.Moment, of table: TableSnapshot, _ hash: GroupHash
    ) throws(StoreError) -> Set<UInt64> {
        var touched: Set<UInt64> = []
        for chunk in table.writes + table.merged {
            let written = chunk.sequences.indices.reversed().prefix {
                chunk.sequences[$0] > sequence
            }
            touched.formUnion(hash.hashes(of: written, in: chunk))
            let superseded = chunk.kills.rows(after: sequence, through: now.sequence)
            touched.formUnion(hash.hashes(of: superseded.map { Int($0) }, in: chunk))
        }
        for segment in table.index.segments where segments[segment.file] != nil {
            let superseded = segment.kills.rows(after: sequence, through: now.sequence)
            touched.formUnion(try hash.hashes(of: superseded, in: try segment.mapped()))
        }
        let come = now.segments.filter { segments[$0.key] == nil }
        let gone = segments.filter { now.segments[$0.key] == nil }
        if come.isEmpty, gone.isEmpty { return touched }
        for hashes in come.values { touched.formUnion(hashes) }
        for hashes in gone.values { touched.formUnion(hashes) }
        touched.formUnion(memory)
        return touched
    }
}
