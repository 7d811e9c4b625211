// Distinct values of groups where there are too many for a table: values of fixed width in buckets by their
// hash, so that each is sorted in a core's cache. A bucket that has doubled is sorted, which drops repeats.
// Order of calls: `insert` or `merge` any number of times, `counts` once.
// Cost: about 30 ns a value; 12 bytes for each distinct one of up to 8 bytes and its group, 20 for one of up to 16,
// and up to as much for repeats.

import SpanModel

/// A value of fixed width and its group, which orders keys of one value.
protocol DistinctKey: BitwiseCopyable, Comparable {
    var group: UInt32 { get set }
    /// Equal for equal values, whatever their groups.
    var hash: UInt64 { get }
    /// A key of no group.
    static var none: Self { get }
}

/// A value of up to 8 bytes. Halves, so that it takes 12 bytes in memory.
struct NarrowKey: DistinctKey {
    var group: UInt32
    private let upper: UInt32
    private let lower: UInt32

    init(_ value: UInt64, group: UInt32) {
        self.group = group
        upper = UInt32(truncatingIfNeeded: value >> 32)
        lower = UInt32(truncatingIfNeeded: value)
    }

    private var value: UInt64 { UInt64(upper) << 32 | UInt64(lower) }

    var hash: UInt64 { value &* 0x9E37_79B9_7F4A_7C15 }

    static let none = NarrowKey(0, group: .max)

    static func < (left: NarrowKey, right: NarrowKey) -> Bool {
        left.value != right.value ? left.value < right.value : left.group < right.group
    }
}

/// A value of up to 16 bytes.
struct WideKey: DistinctKey {
    private var low: NarrowKey
    private let high: NarrowKey

    init(_ high: UInt64, _ low: UInt64, group: UInt32) {
        self.low = NarrowKey(low, group: group)
        self.high = NarrowKey(high, group: 0)
    }

    var group: UInt32 {
        get { low.group }
        set { low.group = newValue }
    }

    var hash: UInt64 { low.hash ^ high.hash }

    static let none = WideKey(0, 0, group: .max)

    static func < (left: WideKey, right: WideKey) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }
}

/// Distinct keys.
struct DistinctKeys<Key: DistinctKey> {
    private struct Bucket {
        var keys: [Key] = []
        /// Keys from which repeats are dropped.
        var sortedMin = DistinctKeys.sortedMin
    }

    private var buckets = Array(repeating: Bucket(), count: 1 << Self.bucketBits)

    /// By hash: a key that was inserted, as rows of one value often lie near each other.
    private var recent = Array(repeating: Key.none, count: 1 << Self.recentBits)

    private static var bucketBits: UInt64 { 8 }
    private static var recentBits: UInt64 { 12 }
    private static var sortedMin: Int { 1 << 10 }

    /// Keys that are held, repeats among them.
    private var count: Int { buckets.reduce(0) { $0 + $1.keys.count } }

    /// Bytes that are held.
    var heldBytes: Int { recent.heldBytes + buckets.reduce(0) { $0 + $1.keys.heldBytes } }

    /// Takes in a key.
    @inline(__always)
    mutating func insert(_ key: Key) {
        let hash = key.hash
        let place = Int(truncatingIfNeeded: hash >> (64 - Self.recentBits))
        if recent[place] == key { return }
        recent[place] = key
        let bucket = Int(truncatingIfNeeded: hash >> (64 - Self.bucketBits))
        if buckets[bucket].keys.count == buckets[bucket].keys.capacity { makeRoom(bucket) }
        buckets[bucket].keys.append(key)
    }

    @inline(never)
    private mutating func makeRoom(_ bucket: Int) {
        if buckets[bucket].keys.count >= buckets[bucket].sortedMin {
            buckets[bucket].keys = Self.distinct(buckets[bucket].keys)
            buckets[bucket].sortedMin = max(Self.sortedMin, buckets[bucket].keys.count * 2)
        }
        // Doubling would hold up to twice what is needed.
        let count = buckets[bucket].keys.count
        buckets[bucket].keys.reserveCapacity(max(16, count + count / 4))
    }

    private static func distinct(_ keys: [Key]) -> [Key] {
        var kept: [Key] = []
        var last = Key.none
        for key in keys.sorted() where key != last {
            kept.append(key)
            last = key
        }
        return kept
    }

    /// Takes in all of another's, whose groups are called otherwise here; the other has none left.
    mutating func merge(_ other: inout DistinctKeys, _ groups: [UInt32]) {
        for bucket in other.buckets.indices {
            for var key in other.buckets[bucket].keys {
                key.group = groups[Int(key.group)]
                insert(key)
            }
            other.buckets[bucket].keys = []
        }
    }

    /// Adds how many keys each group has.
    func add(to counts: inout [Int64], threads: Int) throws(StoreError) {
        let groupCount = counts.count
        let workers = max(1, min(threads, count / Limits.queryThreadRowsMin))
        let parts = try Parallel.map(workers) { worker in
            var counts = [Int64](repeating: 0, count: groupCount)
            for bucket in Parallel.part(worker, of: workers, in: buckets.indices) {
                var last = Key.none
                for key in buckets[bucket].keys.sorted() where key != last {
                    counts[Int(key.group)] += 1
                    last = key
                }
            }
            return counts
        }
        for part in parts {
            for group in part.indices { counts[group] += part[group] }
        }
    }
}
