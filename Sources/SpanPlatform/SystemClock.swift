// The kernel's clocks.

import Glibc

/// Reads CLOCK_REALTIME and CLOCK_MONOTONIC.
package struct SystemClock: Clock {
    /// A clock without state.
    package init() {}

    /// Nanoseconds since the Unix epoch.
    package func wallNanoseconds() -> Int64 {
        let time = read(CLOCK_REALTIME)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Nanoseconds since an arbitrary start.
    package func monotonicNanoseconds() -> UInt64 {
        let time = read(CLOCK_MONOTONIC)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }

    private func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        _ = clock_gettime(clock, &time)
        return time
    }
}
