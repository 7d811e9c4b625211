// Whether a segment may be read. Shared by its handle and its mapping, because damage is found
// wherever a page is first touched. A quarantined segment stays where it is and in the manifest.

import SpanModel
import Synchronization

/// The quarantine of one segment.
final class Quarantine: Sendable {
    private let state: Mutex<String>

    /// `reason` is empty for a segment that may be read.
    init(_ reason: String) { state = Mutex(reason) }

    /// Why the segment may not be read; empty: it may.
    var reason: String { state.withLock { $0 } }

    /// Puts the segment in quarantine; the first reason stays.
    func set(_ error: StoreError) {
        state.withLock { if $0.isEmpty { $0 = error.description } }
    }
}
