// A clock that moves only when told, both ways on the wall.

import SpanPlatform
import Synchronization

/// A clock owned by a test.
package final class ManualClock: Clock {
    private let wall: Atomic<Int64>
    private let monotonic = Atomic<UInt64>(1)

    /// A clock that shows `wallNanoseconds` since the Unix epoch.
    package init(wallNanoseconds: Int64 = 1_750_000_000_000_000_000) {
        wall = Atomic(wallNanoseconds)
    }

    /// The wall time last set.
    package func wallNanoseconds() -> Int64 { wall.load(ordering: .relaxed) }

    /// The sum of all advances.
    package func monotonicNanoseconds() -> UInt64 { monotonic.load(ordering: .relaxed) }

    /// Lets time pass on both clocks.
    package func advance(nanoseconds: UInt64) {
        wall.wrappingAdd(Int64(clamping: nanoseconds), ordering: .relaxed)
        monotonic.wrappingAdd(nanoseconds, ordering: .relaxed)
    }

    /// Sets the wall clock alone, forwards or backwards.
    package func jump(toWallNanoseconds value: Int64) { wall.store(value, ordering: .relaxed) }
}
