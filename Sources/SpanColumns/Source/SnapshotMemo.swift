// Results that hold for one moment of a table, kept with its snapshot and gone with it. Thread-safe;
// two threads may compute the same result, and either is kept.

import SpanModel
import Synchronization

/// A few results by name.
package final class SnapshotMemo: Sendable {
    private let values = Mutex<[String: any Sendable]>([:])

    package init() {}

    /// The result kept under `name`, nil when there is none of this type.
    package func value<T: Sendable>(_ name: String, as type: T.Type = T.self) -> T? {
        values.withLock { $0[name] as? T }
    }

    /// Keeps a result, which must not hold the snapshot. Who keeps it bounds its size by a limit.
    package func keep(_ value: some Sendable, as name: String) {
        values.withLock { $0[name] = value }
    }
}
