// The values of one key of a JSON column that is nowhere a column of its own: objects are parsed for the
// rows that are asked for, each once.
// Cost: a walk over each object up to the key.

import SpanColumns
import SpanModel

/// The values of one attribute, filled in as rows are asked for.
struct AttributeColumn {
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
