// Tells the store's owner that some reader has found damage, so that it is listed soon and not only
// with the next edit of the manifest.

import Synchronization

/// A bell between readers and the writer.
final class DamageSignal: Sendable {
    private let handler = Mutex<(@Sendable () -> Void)?>(nil)

    /// What rings when damage is found; it must return at once.
    func onRaise(_ handler: @escaping @Sendable () -> Void) {
        self.handler.withLock { $0 = handler }
    }

    /// Damage was found.
    func raise() { handler.withLock { $0 }?() }
}
