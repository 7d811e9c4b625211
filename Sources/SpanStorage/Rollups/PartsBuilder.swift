// Finds the parts of the groups of a whole rollup while a segment is written (schemas/segment.md): by them
// readers see which parts lie in several segments.
// Cost: about 40 ns a row.

import SpanColumns
import SpanFormat
import SpanModel

/// Collects the parts of some rows.
struct PartsBuilder {
    private let hash: PartHash
    /// Of the groups, by entry, ascending.
    private let entries: [UInt64]
    private var seen: Set<UInt64> = []
    private var parts: [RollupParts.Part] = []

    /// The parts of the rows of `source`, ascending by hash; `entries` are the hashes of its groups. Throws
    /// what reading does.
    static func parts(
        _ hash: PartHash, of source: RewriteSource, entries: [UInt64]
    ) throws(StoreError) -> [RollupParts.Part] {
        var builder = PartsBuilder(hash: hash, entries: entries)
        for group in try source.rowGroups(within: []) { try builder.add(group) }
        return builder.parts.sorted { $0.hash < $1.hash }
    }

    private init(hash: PartHash, entries: [UInt64]) {
        self.hash = hash
        self.entries = entries
    }

    private mutating func add(_ group: any RowGroup) throws(StoreError) {
        let rows = try group.selection() ?? Array(0..<UInt32(group.rowCount))
        try hash.forEach(rows, of: group) { _, group, part in
            guard seen.insert(part).inserted, let entry = entry(group) else { return }
            parts.append(RollupParts.Part(hash: part, entry: entry))
        }
    }

    private func entry(_ group: UInt64) -> UInt32? {
        let place = entries.indices.partitionPoint { entries[$0] < group }
        return place < entries.count && entries[place] == group ? UInt32(place) : nil
    }
}
