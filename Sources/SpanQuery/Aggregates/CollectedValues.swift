// Values with their groups, as they come: whole vectors are kept, not copied. At the end each part
// is laid out group by group (count and scatter), so that what is worked on is contiguous.
// Memory: 12 bytes a value, and 8 more while it is laid out.

import SpanColumns

/// Values of one worker in no order.
struct CollectedValues {
    private var blocks: [(values: [Int64], groups: [UInt32])] = []
    private(set) var count = 0

    init() {}

    /// Takes in values; a null has validity 0.
    mutating func append(_ values: [Int64], _ validity: [UInt8]?, _ groups: [UInt32]) {
        guard let validity else { return append(values, groups) }
        var kept = 0
        var keptGroups: [UInt32] = []
        let keptValues = [Int64](unsafeUninitializedCapacity: values.count) { outValues, count in
            keptGroups = [UInt32](unsafeUninitializedCapacity: values.count) { outGroups, count in
                for row in values.indices {
                    outValues[kept] = values[row]
                    outGroups[kept] = groups[row]
                    kept &+= Int(truncatingIfNeeded: validity[row])
                }
                count = kept
            }
            count = kept
        }
        append(keptValues, keptGroups)
    }

    /// Takes in values that are all there.
    mutating func append(_ values: [Int64], _ groups: [UInt32]) {
        guard !values.isEmpty else { return }
        blocks.append((values, groups))
        count += values.count
    }

    /// Gives each group another number.
    mutating func renumber(_ groups: [UInt32]) {
        for index in blocks.indices {
            blocks[index].groups = groups.gathered(blocks[index].groups)
        }
    }

    /// Counts the values of the first `groupCount` groups.
    func add(to counts: inout RankCounts, groupCount: Int) {
        counts.grow(to: groupCount)
        for block in blocks {
            let rows = block.groups.indices.filter { block.groups[$0] < groupCount }
            counts.add(
                counts.bounds.codes(rows.map { block.values[$0] }), rows.map { block.groups[$0] })
        }
    }

    /// The values group by group.
    consuming func laidOut(groupCount: Int) -> GroupedValues {
        var starts = [Int](repeating: 0, count: groupCount + 1)
        for block in blocks {
            for group in block.groups { starts[Int(group) + 1] &+= 1 }
        }
        for group in 0..<groupCount { starts[group + 1] += starts[group] }
        var next = starts
        let blocks = blocks
        let values = [Int64](unsafeUninitializedCapacity: count) { out, initialized in
            next.withUnsafeMutableBufferPointer { next in
                for block in blocks { Self.scatter(block.values, block.groups, next, out) }
            }
            initialized = count
        }
        return GroupedValues(values: values, starts: starts)
    }

    private static func scatter(
        _ values: [Int64], _ groups: [UInt32], _ next: UnsafeMutableBufferPointer<Int>,
        _ out: UnsafeMutableBufferPointer<Int64>
    ) {
        values.withUnsafeBufferPointer { values in
            groups.withUnsafeBufferPointer { groups in
                for row in values.indices {
                    let group = Int(groups[row])
                    out[next[group]] = values[row]
                    next[group] &+= 1
                }
            }
        }
    }
}

/// Values laid out group by group.
struct GroupedValues: Sendable {
    let values: [Int64]
    /// Where each group starts, and where the last one ends.
    let starts: [Int]

    /// Appends the values of a group.
    func append(_ group: Int, to out: inout [Int64]) {
        out.append(contentsOf: values[starts[group]..<starts[group + 1]])
    }
}
