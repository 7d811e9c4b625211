// The store behind the server: opened before the sockets are bound, closed after the last answer.

import Logging
import SpanColumns
import SpanModel
import SpanServer

/// The daemon's store.
struct OpenStore {
    let service: any StoreService

    /// Opens the store of `directory`; `socket` is what its lock says of us.
    init(directory: String, socket: String, logger: Logger) throws(StoreError) {
        service = ReadOnlyEmptyStore()
    }

    /// Makes everything durable and releases the store.
    func close() throws(StoreError) {}
}

/// A store without rows that takes none.
private struct ReadOnlyEmptyStore: StoreService {
    private let reason = StoreError.readOnly(reason: "no store is open")

    func submit(_ request: CommitRequest) async -> Result<CommitOutcome, StoreError> {
        .failure(reason)
    }

    func tables(workspace: String) throws(StoreError) -> any TableProvider { throw reason }

    func perform(_ operation: AdminOperation) async -> Result<ResultTable, StoreError> {
        .failure(reason)
    }

    var isWritable: Bool { false }
    var gauges: [StoreGauge] { [] }
}
