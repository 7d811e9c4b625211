// Makes the rollup sections of a segment: from its live rows, and from those of its history region,
// which the raw view has too.

import SpanColumns
import SpanFormat
import SpanModel

/// Builds rollups.
struct RollupBuilder {
    let maker: any RollupMaker
    /// Seeds the hashes of groups: that of the store's identities.
    let seed: UInt64

    /// A section for each rollup of the table over the rows of a region, which must be of it; none
    /// without rows. Of the history region only entries that are added up mean something.
    func sections(
        of input: RewriteInput, _ rows: ArraySlice<RewriteRow>, isHistory: Bool
    ) throws(StoreError) -> [[UInt8]] {
        if rows.isEmpty { return [] }
        let source = RewriteSource(input, rows)
        var sections: [[UInt8]] = []
        for rollup in input.schema.rollups where !isHistory || rollup.wholeKey == nil {
            sections.append(try section(rollup, source))
        }
        return sections
    }

    private func section(
        _ rollup: RollupSchema, _ source: RewriteSource
    ) throws(StoreError) -> [UInt8] {
        let entries = try maker.entries(of: rollup, over: source)
        precondition(entries.columns.map(\.name) == rollup.columns.map(\.name))
        var columns: [ColumnVector] = []
        for column in entries.columns { columns.append(try Self.withoutTexts(column.values)) }
        guard rollup.wholeKey != nil else {
            return RollupSection.encode(rollup, columns: columns.map(Self.sorted), hashes: [])
        }
        let hashes = GroupHash.hashes(of: columns[0], seed: seed)
        let order = hashes.indices.sorted { hashes[$0] < hashes[$1] }
        let picks: [RowPick] = order.map { (source: 0, row: UInt32($0)) }
        for (index, column) in rollup.columns.enumerated() {
            columns[index] = try ColumnVector.gather(
                [columns[index]], picks,
                form: column.type.form == .text ? .string : column.type.form)
        }
        return RollupSection.encode(
            rollup, columns: columns.map(Self.sorted), hashes: order.map { hashes[$0] })
    }

    private static func withoutTexts(_ vector: ColumnVector) throws(StoreError) -> ColumnVector {
        guard case .text(let texts) = vector else { return vector }
        return .string(try StringVector(texts))
    }

    /// The same values; strings over a sorted dictionary of those in use.
    private static func sorted(_ vector: ColumnVector) -> ColumnVector {
        guard case .string(let strings) = vector else { return vector }
        let union = DictionaryUnion.ofRows([strings])
        let codes = union.translation(strings.dictionary)
        return .string(
            StringVector(
                codes: strings.codes.map { $0 == StringVector.nullCode ? $0 : codes[Int($0)] },
                dictionary: union.dictionary))
    }
}

/// Hashes of a rollup's groups.
enum GroupHash {
    /// The hash of a group's string.
    static func of(_ string: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        Hash64.hash(string, seed: seed)
    }

    /// The hashes of a dictionary's strings, by code.
    static func hashes(of dictionary: StringDictionary, seed: UInt64) -> [UInt64] {
        (0..<UInt32(dictionary.count)).map { code in
            dictionary.withBytes(code) { of($0, seed: seed) }
        }
    }

    /// The hashes of the rows of a string column without nulls.
    static func hashes(of vector: ColumnVector, seed: UInt64) -> [UInt64] {
        guard case .string(let strings) = vector else {
            preconditionFailure("groups are strings")
        }
        let hashes = hashes(of: strings.dictionary, seed: seed)
        return strings.codes.map { hashes[Int($0)] }
    }
}
