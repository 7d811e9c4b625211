// Group commit: everything that waits is applied, written and synced together, then published and
// only then acknowledged. Space is reserved before anything is applied, the headroom included, so
// that a full disk is a clean refusal; after that only a failed write or sync is left, and it closes the write path for
// good (promise R8): what was applied and not synced is never published.

import SpanColumns
import SpanFormat
import SpanModel

extension Store {
    /// Stores a group of commits with one sync. The results come in order; success means durable
    /// and visible. Seals when the memtables have reached their limit.
    package func commit(_ group: [PreparedCommit]) -> [Result<CommitOutcome, StoreError>] {
        if let failure { return group.map { _ in .failure(failure) } }
        var results: [Result<CommitOutcome, StoreError>] = []
        do {
            try files.headroom.restore()
            try wal.reserve(
                group.reduce(0) { $0 + $1.payloadBytes },
                records: group.reduce(0) { $0 + $1.records.count })
        } catch {
            return group.map { _ in .failure(error) }
        }
        var hasWritten = false
        for commit in group {
            let result = Result { () throws(StoreError) in try apply(commit) }
            if case .success(.stored) = result, !commit.records.isEmpty { hasWritten = true }
            results.append(result)
        }
        if hasWritten {
            do {
                try wal.sync()
            } catch {
                fail(error)
                return results.map { $0.flatMap { _ in .failure(failure ?? error) } }
            }
            publish()
        }
        return results
    }

    /// Closes the write path.
    func fail(_ error: StoreError) {
        guard failure == nil else { return }
        if case .readOnly = error {
            failure = error
        } else {
            failure = .readOnly(reason: error.description)
        }
    }

    /// Applies one commit to the memtables and hands its records to the WAL, unsynced.
    private func apply(_ commit: PreparedCommit) throws(StoreError) -> CommitOutcome {
        if let token = commit.token, try window.check(token) == .replayed { return .replayed }
        if commit.records.isEmpty { return .stored }
        let workspace = try workspace(named: commit.workspace)
        for (index, record) in commit.records.enumerated() {
            try wal.append(
                kind: CommitRecord.walKind, isLast: index == commit.records.count - 1,
                firstSequence: nextSequence, payload: record.payload)
            apply(record.batch, to: workspace, ingestTime: commit.ingestTime)
        }
        if let token = commit.token { window.insert(token) }
        return .stored
    }

    /// Adds a batch to its memtable under the next sequences.
    func apply(_ batch: ColumnBatch, to workspace: Workspace, ingestTime: Int64) {
        guard let table = workspace.table(batch.schema.number) else {
            preconditionFailure("no table \(batch.schema.name)")
        }
        table.apply(batch, firstSequence: nextSequence, ingestTime: ingestTime)
        nextSequence += UInt64(batch.rowCount)
    }
}
