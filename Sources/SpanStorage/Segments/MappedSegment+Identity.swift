// Finding rows of an identity inside a segment: by binary search over the identity order (rows
// sorted by hash), or over a series whose rows are sorted by their trailing integer.
// Cost: about log2(rows) point reads, a few microseconds in a segment of a million rows.

import SpanColumns
import SpanFormat
import SpanModel

extension MappedSegment {
    /// The rows with both hashes of an identity.
    func rows(_ hash: IdentityHash) throws(StoreError) -> [Int] {
        try rowsInIdentityOrder(from: hash) { $0 == hash }
    }

    /// The rows with a leading hash (all spans of a trace), in no order of meaning.
    func rows(leading: UInt64) throws(StoreError) -> [Int] {
        try rowsInIdentityOrder(from: IdentityHash(leading: leading, rest: 0)) {
            $0.leading == leading
        }
    }

    /// The rows of a series with a trailing integer, from both regions.
    func rows(of series: SeriesEntry, trailing: Int64) throws(StoreError) -> [Int] {
        guard let column = schema.trailingInteger else {
            return Array(series.live).map(Int.init) + Array(series.history).map(Int.init)
        }
        var rows: [Int] = []
        for region in [series.live, series.history] {
            let all = Int(region.lowerBound)..<Int(region.upperBound)
            var row = try all.partitionPoint { row throws(StoreError) in
                try integer(column, row: row) ?? 0 < trailing
            }
            while row < all.upperBound, try integer(column, row: row) ?? 0 == trailing {
                rows.append(row)
                row += 1
            }
        }
        return rows
    }

    private func rowsInIdentityOrder(
        from first: IdentityHash, while isWanted: (IdentityHash) -> Bool
    ) throws(StoreError) -> [Int] {
        let hasher = IdentityHasher(schema: schema, seed: identitySeed)
        let start = try (0..<footer.rowCount).partitionPoint { place throws(StoreError) in
            let hash = try self.hash(of: identityRow(place), hasher)
            return (hash.leading, hash.rest) < (first.leading, first.rest)
        }
        var rows: [Int] = []
        for place in start..<footer.rowCount {
            let row = try identityRow(place)
            guard isWanted(try hash(of: row, hasher)) else { break }
            rows.append(row)
        }
        return rows
    }

    /// The row at a position of the identity order.
    private func identityRow(_ position: Int) throws(StoreError) -> Int {
        let page = try identityPage(position / Limits.pageRowsMax)
        guard let row = page.integer(at: position % Limits.pageRowsMax),
            row >= 0, row < footer.rowCount
        else { throw damage(0, "identity order names no row") }
        return Int(row)
    }

    private func hash(
        of row: Int, _ hasher: IdentityHasher
    ) throws(StoreError) -> IdentityHash {
        let (group, local) = position(of: row)
        var state = [hasher.seed, hasher.seed]
        for (index, column) in schema.identity.enumerated() {
            let part = index < hasher.leadingCount ? 0 : 1
            state[part] = Hash64.combine(
                state[part], try valueHash(column, group: group, row: local, hasher.seed))
        }
        return IdentityHash(leading: state[0], rest: state[1])
    }

    private func valueHash(
        _ column: Int, group: Int, row: Int, _ seed: UInt64
    ) throws(StoreError) -> UInt64 {
        guard let reader = try pageReader(column, group: group) else { return 0 }
        switch schema.columns[column].type.form {
        case .integer:
            return UInt64(bitPattern: reader.integer(at: row) ?? 0)
        case .identifier:
            return try reader.withIdentifier(at: row) {
                $0.isEmpty ? 0 : Hash64.hash($0, seed: seed)
            }
        case .string:
            guard let code = reader.code(at: row) else { return 0 }
            let dictionary = try dictionary(column)
            guard code < dictionary.count else { throw damage(column, "code out of range") }
            return dictionary.withBytes(code) { Hash64.hash($0, seed: seed) }
        case .float, .text:
            return 0
        }
    }
}
