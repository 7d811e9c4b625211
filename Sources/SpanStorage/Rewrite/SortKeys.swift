// The sort key of every row of a rewrite as at most three integers, so that sorting compares words
// and not strings: the key's string columns, which come first, become one rank; integers stay.

import SpanColumns
import SpanModel

/// Sort keys, by group of the input, then by row.
struct SortKeys {
    /// Up to three parts.
    private(set) var parts: [[[Int64]]] = []

    init(_ input: RewriteInput) throws(StoreError) {
        let schema = input.schema
        let strings = schema.sortKey.prefix { schema.columns[$0].type.form == .string }
        if !strings.isEmpty { parts.append(try Self.ranks(of: Array(strings), input)) }
        for column in schema.sortKey.dropFirst(strings.count) {
            precondition(schema.columns[column].type.form == .integer)
            var values: [[Int64]] = []
            for group in input.groups { values.append(try group.integers(column).values) }
            parts.append(values)
        }
        precondition(parts.count <= 3)
    }

    /// One part of a row's key; 0 when there are fewer parts.
    func part(_ part: Int, group: Int, row: Int) -> Int64 {
        part < parts.count ? parts[part][group][row] : 0
    }

    /// The rank of each row's tuple of strings among all tuples; nulls first.
    private static func ranks(
        of columns: [Int], _ input: RewriteInput
    ) throws(StoreError) -> [[Int64]] {
        var ranks = input.groups.map { [Int64](repeating: 0, count: $0.rowCount) }
        var cardinality: Int64 = 1
        for column in columns {
            var vectors: [ColumnVector] = []
            for group in input.groups { vectors.append(try group.vector(column)) }
            let union = DictionaryUnion.ofRows(vectors.compactMap(\.strings))
            let (width, overflow) = cardinality.multipliedReportingOverflow(
                by: Int64(union.dictionary.count + 1))
            if overflow { cardinality = compact(&ranks) }
            for (group, vector) in vectors.enumerated() {
                add(vector, union, to: &ranks[group])
            }
            cardinality = overflow ? cardinality * Int64(union.dictionary.count + 1) : width
        }
        return ranks
    }

    private static func add(
        _ vector: ColumnVector, _ union: DictionaryUnion, to ranks: inout [Int64]
    ) {
        let width = Int64(union.dictionary.count + 1)
        guard let strings = vector.strings else {
            for row in ranks.indices { ranks[row] *= width }
            return
        }
        let translation = union.translation(strings.dictionary)
        for (row, code) in strings.codes.enumerated() {
            let rank = code == StringVector.nullCode ? 0 : Int64(translation[Int(code)]) + 1
            ranks[row] = ranks[row] * width + rank
        }
    }

    /// Renumbers ranks densely and returns how many there are: at most one per row, so that the
    /// next column fits again.
    private static func compact(_ ranks: inout [[Int64]]) -> Int64 {
        let distinct = Array(Set(ranks.joined())).sorted()
        for group in ranks.indices {
            for row in ranks[group].indices {
                let rank = distinct.indices.partitionPoint { distinct[$0] < ranks[group][row] }
                ranks[group][row] = Int64(rank)
            }
        }
        return Int64(distinct.count)
    }
}

extension ColumnVector {
    /// The string vector, nil for another form or none.
    var strings: StringVector? {
        if case .string(let vector) = self { return vector }
        return nil
    }
}
