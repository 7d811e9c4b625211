// How many values of each group lie between the boundaries of one set of rank codes.
// Cost: 0.5 ns a row; 1 KiB a group.

import SpanColumns

/// Counts by group and code.
struct RankCounts {
    let bounds: RankBounds
    /// By group × 256 + code.
    private var counts: [UInt32] = []

    init(_ bounds: RankBounds) { self.bounds = bounds }

    var heldBytes: Int { counts.heldBytes }

    var groupCount: Int { counts.count / RankBounds.codeCount }

    /// Makes room for `count` groups.
    mutating func grow(to count: Int) {
        counts.grow(to: count * RankBounds.codeCount, with: 0)
    }

    /// Counts codes with their groups, which must have room.
    mutating func add(_ codes: [UInt8], _ groups: [UInt32]) {
        precondition(codes.count == groups.count)
        counts.withUnsafeMutableBufferPointer { counts in
            codes.withUnsafeBufferPointer { codes in
                groups.withUnsafeBufferPointer { groups in
                    for row in codes.indices {
                        counts[Int(groups[row]) &<< 8 | Int(codes[row])] &+= 1
                    }
                }
            }
        }
    }

    /// Adds the counts of a group by code.
    mutating func add(_ codes: UnsafeBufferPointer<UInt32>, to group: Int) {
        precondition(codes.count == RankBounds.codeCount && group < groupCount)
        counts.withUnsafeMutableBufferPointer { counts in
            let start = group &<< 8
            for code in codes.indices { counts[start &+ code] &+= codes[code] }
        }
    }

    /// Adds counts by the same bounds; `groups` says by its groups which of these they are.
    mutating func merge(_ other: RankCounts, _ groups: [UInt32]) {
        other.counts.withUnsafeBufferPointer { source in
            for group in 0..<other.groupCount {
                let start = group * RankBounds.codeCount
                add(
                    UnsafeBufferPointer(rebasing: source[start..<start + RankBounds.codeCount]),
                    to: Int(groups[group]))
            }
        }
    }

    /// Values of all groups.
    var valueCount: Int {
        var count = 0
        for values in counts { count &+= Int(values) }
        let nulls = stride(
            from: Int(RankBounds.null), to: counts.count, by: RankBounds.codeCount)
        for place in nulls { count &-= Int(counts[place]) }
        return count
    }

    /// By code, the values of a group whose code is below it; one more for all of them.
    func below(of group: Int) -> [Int] {
        let codes = bounds.values.count + 1
        guard group < groupCount else { return Array(repeating: 0, count: codes + 1) }
        let start = group * RankBounds.codeCount
        return [Int](unsafeUninitializedCapacity: codes + 1) { out, count in
            var below = 0
            for code in 0..<codes {
                out[code] = below
                below += Int(counts[start + code])
            }
            out[codes] = below
            count = codes + 1
        }
    }
}

/// Codes of several groups whose values are wanted, of one set of bounds.
struct WantedCodes: Sendable {
    /// By group × 256 + code.
    private var flags: [UInt8]

    /// None wanted yet.
    init(groupCount: Int) {
        flags = Array(repeating: 0, count: groupCount * RankBounds.codeCount)
    }

    /// Wants a code of a group.
    mutating func insert(_ code: Int, of group: Int) {
        flags[group * RankBounds.codeCount + code] = 1
    }

    /// The same for groups by other numbers; `groups` says which of these they are, where nothing
    /// is wanted of those that these lack.
    func renumbered(_ groups: [UInt32]) -> WantedCodes {
        var other = WantedCodes(groupCount: groups.count)
        for (group, known) in groups.enumerated() {
            let start = Int(known) * RankBounds.codeCount
            guard start < flags.count else { continue }
            let place = group * RankBounds.codeCount
            other.flags.replaceSubrange(
                place..<place + RankBounds.codeCount,
                with: flags[start..<start + RankBounds.codeCount])
        }
        return other
    }

    /// By code, 1 where a group's values are wanted; no group wants none.
    func flags(of group: Int) -> ArraySlice<UInt8> {
        guard group < flags.count / RankBounds.codeCount else { return Self.noFlags }
        return flags[group * RankBounds.codeCount..<(group + 1) * RankBounds.codeCount]
    }

    private static let noFlags = ArraySlice<UInt8>(repeating: 0, count: RankBounds.codeCount)

    /// The rows whose code is wanted.
    func rows(_ codes: [UInt8], _ groups: [UInt32]) -> [UInt32] {
        precondition(codes.count == groups.count)
        return [UInt32](unsafeUninitializedCapacity: codes.count) { out, kept in
            flags.withUnsafeBufferPointer { flags in
                codes.withUnsafeBufferPointer { codes in
                    groups.withUnsafeBufferPointer { groups in
                        var next = 0
                        for row in codes.indices {
                            out[next] = UInt32(truncatingIfNeeded: row)
                            next &+= Int(flags[Int(groups[row]) &<< 8 | Int(codes[row])])
                        }
                        kept = next
                    }
                }
            }
        }
    }
}
