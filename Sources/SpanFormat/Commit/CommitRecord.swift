// The payload of a WAL record: the rows that one request adds to one table, with what is needed to
// apply them again (schemas/commit.md). A request that writes several tables, or many rows, is
// several records of one WAL batch.

import SpanColumns
import SpanModel

/// What makes a retry of a request recognisable.
package struct IdempotencyToken: Sendable, Hashable {
    /// Hash of workspace and key.
    package let key: UInt64
    /// Hash of route and content.
    package let content: UInt64

    package init(key: UInt64, content: UInt64) {
        self.key = key
        self.content = content
    }
}

/// One record's payload, decoded.
package struct CommitRecord: Sendable {
    /// The kind that the WAL stores for such a payload.
    package static let walKind: UInt8 = 1

    package let workspace: String
    package let token: IdempotencyToken?
    /// Wall clock at receipt, nanoseconds since the epoch.
    package let ingestTime: Int64
    package let batch: ColumnBatch

    package init(
        workspace: String, token: IdempotencyToken?, ingestTime: Int64, batch: ColumnBatch
    ) {
        self.workspace = workspace
        self.token = token
        self.ingestTime = ingestTime
        self.batch = batch
    }

    /// The payload's bytes. Throws what reading the batch's text blocks throws.
    package func encode() throws(StoreError) -> [UInt8] {
        var out: [UInt8] = []
        out.put(string: workspace)
        out.put(ingestTime)
        out.put(UInt8(token == nil ? 0 : 1))
        if let token {
            out.put(token.key)
            out.put(token.content)
        }
        out += try BatchCodec.encode(batch)
        return out
    }

    /// The record of a payload that the WAL has checked. Throws `corruption`.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, file: String
    ) throws(StoreError) -> CommitRecord {
        var reader = ByteReader(bytes, file: file, region: "commit record")
        let workspace = try reader.string()
        let ingestTime = try reader.int64()
        var token: IdempotencyToken?
        if try reader.flag() {
            let key = try reader.uint64()
            token = IdempotencyToken(key: key, content: try reader.uint64())
        }
        let batch: ColumnBatch
        do {
            batch = try BatchCodec.decode(try reader.take(reader.remaining))
        } catch .corruption(_, let offset, let region, let reason) {
            throw .corruption(file: file, offset: offset, region: region, reason: reason)
        }
        guard hasKnownKinds(batch) else { throw reader.damage("unknown kind of write") }
        return CommitRecord(
            workspace: workspace, token: token, ingestTime: ingestTime, batch: batch)
    }

    /// Whether every row is a write: complete (or null), patch or tombstone.
    private static func hasKnownKinds(_ batch: ColumnBatch) -> Bool {
        switch batch.columns[SystemColumn.writeKind] {
        case .integer(let kinds):
            let last = Int64(WriteKind.tombstone.rawValue)
            return kinds.values.allSatisfy { $0 >= 0 && $0 <= last }
        default: return true
        }
    }
}
