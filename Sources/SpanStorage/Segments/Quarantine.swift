// Whether a segment may be read. Shared by its handle and its mapping, because damage is found
// wherever a page is first touched, by a write, a merge or a query. A quarantined segment stays where
// it is and in the manifest.
// Rows of it that writes should have superseded were not found: so damage is written to the
// manifest, and after a read that merely failed nothing is sealed until a restart can read again.

import SpanModel
import Synchronization

/// The quarantine of one segment.
final class Quarantine: Sendable {
    private struct State {
        var reason: String
        var isDamaged: Bool
    }

    private let state: Mutex<State>
    private let signal: DamageSignal?

    /// `reason` is empty for a segment that may be read. `signal` rings when damage is found.
    init(_ reason: String, signal: DamageSignal? = nil) {
        self.signal = signal
        state = Mutex(State(reason: reason, isDamaged: !reason.isEmpty))
    }

    /// Why the segment may not be read; empty: it may.
    var reason: String { state.withLock { $0.reason } }

    /// Why its bytes are known to be damaged; empty: they are not.
    var damage: String { state.withLock { $0.isDamaged ? $0.reason : "" } }

    /// Puts the segment in quarantine; the first reason stays.
    func set(_ error: StoreError) {
        let isDamaged = if case .corruption = error { true } else { false }
        let isNew = state.withLock { state in
            if !state.reason.isEmpty { return false }
            state = State(reason: error.description, isDamaged: isDamaged)
            return true
        }
        if isNew, isDamaged { signal?.raise() }
    }

    /// Lets the segment be read again.
    func clear() { state.withLock { $0 = State(reason: "", isDamaged: false) } }
}
