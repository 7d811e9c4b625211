// Operands of one row group, decoded at first use and kept while the group is worked on. Only the
// columns a plan names are ever read; JSON is parsed only for rows asked for.

import SpanColumns
import SpanModel

/// Evaluates operands over one row group. One thread at a time.
final class RowEvaluator {
    let group: any RowGroup
    /// The group's place among the groups of the query.
    let index: Int
    /// Types of the group's columns, by number.
    let types: [ColumnType]
    private var vectors: [Operand: ColumnVector] = [:]
    private var attributes: [String: AttributeColumn] = [:]
    /// Computed for these rows only.
    private var computed: [Operand: (rows: [UInt32], vector: ColumnVector)] = [:]

    init(group: any RowGroup, index: Int, types: [ColumnType]) {
        self.group = group
        self.index = index
        self.types = types
    }

    /// The values of an operand: one per physical row, of which those of `rows` are meant.
    func vector(_ operand: Operand, rows: [UInt32]) throws(StoreError) -> ColumnVector {
        if case .attribute(let column, let key) = operand {
            return try attribute(column, key, rows)
        }
        if operand.isComputed { return try computedVector(operand, rows) }
        if let known = vectors[operand] { return known }
        let vector = try evaluate(operand, rows)
        vectors[operand] = vector
        return vector
    }

    private func evaluate(_ operand: Operand, _ rows: [UInt32]) throws(StoreError) -> ColumnVector {
        switch operand {
        case .column(let number): return try group.vector(number)
        case .attribute(let column, let key): return try attribute(column, key, rows)
        case .difference(let left, let right):
            return IntegerExpressions.difference(
                try integers(left, rows), try integers(right, rows))
        case .sumOfPresent(let parts):
            return IntegerExpressions.sumOfPresent(try integers(parts, rows))
        case .coalesce(let parts):
            return IntegerExpressions.coalesce(try integers(parts, rows))
        case .quotient(let part, let divisor):
            return IntegerExpressions.quotient(try integers(part, rows), divisor)
        case .timeBucket(let part, let bucket):
            return IntegerExpressions.buckets(try integers(part, rows), bucket)
        case .computed(let expression):
            return try ExpressionEvaluator(evaluator: self, rows: rows).vector(expression)
        }
    }

    private func computedVector(
        _ operand: Operand, _ rows: [UInt32]
    ) throws(StoreError) -> ColumnVector {
        if let known = computed[operand], SelectionVector.contains(known.rows, rows) {
            return known.vector
        }
        let vector = try evaluate(operand, rows)
        computed[operand] = (rows, vector)
        return vector
    }

    private func integers(_ operand: Operand, _ rows: [UInt32]) throws(StoreError) -> IntegerVector
    {
        switch try vector(operand, rows: rows) {
        case .integer(let vector): return vector
        case .null(let count):
            return IntegerVector(
                values: [Int64](repeating: 0, count: count),
                validity: [UInt8](repeating: 0, count: count))
        case .float, .identifier, .string, .text:
            throw .invalidArgument(name: "operand", reason: "arithmetic needs an integer column")
        }
    }

    private func integers(
        _ operands: [Operand], _ rows: [UInt32]
    ) throws(StoreError) -> [IntegerVector] {
        var out: [IntegerVector] = []
        for operand in operands { out.append(try integers(operand, rows)) }
        return out
    }

    private func attribute(
        _ column: Int, _ key: String, _ rows: [UInt32]
    ) throws(StoreError) -> ColumnVector {
        var values = attributes[key] ?? AttributeColumn(key: key, rowCount: group.rowCount)
        attributes[key] = nil
        let texts = try vector(.column(column), rows: rows)
        let vector = try values.vector(of: texts, rows: rows)
        attributes[key] = values
        return vector
    }
}

/// The values of one attribute, filled in as rows are asked for.
private struct AttributeColumn {
    private let key: [UInt8]
    private var codes: [UInt32]
    private var isKnown: [Bool]
    private var interner = StringInterner()

    init(key: String, rowCount: Int) {
        self.key = Array(key.utf8)
        codes = Array(repeating: StringVector.nullCode, count: rowCount)
        isKnown = Array(repeating: false, count: rowCount)
    }

    mutating func vector(
        of column: ColumnVector, rows: [UInt32]
    ) throws(StoreError) -> ColumnVector {
        guard case .text(let texts) = column else { return .null(count: codes.count) }
        var reader = TextReader(texts.blocks)
        var value: [UInt8] = []
        for row in rows where !isKnown[Int(row)] {
            isKnown[Int(row)] = true
            guard let json = try reader.bytes(texts.references[Int(row)]) else { continue }
            value.removeAll(keepingCapacity: true)
            let isPresent = json.withUnsafeBytes { json in
                key.withUnsafeBytes { JSONObject.appendMemberText(of: json, key: $0, to: &value) }
            }
            if isPresent { codes[Int(row)] = value.withUnsafeBytes { interner.intern($0) } }
        }
        return .string(StringVector(codes: codes, dictionary: interner.dictionary()))
    }
}
