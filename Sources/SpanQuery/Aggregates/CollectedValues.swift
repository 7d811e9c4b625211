// Values with their groups, as they come: whole vectors are kept, not copied. At the end they are
// laid out group by group (count and scatter), so that what is worked on is contiguous.
// Memory: 12 bytes a value, and 8 more while it is laid out.

import SpanColumns
import SpanModel

/// Values of one worker in no order.
struct CollectedValues {
    struct Block {
        let values: [Int64]
        let groups: Groups
    }

    /// Of the values of a block.
    enum Groups {
        case each([UInt32])
        case one(UInt32)
    }

    private(set) var blocks: [Block] = []
    private(set) var count = 0
    /// Bytes of the blocks.
    private(set) var heldBytes = 0
    /// By group of the blocks: its number elsewhere; empty: the same.
    private var numbers: [UInt32] = []

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
        append(Block(values: values, groups: .each(groups)))
    }

    /// Takes in values of one group that are all there: laying them out is one copy.
    mutating func append(_ values: [Int64], group: UInt32) {
        append(Block(values: values, groups: .one(group)))
    }

    private mutating func append(_ block: Block) {
        precondition(numbers.isEmpty)
        guard !block.values.isEmpty else { return }
        blocks.append(block)
        count += block.values.count
        heldBytes += block.values.heldBytes
        if case .each(let groups) = block.groups { heldBytes += groups.heldBytes }
    }

    /// Gives each group another number, once all values are there. What is made of the values then is by
    /// these numbers; the values' own stay, as most values are dropped before they are laid out.
    mutating func renumber(_ groups: [UInt32]) {
        numbers = numbers.isEmpty ? groups : groups.gathered(numbers)
    }

    /// Some numbers for each group of the blocks, by the groups' other numbers.
    func renumbered<Number: FixedWidthInteger>(_ found: [Number], each count: Int = 1) -> [Number] {
        if numbers.isEmpty { return found }
        var renumbered = [Number](repeating: 0, count: found.count)
        for (group, number) in numbers.enumerated() {
            for place in 0..<count {
                renumbered[Int(number) &* count &+ place] = found[group &* count &+ place]
            }
        }
        return renumbered
    }

    /// About `count` values of several workers, evenly taken.
    static func sample(_ sources: [CollectedValues], count: Int) -> [Int64] {
        let step = max(1, sources.reduce(0) { $0 + $1.count } / count)
        var sample: [Int64] = []
        var start = 0
        var next = 0
        for block in sources.lazy.flatMap(\.blocks) {
            let end = start + block.values.count
            while next < end {
                sample.append(block.values[next - start])
                next += step
            }
            start = end
        }
        return sample
    }

    /// The values whose cell is wanted: `cells` by block and value, `wanted` by group a bit for each cell.
    func kept(_ cells: [[UInt8]], _ wanted: [UInt32]) -> CollectedValues {
        let wanted = numbers.isEmpty ? wanted : wanted.gathered(numbers)
        var kept = CollectedValues()
        for (block, cells) in zip(blocks, cells) {
            switch block.groups {
            case .one(let group):
                let rows = RowKernels.select(SelectionVector.all(cells.count), of: cells.count) {
                    Int(truncatingIfNeeded: wanted[Int(group)] &>> UInt32(cells[$0]) & 1)
                }
                kept.append(block.values.gathered(rows), group: group)
            case .each(let groups):
                let rows = Self.rows(cells, groups, wanted)
                kept.append(block.values.gathered(rows), groups.gathered(rows))
            }
        }
        kept.numbers = numbers
        return kept
    }

    private static func rows(
        _ cells: [UInt8], _ groups: [UInt32], _ wanted: [UInt32]
    ) -> [UInt32] {
        cells.withUnsafeBufferPointer { cells in
            groups.withUnsafeBufferPointer { groups in
                wanted.withUnsafeBufferPointer { wanted in
                    [UInt32](unsafeUninitializedCapacity: cells.count) { out, count in
                        var next = 0
                        for row in cells.indices {
                            out[next] = UInt32(truncatingIfNeeded: row)
                            let bits = wanted[Int(groups[row])] &>> UInt32(cells[row])
                            next &+= Int(truncatingIfNeeded: bits & 1)
                        }
                        count = next
                    }
                }
            }
        }
    }

    /// Counts the values of the first `groupCount` groups.
    func add(to counts: inout RankCounts, groupCount: Int) {
        counts.grow(to: groupCount)
        for block in blocks {
            let own =
                switch block.groups {
                case .each(let each): each
                case .one(let group): Array(repeating: group, count: block.values.count)
                }
            let groups = numbers.isEmpty ? own : numbers.gathered(own)
            let rows = groups.indices.filter { groups[$0] < groupCount }
            counts.add(
                counts.bounds.codes(rows.map { block.values[$0] }), rows.map { groups[$0] })
        }
    }

    /// Values of each group.
    fileprivate func counts(groupCount: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: groupCount)
        counts.withUnsafeMutableBufferPointer { counts in
            for block in blocks {
                switch block.groups {
                case .each(let each): for group in each { counts[Int(group)] &+= 1 }
                case .one(let group): counts[Int(group)] &+= block.values.count
                }
            }
        }
        return renumbered(counts)
    }

    /// Writes each value to the next place of its group.
    fileprivate func scatter(
        _ places: consuming [Int], into out: UnsafeMutableBufferPointer<Int64>
    ) {
        var next = numbers.isEmpty ? places : places.gathered(numbers)
        next.withUnsafeMutableBufferPointer { next in
            for block in blocks {
                switch block.groups {
                case .each(let each): Self.scatter(block.values, each, next, out)
                case .one(let group):
                    let start = next[Int(group)]
                    next[Int(group)] = start + block.values.count
                    _ = out[start..<next[Int(group)]].update(fromContentsOf: block.values)
                }
            }
        }
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

/// Values of several workers laid out group by group, where each group may be permuted. Groups may be
/// worked on by several threads.
final class GroupedValues {
    private let values: UnsafeMutableBufferPointer<Int64>
    /// Where each group starts, and where the last one ends.
    private let starts: [Int]

    init(_ sources: [CollectedValues], groupCount: Int, threads: Int) throws(StoreError) {
        let counts = try Parallel.map(sources.count, threads: threads) {
            sources[$0].counts(groupCount: groupCount)
        }
        var starts = [Int](repeating: 0, count: groupCount + 1)
        for counts in counts {
            for group in 0..<groupCount { starts[group + 1] &+= counts[group] }
        }
        for group in 0..<groupCount { starts[group + 1] &+= starts[group] }
        // Within a group the values of one source lie behind those of the sources before.
        var places: [[Int]] = []
        var next = starts
        for counts in counts {
            places.append(next)
            for group in 0..<groupCount { next[group] &+= counts[group] }
        }
        let values = UnsafeMutableBufferPointer<Int64>.allocate(capacity: starts[groupCount])
        (self.values, self.starts) = (values, starts)
        let from = places
        _ = try Parallel.map(sources.count, threads: threads) {
            sources[$0].scatter(from[$0], into: values)
        }
    }

    deinit { values.deallocate() }

    /// The values of a group.
    func values(of group: Int) -> UnsafeMutableBufferPointer<Int64> {
        UnsafeMutableBufferPointer(rebasing: values[starts[group]..<starts[group + 1]])
    }
}
