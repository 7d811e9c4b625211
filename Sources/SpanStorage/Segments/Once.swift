// Something that is made at first use and then kept. Threads that are first at the same time may each make it,
// and all go on with the one that was kept.

import SpanModel
import Synchronization

/// Makes a value once. Thread-safe.
struct Once<Value: Sendable>: ~Copyable, Sendable {
    private let kept = Mutex<Value?>(nil)

    /// The value, made by `make` unless one is kept; nothing is kept when that throws.
    func value(_ make: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        if let known = kept.withLock({ $0 }) { return known }
        let made = try make()
        return kept.withLock { kept in
            let first = kept ?? made
            kept = first
            return first
        }
    }
}
