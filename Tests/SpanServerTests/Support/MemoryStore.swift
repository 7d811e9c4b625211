// A store in memory that a test can make fail or wait.

import Dispatch
import SpanColumns
import SpanModel
import SpanServer
import SpanStorage
import SpanTesting
import Synchronization

/// Keeps batches by workspace and remembers idempotency keys.
final class MemoryStore: StoreService {
    private struct State {
        var batches: [String: [ColumnBatch]] = [:]
        var keys: [String: [UInt8]] = [:]
        var failure: StoreError?
        var isWritable = true
    }

    private let state = Mutex(State())
    /// Closed: submits wait.
    let gate = Gate()
    /// Taken: questions wait.
    let questions = DispatchSemaphore(value: 1)

    /// What every submit answers from now on.
    func fail(_ error: StoreError?) { state.withLock { $0.failure = error } }

    func setWritable(_ isWritable: Bool) { state.withLock { $0.isWritable = isWritable } }

    /// Rows stored in a workspace, by table.
    func rows(_ workspace: String = "default", _ table: String = "spans") -> Int {
        state.withLock { state in
            (state.batches[workspace] ?? []).filter { $0.schema.name == table }
                .reduce(0) { $0 + $1.rowCount }
        }
    }

    func submit(_ request: CommitRequest) async -> Result<CommitOutcome, StoreError> {
        await gate.pass()
        return state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            if let idempotency = request.idempotency {
                if let hash = state.keys[idempotency.key] {
                    return hash == idempotency.contentHash
                        ? .success(.replayed)
                        : .failure(.idempotencyConflict(key: idempotency.key))
                }
                state.keys[idempotency.key] = idempotency.contentHash
            }
            state.batches[request.workspace, default: []] += request.batches
            return .success(.stored)
        }
    }

    /// The first batch of each table.
    func tables(workspace: String) throws(StoreError) -> any TableProvider {
        questions.wait()
        defer { questions.signal() }
        return MemoryTables(
            state.withLock { $0.batches[workspace] ?? [] }.map { MemoryTable($0) })
    }

    func perform(_ operation: AdminOperation) async -> Result<ResultTable, StoreError> {
        let name =
            switch operation {
            case .status: "status"
            case .erase(let request, let isDryRun):
                "erase \(request.tables.map(\.table.name)) \(isDryRun)"
            case .sweep: "sweep"
            case .backup(let directory): "backup \(directory)"
            default: "compact"
            }
        return .success(oneRow(["operation": name]))
    }

    var isWritable: Bool { state.withLock { $0.isWritable } }

    var gauges: [StoreGauge] {
        [StoreGauge(name: "spand_store_rows", help: "Rows.", value: Double(rows()))]
    }
}

/// A table of one row of strings, its columns sorted by name.
func oneRow(_ values: [String: String]) -> ResultTable {
    let columns = values.sorted { $0.key < $1.key }.map { name, value in
        let bytes = Array(value.utf8)
        let dictionary = StringDictionary(ends: [UInt32(bytes.count)], bytes: bytes)
        return ResultColumn(
            name: name, type: .string,
            values: .string(StringVector(codes: [0], dictionary: dictionary)))
    }
    return ResultTable(columns: columns, rowCount: 1)
}

/// Lets tasks pass while it is open; tells how many wait.
final class Gate: Sendable {
    private struct State {
        var isOpen = true
        var waiting: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func close() { state.withLock { $0.isOpen = false } }

    func open() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isOpen = true
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let (isOpen, watchers) = state.withLock {
                state -> (Bool, [CheckedContinuation<Void, Never>]) in
                if state.isOpen { return (true, []) }
                state.waiting.append(continuation)
                defer { state.watchers = [] }
                return (false, state.watchers)
            }
            for watcher in watchers { watcher.resume() }
            if isOpen { continuation.resume() }
        }
    }

    /// Returns when somebody waits at the gate.
    func waitForVisitor() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if !state.waiting.isEmpty { return true }
                state.watchers.append(continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

extension DispatchSemaphore {
    /// Takes the semaphore, which nobody else holds.
    func lower() { precondition(wait(timeout: .now()) == .success) }
}
