// The storage engine as the server's store: encodes commits on threads of its own, hands them to
// the one writer, and answers when they are durable and visible.

import Dispatch
import SpanAnalytics
import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform
import SpanServer
import SpanStorage
import Synchronization

/// Adapts `StoreWriter` to `StoreService`.
final class EngineService: StoreService {
    /// Rows up to which a commit is encoded, and written when it is alone, on the request's thread.
    private static let smallRowsMax = 64

    private let writer: StoreWriter
    private let clock: any Clock
    private let encoding = DispatchQueue(label: "spand.encode", attributes: .concurrent)
    private let commands = DispatchQueue(label: "spand.commands")
    private let hasFailed = Atomic(false)

    init(writer: StoreWriter, clock: any Clock) {
        self.writer = writer
        self.clock = clock
    }

    func submit(_ request: CommitRequest) async -> Result<CommitOutcome, StoreError> {
        let ingestTime = clock.wallNanoseconds()
        let isAlone = request.isAlone
        let isSmall = request.batches.reduce(0) { $0 + $1.rowCount } <= Self.smallRowsMax
        let result = await withCheckedContinuation { continuation in
            let commit: @Sendable () -> Void = {
                do throws(StoreError) {
                    let commit = try PreparedCommit(
                        workspace: request.workspace, batches: request.batches,
                        token: request.idempotency.map { Self.token($0, request.workspace) },
                        ingestTime: ingestTime)
                    self.writer.submit(commit, onThisThread: isSmall && isAlone) {
                        continuation.resume(returning: $0)
                    }
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if isSmall { commit() } else { encoding.async(execute: commit) }
        }
        if case .failure(.readOnly) = result { hasFailed.store(true, ordering: .relaxed) }
        return result.mapError { error in
            guard case .idempotencyConflict = error, let key = request.idempotency?.key else {
                return error
            }
            return .idempotencyConflict(key: key)
        }
    }

    func tables(workspace: String) throws(StoreError) -> any TableProvider {
        writer.snapshots.latest.tables(workspace: workspace)
    }

    func perform(_ operation: AdminOperation) async -> Result<ResultTable, StoreError> {
        await withCheckedContinuation { continuation in
            commands.async { continuation.resume(returning: self.performNow(operation)) }
        }
    }

    var isWritable: Bool { !hasFailed.load(ordering: .relaxed) }

    var gauges: [StoreGauge] {
        let now = figures()
        return [
            StoreGauge(
                name: "spand_store_writable", help: "Whether writes are taken.",
                value: isWritable ? 1 : 0),
            StoreGauge(
                name: "spand_store_last_sequence", help: "The sequence of the last row.",
                value: Double(now.lastSequence)),
            StoreGauge(
                name: "spand_store_memtable_rows", help: "Rows not yet sealed.",
                value: Double(now.memtableRows)),
            StoreGauge(
                name: "spand_store_memtable_bytes", help: "Bytes not yet sealed, roughly.",
                value: Double(now.memtableBytes)),
            StoreGauge(
                name: "spand_store_workspaces", help: "Workspaces.",
                value: Double(writer.snapshots.latest.workspaceNames.count)),
        ]
    }

    private struct Figures: Sendable {
        var lastSequence: UInt64 = 0
        var memtableRows = 0
        var memtableBytes = 0
    }

    private func figures() -> Figures {
        let result = writer.run { store throws(StoreError) in
            Figures(
                lastSequence: store.lastSequence, memtableRows: store.memtableRows,
                memtableBytes: store.memtableBytes)
        }
        return (try? result.get()) ?? Figures()
    }

    private func performNow(_ operation: AdminOperation) -> Result<ResultTable, StoreError> {
        switch operation {
        case .status: return status()
        case .verify: return Result { () throws(StoreError) in try writer.verify() }
        case .doctor:
            return writer.run { store throws(StoreError) in try store.diagnose() }
        case .sweep(let workspace):
            return sweep(workspace).map { $0.table() }
        case .backup(let directory):
            return Result { () throws(StoreError) in try writer.backup(to: directory) }
        case .erase(let request, let isDryRun):
            return Result { () throws(StoreError) in
                try isDryRun ? writer.previewErase(request) : writer.erase(request)
            }.map { $0.table() }
        case .compact(let recompresses):
            return Result { () throws(StoreError) in
                try writer.compact(recompresses: recompresses)
            }
            .flatMap { status() }
        }
    }

    // MARK: Retention

    /// Erases what is past its retention, of every workspace, now and then from now on.
    func startSweeping(log: @escaping @Sendable (String) -> Void) {
        commands.async {
            for workspace in self.writer.snapshots.latest.workspaceNames {
                if case .failure(let error) = self.sweep(workspace) {
                    log("retention of workspace \(workspace) failed: \(error)")
                }
            }
            self.commands.asyncAfter(
                deadline: .now() + .seconds(Limits.retentionSweepSeconds)
            ) { [weak self] in self?.startSweeping(log: log) }
        }
    }

    private func sweep(_ workspace: String) -> Result<EraseReceipt, StoreError> {
        Result { () throws(StoreError) in
            try RetentionPolicies.sweep(
                workspace: workspace, writer: writer, now: clock.wallNanoseconds())
        }
    }

    private func status() -> Result<ResultTable, StoreError> {
        Result { () throws(StoreError) in try writer.snapshots.latest.status() }
    }

    private static func token(_ idempotency: Idempotency, _ workspace: String) -> IdempotencyToken {
        let name = Array("\(workspace)\u{0}\(idempotency.key)".utf8)
        let key = name.withUnsafeBytes { Hash64.hash($0, seed: 0) }
        let content = idempotency.contentHash.withUnsafeBytes { Hash64.hash($0, seed: 0) }
        return IdempotencyToken(key: key, content: content)
    }
}
