// Which groups that have entries in several segments are added up: those whose entries differ where the
// schema says so; and which parts of them several entries have. Compared by hash: what differs but shares
// one is read from rows, which only costs time.
// Cost: about 30 ns a part of a group that is asked for.

import SpanColumns
import SpanFormat
import SpanModel

/// Entries to be added up.
struct AddableEntries {
    /// By rolled segment.
    private(set) var entries: [[UInt32]]
    /// Hashes of the parts of groups that several of the entries have, ascending.
    private(set) var shared: [UInt64] = []
    /// By rolled segment: the entries that have such parts.
    private(set) var sharing: [[UInt32]]

    /// What of `candidates`, by rolled segment, can be added up: all entries of a group, or none, as all
    /// are among them. Throws `corruption`.
    init(
        _ candidates: [[UInt32]], of segments: [RollupPlaces.RolledSegment], _ rollup: RollupSchema
    ) throws(StoreError) {
        entries = candidates.map { _ in [] }
        sharing = entries
        guard let addition = rollup.addition, candidates.contains(where: { !$0.isEmpty }) else {
            return
        }
        var barred: Set<UInt64> = []
        for (entries, segment) in zip(candidates, segments)
        where try segment.entries.parts() == nil {
            barred.formUnion(segment.hashes(of: entries))
        }
        let same = try Self.repeated(segments.count) { number throws(StoreError) in
            try Self.distinctValues(addition, candidates[number], of: segments[number], rollup)
        }
        barred.formUnion(Self.groups(of: same, segments))
        var parts = try Self.repeated(segments.count) { number throws(StoreError) in
            let marks = Self.marks(candidates[number], of: segments[number].hashes.count)
            return try segments[number].entries.parts()?.parts(of: marks) ?? []
        }
        var shared = Set(parts.joined().map(\.hash))
        if shared.count > Limits.sharedPartsMax {
            barred.formUnion(Self.groups(of: parts, segments))
            parts = parts.map { _ in [] }
            shared = []
        }
        self.shared = shared.sorted()
        for (number, segment) in segments.enumerated() {
            func isAllowed(_ entry: UInt32) -> Bool {
                !barred.contains(segment.hashes[Int(entry)])
            }
            entries[number] = candidates[number].filter(isAllowed)
            sharing[number] = Set(parts[number].map(\.entry)).filter(isAllowed).sorted()
        }
    }

    /// The groups of entries that have some traits.
    private static func groups(
        of traits: [[Trait]], _ segments: [RollupPlaces.RolledSegment]
    ) -> Set<UInt64> {
        Set(zip(segments, traits).flatMap { $0.hashes(of: $1.map(\.entry)) })
    }

    /// What several entries of a group may have, and the entry that has it.
    private typealias Trait = RollupParts.Part

    /// Those traits that occur in several places, of `count` places. They are asked for three times, as all
    /// together would take much memory.
    private static func repeated(
        _ count: Int, _ traits: (Int) throws(StoreError) -> [Trait]
    ) throws(StoreError) -> [[Trait]] {
        var total = 0
        for place in 0..<count { total += try traits(place).count }
        var counted = OpenGroups(count: total)
        for place in 0..<count { counted.add(entries: try traits(place).map(\.hash)) }
        var repeated: [[Trait]] = []
        for place in 0..<count {
            repeated.append(try traits(place).filter { counted.isOpen($0.hash) })
        }
        return repeated
    }

    private static func marks(_ entries: [UInt32], of count: Int) -> [Bool] {
        var marks = [Bool](repeating: false, count: count)
        for entry in entries { marks[Int(entry)] = true }
        return marks
    }

    /// The values of the columns in which entries of a group must differ, each with its group.
    private static func distinctValues(
        _ addition: GroupAddition, _ entries: [UInt32], of segment: RollupPlaces.RolledSegment,
        _ rollup: RollupSchema
    ) throws(StoreError) -> [Trait] {
        if entries.isEmpty { return [] }
        var traits: [Trait] = []
        for (number, name) in addition.distinct.enumerated() {
            let values = try segment.entries.integers(rollup.column(name) - SystemColumn.count)
            for entry in entries where values.validity?[Int(entry)] != 0 {
                let group = Hash64.combine(segment.hashes[Int(entry)], UInt64(number))
                let value = UInt64(bitPattern: values.values[Int(entry)])
                traits.append(Trait(hash: Hash64.combine(group, value), entry: entry))
            }
        }
        return traits
    }
}
