// The same work on several cores. The caller's thread takes part, so that one piece costs nothing
// extra; waking another core costs about 40 µs, which is why small queries stay on one.

import Dispatch
import SpanModel
import Synchronization

/// Calls on several threads.
package enum Parallel {
    /// The one with number `index` of so many parts of a range, which lie behind each other and differ by
    /// one element at most.
    package static func part(_ index: Int, of count: Int, in range: Range<Int>) -> Range<Int> {
        range.lowerBound + range.count * index / count..<range.lowerBound
            + range.count * (index + 1) / count
    }

    /// The results of `body` for 0 ..< `count`, in that order; the error of the first that fails.
    /// `body` runs on several threads at once and must share nothing that it changes.
    /// With one of `threads` it runs on the caller's alone.
    package static func map<T>(
        _ count: Int, threads: Int = .max, _ body: (Int) throws(StoreError) -> T
    ) throws(StoreError) -> [T] {
        if count == 1 || threads == 1 {
            var values: [T] = []
            for index in 0..<count { values.append(try body(index)) }
            return values
        }
        let results = UnsafeMutableBufferPointer<Result<T, StoreError>>.allocate(capacity: count)
        defer {
            results.deinitialize()
            results.deallocate()
        }
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            nonisolated(unsafe) let results = results
            DispatchQueue.concurrentPerform(iterations: count) { index in
                results.initializeElement(
                    at: index, to: Result { () throws(StoreError) in try body(index) })
            }
        }
        var values: [T] = []
        for result in results { values.append(try result.get()) }
        return values
    }
}
