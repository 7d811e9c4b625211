// Finds the rows of an identity in segments: for hashed tables through sorted runs, for tables
// whose identity is a prefix of the sort key through the segments' series directories.
// A value: snapshots keep the index they started with. A segment that cannot be read is
// quarantined and then counts as holding nothing; queries that overlap it fail loudly.

import SpanColumns
import SpanFormat
import SpanModel

/// The identity index of one table.
struct IdentityIndex: Sendable {
    /// A run and its file number.
    struct Run: Sendable {
        let entry: IdentityRunEntry
        let run: SortedRun
    }

    /// Oldest first.
    var runs: [Run] = []
    /// The table's segments, oldest first.
    var segments: [SegmentHandle] = [] {
        didSet { directories = KnownDirectories() }
    }
    private var directories = KnownDirectories()

    /// The segments that may hold rows of a leading hash (a trace).
    func segments(leading: UInt64) throws(StoreError) -> [SegmentHandle] {
        var files: Set<UInt32> = []
        for run in runs {
            for position in try run.run.range(first: leading) {
                files.insert(UInt32(truncatingIfNeeded: try run.run.pair(position).second))
            }
        }
        return segments.filter { files.contains(UInt32(truncatingIfNeeded: $0.file)) }
    }

    /// Which of some identities may have rows in segments; nil when only `find` can tell.
    func mayHold(_ hashes: [IdentityHash]) -> [Bool]? {
        guard let schema = segments.first?.schema else {
            return Array(repeating: false, count: hashes.count)
        }
        guard case .hashed = schema.lookup else { return nil }
        let pairs = hashes.map { $0.runPair(segment: 0) }
        var marks = [Bool](repeating: false, count: pairs.count)
        for run in runs {
            // A run that cannot be read hides its segments.
            guard (try? run.run.mark(pairs, in: &marks)) != nil else { return nil }
        }
        return marks
    }

    /// All rows of an identity in segments.
    func find(_ hash: IdentityHash, key: () -> [UInt8], trailing: Int64?) -> [FoundRow] {
        guard let schema = segments.first?.schema else { return [] }
        switch schema.lookup {
        case .hashed: return findHashed(hash, key: key)
        case .sorted: return findSorted(hash, key: key, trailing: trailing ?? 0)
        }
    }

    private func findHashed(_ hash: IdentityHash, key: () -> [UInt8]) -> [FoundRow] {
        let wanted = hash.runPair(segment: 0)
        var files: Set<UInt32> = []
        for run in runs {
            // A run that cannot be read hides its segments; asking all of them is slow but right.
            guard let found = try? Self.files(in: run.run, wanted) else {
                files.formUnion(segments.map { UInt32(truncatingIfNeeded: $0.file) })
                continue
            }
            files.formUnion(found)
        }
        if files.isEmpty { return [] }
        let wantedKey = key()
        return segments.filter { files.contains(UInt32(truncatingIfNeeded: $0.file)) }
            .flatMap { segment in
                segment.readOrQuarantine { mapped throws(StoreError) in
                    try mapped.rows(hash).found(in: mapped, key: wantedKey)
                }
            }
    }

    private static func files(
        in run: SortedRun, _ wanted: RunPair
    ) throws(StoreError) -> [UInt32] {
        guard try run.mayContain(wanted) else { return [] }
        var files: [UInt32] = []
        for position in try run.range(first: wanted.first) {
            let second = try run.pair(position).second
            if second & IdentityHash.runMask == wanted.second & IdentityHash.runMask {
                files.append(UInt32(truncatingIfNeeded: second))
            }
        }
        return files
    }

    private func findSorted(
        _ hash: IdentityHash, key: () -> [UInt8], trailing: Int64
    ) -> [FoundRow] {
        var rows: [FoundRow] = []
        let directories = directories.of(segments)
        for (index, segment) in segments.enumerated() {
            if let directory = directories[index],
                !directory.entries(hash: hash.leading).contains(where: {
                    $0.steps.contains(trailing)
                })
            {
                continue
            }
            rows += segment.readOrQuarantine { mapped throws(StoreError) in
                let series = try mapped.seriesDirectory().entries(hash: hash.leading)
                var found: [FoundRow] = []
                for entry in series where entry.steps.contains(trailing) {
                    let candidates = try mapped.rows(of: entry, trailing: trailing)
                    found += try candidates.found(in: mapped, key: key())
                }
                return found
            }
        }
        return rows
    }
}

extension [Int] {
    /// The rows among these candidates that have the identity `key`.
    fileprivate func found(
        in container: any RowContainer, key: [UInt8]
    ) throws(StoreError) -> [FoundRow] {
        var rows: [FoundRow] = []
        for row in self where try container.identityKey(row: row) == key {
            rows.append(try FoundRow(container, row: row))
        }
        return rows
    }
}
