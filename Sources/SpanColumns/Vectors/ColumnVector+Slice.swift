// A run of rows of a vector as a vector of its own, so that rows in memory can be worked in pieces
// that stay in the cache, as pages of a segment are.
// Cost: a copy of the rows; all rows of a vector are the vector itself.

extension ColumnVector {
    /// The values of `rows`, which must be rows of the vector. Texts stay in their blocks.
    package func slice(_ rows: Range<Int>) -> ColumnVector {
        if rows == 0..<count { return self }
        switch self {
        case .null: return .null(count: rows.count)
        case .integer(let source):
            return .integer(
                IntegerVector(
                    values: Array(source.values[rows]),
                    validity: source.validity.map { Array($0[rows]) }))
        case .float(let source):
            return .float(
                FloatVector(
                    values: Array(source.values[rows]),
                    validity: source.validity.map { Array($0[rows]) }))
        case .identifier(let source):
            let start = rows.lowerBound == 0 ? 0 : source.ends[rows.lowerBound - 1]
            let end = rows.isEmpty ? start : source.ends[rows.upperBound - 1]
            return .identifier(
                IdentifierVector(
                    ends: source.ends[rows].map { $0 - start },
                    bytes: Array(source.bytes[Int(start)..<Int(end)])))
        case .string(let source):
            return .string(
                StringVector(codes: Array(source.codes[rows]), dictionary: source.dictionary))
        case .text(let source):
            return .text(
                TextVector(references: Array(source.references[rows]), blocks: source.blocks))
        }
    }
}
