// (group by the keys before, code of this key) → groups 0, 1, 2 … in order of first appearance.
// While both have few numbers a pair is looked up in a plain array, else in a hash table.
// Cost: 0.3 ns a row while the array is in cache; 2–5 ns through the hash table.

/// Combines two keys.
struct PairTable {
    private var table = CodeTable()
    /// By group shifted by `codeBits`, or code: the pair's group, or `unknown`. Empty: not in use.
    private var direct: [UInt32] = []
    private var codeBits = 0

    private static let unknown = UInt32.max
    /// Entries of the array: a megabyte stays in a core's cache.
    private static let directMax = 1 << 18

    /// Pairs so far.
    var count: Int { table.values.count }

    /// The parts of a pair.
    func pair(_ group: UInt32) -> (group: UInt32, code: UInt32) {
        let bits = UInt64(bitPattern: table.values[Int(group)])
        return (UInt32(truncatingIfNeeded: bits >> 32), UInt32(truncatingIfNeeded: bits))
    }

    /// Replaces each row's group by that of its pair. All groups are below `groupCount`, all codes
    /// below `codeCount`.
    mutating func combine(
        _ groups: inout [UInt32], groupCount: Int, _ codes: [UInt32], codeCount: Int
    ) {
        let bits = Int.bitWidth - max(1, codeCount - 1).leadingZeroBitCount
        guard groupCount << bits <= Self.directMax else {
            return Self.hash(&groups, codes, &table)
        }
        prepare(groupCount: groupCount, bits: bits)
        var found = Self.lookUp(groups, codes, direct, codeBits)
        if found.contains(Self.unknown) {
            for row in groups.indices where found[row] == Self.unknown {
                let place = Int(groups[row]) << codeBits | Int(codes[row])
                if direct[place] == Self.unknown {
                    direct[place] = table.code(of: Self.key(groups[row], codes[row]))
                }
            }
            found = Self.lookUp(groups, codes, direct, codeBits)
        }
        groups = found
    }

    /// Makes room for this many groups and codes.
    private mutating func prepare(groupCount: Int, bits: Int) {
        if bits <= codeBits, groupCount << codeBits <= direct.count { return }
        codeBits = max(bits, codeBits)
        // Room for twice the groups, so that it is not made again for each new one.
        direct = Array(repeating: Self.unknown, count: max(64, groupCount * 2) << codeBits)
        for group in 0..<UInt32(count) {
            let pair = pair(group)
            direct[Int(pair.group) << codeBits | Int(pair.code)] = group
        }
    }

    private static func lookUp(
        _ groups: [UInt32], _ codes: [UInt32], _ direct: [UInt32], _ codeBits: Int
    ) -> [UInt32] {
        direct.withUnsafeBufferPointer { direct in
            groups.withUnsafeBufferPointer { groups in
                codes.withUnsafeBufferPointer { codes in
                    [UInt32](unsafeUninitializedCapacity: groups.count) { out, count in
                        for row in groups.indices {
                            out[row] =
                                direct[
                                    Int(groups[row]) &<< codeBits | Int(codes[row])]
                        }
                        count = groups.count
                    }
                }
            }
        }
    }

    private static func hash(
        _ groups: inout [UInt32], _ codes: [UInt32], _ table: inout CodeTable
    ) {
        var lastPair: Int64 = -1
        var lastGroup: UInt32 = 0
        for row in groups.indices {
            let pair = key(groups[row], codes[row])
            if pair != lastPair {
                lastGroup = table.code(of: pair)
                lastPair = pair
            }
            groups[row] = lastGroup
        }
    }

    @inline(__always)
    private static func key(_ group: UInt32, _ code: UInt32) -> Int64 {
        Int64(bitPattern: UInt64(group) << 32 | UInt64(code))
    }
}
