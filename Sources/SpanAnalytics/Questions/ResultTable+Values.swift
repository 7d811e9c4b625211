// Values of result columns as optionals, for the few rows that named questions and the faces of other
// systems finish by hand.

import SpanColumns
import SpanModel
import SpanQuery

extension ColumnVector {
    /// Strings, identifiers as text and texts; nil when null.
    package func strings() throws(StoreError) -> [String?] {
        switch self {
        case .string(let source):
            return source.codes.map {
                $0 == StringVector.nullCode ? nil : source.dictionary.string($0)
            }
        case .identifier(let source):
            return (0..<source.count).map { row in
                source.withBytes(row) { $0.isEmpty ? nil : PackedIdentifier.text(of: $0) }
            }
        case .text(let source):
            var reader = TextReader(source.blocks)
            var out: [String?] = []
            for reference in source.references {
                out.append(
                    try reader.bytes(reference).map { String(decoding: $0, as: UTF8.self) })
            }
            return out
        case .null, .integer, .float: return Array(repeating: nil, count: count)
        }
    }

    /// Which values are identifiers, not null.
    var areIdentifiers: [Bool] {
        guard case .identifier(let source) = self else {
            return Array(repeating: false, count: count)
        }
        return (0..<source.count).map { row in source.withBytes(row) { !$0.isEmpty } }
    }

    /// Integers; nil when null.
    package func integers() -> [Int64?] {
        guard case .integer(let source) = self else { return Array(repeating: nil, count: count) }
        return source.values.indices.map {
            source.validity?[$0] == 0 ? nil : source.values[$0]
        }
    }

    /// Doubles; nil when null.
    package func floats() -> [Double?] {
        guard case .float(let source) = self else { return Array(repeating: nil, count: count) }
        return source.values.indices.map {
            source.validity?[$0] == 0 ? nil : source.values[$0]
        }
    }
}

extension ResultTable {
    /// The column called `name`. Throws `unknown` when there is none.
    package func column(_ name: String) throws(StoreError) -> ResultColumn {
        columns[try number(of: name)]
    }

    /// The same rows with more columns.
    func adding(_ more: [ResultColumn]) -> ResultTable {
        ResultTable(
            columns: columns + more, rowCount: rowCount, isTruncated: isTruncated,
            totalCount: totalCount)
    }

    /// The rows of several tables with the same columns, one behind the other; without any table it
    /// has no columns.
    static func concatenated(_ parts: [ResultTable]) throws(StoreError) -> ResultTable {
        guard parts.count > 1 else {
            return parts.first ?? ResultTable(columns: [], rowCount: 0)
        }
        return try gathered(parts, allRows(parts))
    }
}

extension ResultColumn {
    /// An integer-form column of optionals.
    init(_ name: String, _ type: ColumnType, _ values: [Int64?]) {
        self.init(
            name: name, type: type,
            values: .integer(
                IntegerVector(
                    values: values.map { $0 ?? 0 }, validity: values.map { $0 == nil ? 0 : 1 })))
    }

    /// A float column of optionals.
    init(_ name: String, _ values: [Double?]) {
        self.init(
            name: name, type: .float64,
            values: .float(
                FloatVector(
                    values: values.map { $0 ?? 0 }, validity: values.map { $0 == nil ? 0 : 1 })))
    }

    /// A string column of optionals.
    init(_ name: String, _ values: [String?]) {
        var interner = StringInterner()
        let codes = values.map { value in
            value.map { interner.intern($0) } ?? StringVector.nullCode
        }
        self.init(
            name: name, type: .string,
            values: .string(StringVector(codes: codes, dictionary: interner.dictionary())))
    }

    /// A column of JSON texts; nil is null.
    init(_ name: String, json values: [[UInt8]?]) {
        var builder = BatchBuilder(schema: Tables.entities)
        for value in values {
            value?.withUnsafeBytes { builder.setText(EntityColumn.body, $0) }
            builder.endRow()
        }
        self.init(name: name, type: .json, values: builder.finish().columns[EntityColumn.body])
    }

    /// The same column under another name.
    func named(_ name: String) -> ResultColumn {
        ResultColumn(name: name, type: type, values: values)
    }
}
