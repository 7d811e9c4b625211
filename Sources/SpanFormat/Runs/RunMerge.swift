// Several sorted runs → one sorted list of pairs, each once. Inputs are read in place.
// Cost: about 10 ns a pair.

import SpanModel

/// Merges runs.
package enum RunMerge {
    private struct Cursor {
        let entries: UnsafeRawBufferPointer
        var position = 0

        var isAtEnd: Bool { position == entries.count }

        var pair: RunPair {
            RunPair(
                UInt64(
                    littleEndian: entries.loadUnaligned(fromByteOffset: position, as: UInt64.self)),
                UInt64(
                    littleEndian: entries.loadUnaligned(
                        fromByteOffset: position + 8, as: UInt64.self)))
        }
    }

    /// The pairs of all runs that pass a test. Throws `corruption`.
    package static func pairs(
        of runs: [SortedRun], where isWanted: (RunPair) -> Bool = { _ in true }
    ) throws(StoreError) -> [RunPair] {
        var cursors: [Cursor] = []
        for run in runs where run.count > 0 { cursors.append(Cursor(entries: try run.entries())) }
        var heads = cursors.map(\.pair)
        var merged: [RunPair] = []
        merged.reserveCapacity(runs.reduce(0) { $0 + $1.count })
        while !heads.isEmpty {
            var least = 0
            for other in heads.indices.dropFirst() where heads[other] < heads[least] {
                least = other
            }
            let pair = heads[least]
            if merged.last != pair, isWanted(pair) { merged.append(pair) }
            cursors[least].position += RunLayout.entryBytes
            if cursors[least].isAtEnd {
                cursors.remove(at: least)
                heads.remove(at: least)
            } else {
                heads[least] = cursors[least].pair
            }
        }
        return merged
    }
}
