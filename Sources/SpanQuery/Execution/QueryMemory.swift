// What a query holds while it works: its workers say how much their states take, and a query that would take more
// than it may goes on in smaller parts, or ends with an error that says so.
// Cost: an addition now and then, once a morsel.

import SpanModel
import Synchronization

/// The bytes of one query, or of a part of its work.
package final class QueryMemory: Sendable {
    private let bytesMax: Int
    private let whole: QueryMemory?
    private let held = Atomic(0)

    /// What the limit is called in errors.
    static let limit = "bytes of memory of a query"

    /// Of at most `bytesMax` bytes, which count among those of `whole`.
    package init(bytesMax: Int = Limits.queryMemoryBytesMax, within whole: QueryMemory? = nil) {
        self.bytesMax = bytesMax
        self.whole = whole
    }

    /// Counts more bytes, or fewer. Throws `limitExceeded` beyond the limit.
    fileprivate func change(by bytes: Int) throws(StoreError) {
        let total = held.add(bytes, ordering: .relaxed).newValue
        guard total <= bytesMax else {
            held.subtract(bytes, ordering: .relaxed)
            throw .limitExceeded(limit: Self.limit, value: total, maximum: bytesMax)
        }
        do throws(StoreError) {
            try whole?.change(by: bytes)
        } catch {
            held.subtract(bytes, ordering: .relaxed)
            throw error
        }
    }

    fileprivate func release(_ bytes: Int) {
        held.subtract(bytes, ordering: .relaxed)
        whole?.release(bytes)
    }
}

/// What one holder takes of the bytes of a query, until it is gone.
final class MemoryShare {
    private let memory: QueryMemory
    private var bytes = 0

    init(of memory: QueryMemory) { self.memory = memory }

    deinit { memory.release(bytes) }

    /// Says how many bytes are held now. Throws `limitExceeded` beyond the limit, and then nothing is changed.
    func set(_ bytes: Int) throws(StoreError) {
        if bytes < self.bytes {
            memory.release(self.bytes - bytes)
        } else {
            try memory.change(by: bytes - self.bytes)
        }
        self.bytes = bytes
    }
}

extension StoreError {
    /// Whether a query held too much.
    var isQueryMemory: Bool {
        if case .limitExceeded(QueryMemory.limit, _, _) = self { true } else { false }
    }
}
