// What the server asks of a store. The daemon gives it the real one; tests give it one in memory.

import SpanColumns
import SpanModel
import SpanStorage

/// Rows of one request that become visible together or not at all.
package struct CommitRequest: Sendable {
    package let workspace: String
    package let batches: [ColumnBatch]
    package let idempotency: Idempotency?
    /// No other request is open, so that none waits when this one is written on its own thread.
    package let isAlone: Bool

    package init(
        workspace: String, batches: [ColumnBatch], idempotency: Idempotency?, isAlone: Bool
    ) {
        self.workspace = workspace
        self.batches = batches
        self.idempotency = idempotency
        self.isAlone = isAlone
    }
}

/// A client's name for one write, and what it wrote.
package struct Idempotency: Sendable, Equatable {
    package let key: String
    /// 16 bytes over route and decompressed body.
    package let contentHash: [UInt8]

    package init(key: String, contentHash: [UInt8]) {
        self.key = key
        self.contentHash = contentHash
    }
}

/// Work on the store itself; each returns when it is complete.
package enum AdminOperation: Sendable, Equatable {
    /// Counts, sizes and debts.
    case status
    /// Seals the memtable and merges what is due; with `recompresses` also packs texts anew.
    case compact(recompresses: Bool)
    /// Reads every byte and reports damage.
    case verify
    /// What is wrong or will soon be.
    case doctor
    /// Erases what is past its retention.
    case sweep(workspace: String)
    /// Makes a checked backup in a directory that is new or empty.
    case backup(directory: String)
    /// Erases rows and their bytes, or counts what would be erased.
    case erase(EraseRequest, isDryRun: Bool)
}

/// A number of the store for `/metrics`.
package struct StoreGauge: Sendable {
    /// A Prometheus metric name, with its unit.
    package let name: String
    package let help: String
    package let value: Double

    package init(name: String, help: String, value: Double) {
        self.name = name
        self.help = help
        self.value = value
    }
}

/// A store, as the server sees it.
package protocol StoreService: Sendable {
    /// Makes the rows durable and visible. Throws nothing: a failure is a value, because it is an
    /// answer. `idempotencyConflict`, `overloaded`, `storageFull` and `readOnly` are expected.
    func submit(_ request: CommitRequest) async -> Result<CommitOutcome, StoreError>
    /// A snapshot of a workspace's tables; one that was never written is empty.
    func tables(workspace: String) throws(StoreError) -> any TableProvider
    /// Work on the store itself, one row per finding.
    func perform(_ operation: AdminOperation) async -> Result<ResultTable, StoreError>
    /// Whether the write path is open.
    var isWritable: Bool { get }
    /// Numbers of the store, in a fixed order.
    var gauges: [StoreGauge] { get }
}
