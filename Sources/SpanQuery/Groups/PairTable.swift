// (group by the keys before, code of this key) → groups 0, 1, 2 … in order of first appearance.
// While both have few numbers a pair is looked up in a plain array, else in a hash table.
// Cost: 0.5 ns a row while the array is in cache, 3 where pairs are new; 2–5 ns through the hash table.

/// Combines two keys.
struct PairTable {
    /// By group, while the array is in use.
    private var pairs: [Int64] = []
    /// By group shifted by `codeBits`, or code: the pair's group, or `unknown`.
    private var direct: [UInt32] = []
    private var codeBits = 0
    /// In use from when the array would be too large.
    private var table: CodeTable?

    private static let unknown = UInt32.max
    /// Entries of the array: a megabyte stays in a core's cache.
    private static let directMax = 1 << 18
    private static let directMin = 1 << 10

    /// Pairs so far.
    var count: Int { table?.values.count ?? pairs.count }

    /// Bytes that all of it takes.
    var heldBytes: Int { pairs.heldBytes + direct.heldBytes + (table?.heldBytes ?? 0) }

    /// The parts of some pairs.
    func parts(_ groups: [UInt32]) -> (groups: [UInt32], codes: [UInt32]) {
        let pairs = (table?.values ?? pairs).gathered(groups)
        return (
            pairs.map { UInt32(truncatingIfNeeded: $0 >> 32) },
            pairs.map { UInt32(truncatingIfNeeded: $0) }
        )
    }

    /// Replaces each row's group by that of its pair. All groups are below `groupCount`, all codes
    /// below `codeCount`.
    mutating func combine(
        _ groups: inout [UInt32], groupCount: Int, _ codes: [UInt32], codeCount: Int
    ) {
        let bits = Int.bitWidth - max(1, codeCount - 1).leadingZeroBitCount
        if table == nil, groupCount << bits <= Self.directMax {
            prepare(groupCount: groupCount, bits: bits)
            return Self.lookUp(&groups, codes, &direct, codeBits, &pairs)
        }
        var table = table ?? movedToTable()
        self.table = nil
        Self.hash(&groups, codes, &table)
        self.table = table
    }

    /// Makes room for this many groups and codes.
    private mutating func prepare(groupCount: Int, bits: Int) {
        if bits <= codeBits, groupCount << codeBits <= direct.count { return }
        codeBits = max(bits, codeBits)
        // Room for twice the groups, so that it is not made again for each new one.
        direct = Array(
            repeating: Self.unknown, count: max(Self.directMin, groupCount * 2 << codeBits))
        for (group, pair) in pairs.enumerated() {
            direct[Int(pair >> 32) << codeBits | Int(UInt32(truncatingIfNeeded: pair))] =
                UInt32(group)
        }
    }

    private mutating func movedToTable() -> CodeTable {
        var table = CodeTable()
        for pair in pairs { _ = table.code(of: pair) }
        (pairs, direct) = ([], [])
        return table
    }

    private static func lookUp(
        _ groups: inout [UInt32], _ codes: [UInt32], _ direct: inout [UInt32], _ codeBits: Int,
        _ pairs: inout [Int64]
    ) {
        groups.withUnsafeMutableBufferPointer { groups in
            codes.withUnsafeBufferPointer { codes in
                direct.withUnsafeMutableBufferPointer { direct in
                    for row in groups.indices {
                        let place = Int(groups[row]) &<< codeBits | Int(codes[row])
                        if _slowPath(direct[place] == unknown) {
                            direct[place] = UInt32(truncatingIfNeeded: pairs.count)
                            pairs.append(key(groups[row], codes[row]))
                        }
                        groups[row] = direct[place]
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
