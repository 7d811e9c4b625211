// Asks for memory ahead of its use, where the order of use is known and the core cannot guess it.

import CPlatform

/// Hints to the memory system; they never fail and change nothing.
package enum Prefetch {
    /// Bytes of a cache line.
    package static let lineBytes = 64

    /// Asks for the cache line at an address that may be read.
    package static func line(_ address: UnsafeRawPointer) { cplatform_prefetch(address) }
}
