// The wall clock as a value, so that tests and the simulator own time. It stamps `ingest_time` and
// drives age limits; no winner between writes is ever decided by it.

/// Tells the time.
package protocol Clock: Sendable {
    /// Nanoseconds since the Unix epoch; may jump both ways.
    func wallNanoseconds() -> Int64
    /// Nanoseconds of a clock that never goes back, from an arbitrary start.
    func monotonicNanoseconds() -> UInt64
}
