// Counts of integers by group and magnitude: 32 buckets for each power of two, so that a bucket is
// 3 % wide. It finds in which bucket a rank lies; a second look at the values then needs only those
// of a few buckets to be exact.
// Cost: about 1 ns a value; 16 KiB a group.

/// Histograms of the integers of several groups.
package struct GroupedHistogram: Sendable {
    /// By group and bucket.
    private var counts: [UInt32] = []

    /// Buckets of a group.
    package static let bucketCount = 4_096
    /// The bucket of 0; those of negative numbers lie below it.
    private static let zero: Int64 = 2_047
    private static let bitsPerPower: Int64 = 5

    package init() {}

    /// Groups so far.
    package var groupCount: Int { counts.count / Self.bucketCount }

    /// The bucket of a value: monotone, and for every integer below `bucketCount`.
    @inline(__always)
    fileprivate static func bucket(_ value: Int64) -> Int {
        // Sign, exponent and the first five bits of the fraction of the nearest double.
        let bits = Int64(bitPattern: Double(value).bitPattern)
        let power = (bits & .max) >> (52 - bitsPerPower)
        let magnitude = max(0, power &- (1_023 << bitsPerPower &- 1))
        let sign = bits >> 63
        return Int(truncatingIfNeeded: zero &+ ((magnitude ^ sign) &- sign))
    }

    /// Makes room for `count` groups.
    package mutating func grow(to count: Int) {
        let missing = count * Self.bucketCount - counts.count
        if missing > 0 { counts.append(contentsOf: repeatElement(0, count: missing)) }
    }

    /// Counts values (a null has validity 0 and value 0) with their groups, which must have room.
    package mutating func add(_ values: [Int64], _ validity: [UInt8]?, _ groups: [UInt32]) {
        precondition(groups.count == values.count)
        counts.withUnsafeMutableBufferPointer { counts in
            values.withUnsafeBufferPointer { values in
                groups.withUnsafeBufferPointer { groups in
                    guard let validity else {
                        for row in values.indices {
                            let place = Int(groups[row]) &* Self.bucketCount
                            counts[place &+ Self.bucket(values[row])] &+= 1
                        }
                        return
                    }
                    validity.withUnsafeBufferPointer { validity in
                        for row in values.indices {
                            let place = Int(groups[row]) &* Self.bucketCount
                            counts[place &+ Self.bucket(values[row])] &+= UInt32(validity[row])
                        }
                    }
                }
            }
        }
    }

    /// Adds the counts of another histogram; `groups` says by its groups which of these they are.
    package mutating func merge(_ other: GroupedHistogram, _ groups: [UInt32]) {
        for group in 0..<other.groupCount {
            let target = Int(groups[group]) * Self.bucketCount
            let source = group * Self.bucketCount
            for bucket in 0..<Self.bucketCount {
                counts[target + bucket] += other.counts[source + bucket]
            }
        }
    }

    /// Values of a group.
    package func count(_ group: Int) -> Int {
        counts[group * Self.bucketCount..<(group + 1) * Self.bucketCount]
            .reduce(0) { $0 + Int($1) }
    }

    /// The buckets that hold some ranks of a group, ascending, each with the number of values in
    /// buckets below it and in itself. `ranks` ascend and lie below the count.
    package func buckets(
        holding ranks: [Int], of group: Int
    ) -> [(bucket: Int, below: Int, count: Int)] {
        var found: [(bucket: Int, below: Int, count: Int)] = []
        var below = 0
        var next = 0
        for bucket in 0..<Self.bucketCount where next < ranks.count {
            let count = Int(counts[group * Self.bucketCount + bucket])
            if count > 0, ranks[next] < below + count {
                found.append((bucket, below, count))
                while next < ranks.count, ranks[next] < below + count { next += 1 }
            }
            below += count
        }
        return found
    }
}

/// Buckets of several groups whose values are wanted.
package struct WantedBuckets: Sendable {
    /// A bit for each bucket, by group.
    private var words: [UInt64]
    private static let wordsPerGroup = GroupedHistogram.bucketCount / 64

    /// None wanted yet.
    package init(groupCount: Int) {
        words = Array(repeating: 0, count: groupCount * Self.wordsPerGroup)
    }

    /// Wants a bucket of a group.
    package mutating func insert(_ bucket: Int, of group: Int) {
        words[group * Self.wordsPerGroup + bucket / 64] |= 1 << UInt64(bucket % 64)
    }

    /// Appends those values whose bucket is wanted, and their groups.
    package func collect(
        _ values: [Int64], _ validity: [UInt8]?, _ groups: [UInt32],
        into kept: inout [Int64], _ keptGroups: inout [UInt32]
    ) {
        precondition(groups.count == values.count)
        let capacity = values.count
        withUnsafeTemporaryAllocation(of: Int.self, capacity: capacity) { rows in
            var count = 0
            words.withUnsafeBufferPointer { words in
                values.withUnsafeBufferPointer { values in
                    groups.withUnsafeBufferPointer { groups in
                        for row in values.indices {
                            let bucket = GroupedHistogram.bucket(values[row])
                            let place = Int(groups[row]) &* Self.wordsPerGroup &+ bucket &>> 6
                            rows[count] = row
                            count &+= Int(truncatingIfNeeded: words[place] &>> UInt64(bucket) & 1)
                        }
                    }
                }
            }
            for row in rows[..<count] where validity?[row] != 0 {
                kept.append(values[row])
                keptGroups.append(groups[row])
            }
        }
    }
}
