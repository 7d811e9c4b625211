// Erasing beside the writer. Commits go on while rows are looked for and segments written; only the
// install holds them. When what is to be erased is written to all the while, the last attempt holds them
// from its beginning. Seals and compactions wait.

import Dispatch
import SpanColumns
import SpanModel
import Synchronization

extension StoreWriter {
    /// Attempts beside commits.
    private static let attemptsBeside = 2

    /// Erases what a request names of everything acknowledged so far; returns when no reader that
    /// begins now can see it and its bytes are gone. Throws `corruption` when a segment that may hold
    /// some cannot be read; then nothing has changed.
    package func erase(_ request: EraseRequest) throws(StoreError) -> EraseReceipt {
        try alone { () throws(StoreError) in
            for _ in 0..<Self.attemptsBeside {
                let job = try self.planErase(request)
                let written = try job.run()
                let receipt = try self.run { store throws(StoreError) in
                    try store.install(job, written)
                }.get()
                if let receipt { return receipt }
            }
            return try self.run { store throws(StoreError) in try store.erase(request) }.get()
        }
    }

    /// What `erase` would do, without doing it.
    package func previewErase(_ request: EraseRequest) throws(StoreError) -> EraseReceipt {
        try alone { () throws(StoreError) in try self.planErase(request).preview() }
    }

    private func planErase(_ request: EraseRequest) throws(StoreError) -> EraseJob {
        try seal().get()
        return try run { store throws(StoreError) in
            try store.planErase(request, checkpoint: self.requireRunning)
        }.get()
    }

    /// Runs work during which nothing else seals or compacts.
    private func alone<T>(_ body: () throws(StoreError) -> T) throws(StoreError) -> T {
        try withoutCompaction { () throws(StoreError) in
            let result: Result<T, StoreError> = sealQueue.sync {
                Result { () throws(StoreError) in try body() }
            }
            return try result.get()
        }
    }

    /// Runs work during which no segment or run is merged or removed.
    func withoutCompaction<T>(
        _ body: () throws(StoreError) -> T
    ) throws(StoreError) -> T {
        // Recompression in progress gives way.
        isCompactionDue.store(true, ordering: .relaxed)
        let result: Result<T, StoreError> = compactionQueue.sync {
            isCompactionDue.store(false, ordering: .relaxed)
            return Result { () throws(StoreError) in try body() }
        }
        queue.sync { startCompaction() }
        return try result.get()
    }
}
