// What clients ask the writer to store, ready to be written: encoded on the caller's thread, so
// that the one writer only copies bytes and settles identities.

import SpanColumns
import SpanFormat
import SpanModel

/// One client send: atomic, in all its tables.
package struct PreparedCommit: Sendable {
    package let workspace: String
    package let token: IdempotencyToken?
    let ingestTime: Int64
    let records: [Record]

    /// The rows for one table and their WAL payload.
    struct Record: Sendable {
        let batch: ColumnBatch
        let payload: [UInt8]
    }

    /// Encodes batches; empty ones are left out. `ingestTime` is the wall clock at receipt.
    /// Throws `invalidArgument` for a bad workspace name, `limitExceeded` for a batch that no WAL
    /// record can hold.
    package init(
        workspace: String, batches: [ColumnBatch], token: IdempotencyToken?, ingestTime: Int64
    ) throws(StoreError) {
        try Self.check(workspace)
        self.workspace = workspace
        self.token = token
        self.ingestTime = ingestTime
        var records: [Record] = []
        for batch in batches where batch.rowCount > 0 {
            let record = CommitRecord(
                workspace: workspace, token: token, ingestTime: ingestTime, batch: batch)
            let payload = try record.encode()
            guard payload.count <= WALRecord.payloadBytesMax else {
                throw .limitExceeded(
                    limit: "WAL payload bytes", value: payload.count,
                    maximum: WALRecord.payloadBytesMax)
            }
            records.append(Record(batch: batch, payload: payload))
        }
        self.records = records
    }

    /// Rows of all records.
    package var rowCount: Int { records.reduce(0) { $0 + $1.batch.rowCount } }

    /// Bytes that the WAL will take, payloads alone.
    package var payloadBytes: Int { records.reduce(0) { $0 + $1.payload.count } }

    /// A workspace is named by 1 to 128 letters, digits, `.`, `_` or `-`.
    private static func check(_ workspace: String) throws(StoreError) {
        let isNamed = workspace.utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122: true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isNamed, (1...Limits.workspaceNameBytesMax).contains(workspace.utf8.count) else {
            throw .invalidArgument(
                name: "workspace", reason: "1 to 128 letters, digits, '.', '_' or '-' expected")
        }
    }
}

/// What became of a commit.
package enum CommitOutcome: Sendable, Equatable {
    /// Durable and visible.
    case stored
    /// The same key with the same content had been stored before; nothing was written.
    case replayed
}
