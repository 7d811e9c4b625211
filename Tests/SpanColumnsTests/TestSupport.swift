// What several suites of this target need: comparing vectors and reading pages from arrays.

import SpanColumns
import SpanModel

/// Whether two vectors hold the same rows, bit for bit. Null rows hold zero in both.
func isIdentical(_ left: ColumnVector, _ right: ColumnVector) -> Bool {
    switch (left, right) {
    case (.null(let left), .null(let right)): return left == right
    case (.integer(let left), .integer(let right)): return left == right
    case (.float(let left), .float(let right)):
        return left.values.map(\.bitPattern) == right.values.map(\.bitPattern)
            && left.validity == right.validity
    case (.identifier(let left), .identifier(let right)): return left == right
    case (.string(let left), .string(let right)): return strings(left) == strings(right)
    case (.text(let left), .text(let right)): return left.references == right.references
    default: return isAllNull(left) && isAllNull(right) && left.count == right.count
    }
}

/// The vector without a validity array that marks no row.
func withoutEmptyValidity(_ vector: ColumnVector) -> ColumnVector {
    func isComplete(_ validity: [UInt8]?) -> Bool { validity?.allSatisfy { $0 != 0 } ?? true }
    switch vector {
    case .integer(let source) where isComplete(source.validity):
        return .integer(IntegerVector(values: source.values))
    case .float(let source) where isComplete(source.validity):
        return .float(FloatVector(values: source.values))
    default: return vector
    }
}

/// Whether no row has a value.
func isAllNull(_ vector: ColumnVector) -> Bool {
    switch vector {
    case .null: true
    case .integer(let vector): isAllZero(vector.validity, vector.values.count)
    case .float(let vector): isAllZero(vector.validity, vector.values.count)
    case .identifier(let vector): vector.bytes.isEmpty
    case .string(let vector): vector.codes.allSatisfy { $0 == StringVector.nullCode }
    case .text(let vector): vector.references.allSatisfy(\.isNull)
    }
}

private func isAllZero(_ validity: [UInt8]?, _ count: Int) -> Bool {
    count == 0 || validity?.allSatisfy { $0 == 0 } ?? false
}

/// The strings of a vector's rows.
func strings(_ vector: StringVector) -> [String?] {
    vector.codes.map { $0 == StringVector.nullCode ? nil : vector.dictionary.string($0) }
}

/// The texts of a vector's rows.
func texts(_ vector: ColumnVector) throws -> [String?] {
    guard case .text(let text) = vector else {
        return Array(repeating: nil, count: vector.count)
    }
    var reader = TextReader(text.blocks)
    return try text.references.map { reference in
        try reader.bytes(reference).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Decodes a page's bytes.
func decode(
    _ bytes: [UInt8], _ encoding: PageEncoding, _ form: PhysicalForm, _ rowCount: Int,
    rows: Range<Int>? = nil, dictionary: StringDictionary? = nil,
    blocks: (any TextBlockSource)? = nil
) throws(StoreError) -> ColumnVector {
    let result: Result<ColumnVector, StoreError> = bytes.withUnsafeBytes { bytes in
        Result { () throws(StoreError) in
            try PageReader(bytes: bytes, encoding: encoding, form: form, rowCount: rowCount)
                .decode(rows: rows, dictionary: dictionary, blocks: blocks)
        }
    }
    return try result.get()
}

/// The form of a vector that is not `.null`.
func form(_ vector: ColumnVector) -> PhysicalForm {
    switch vector {
    case .null, .integer: .integer
    case .float: .float
    case .identifier: .identifier
    case .string: .string
    case .text: .text
    }
}

/// The dictionary of a string vector.
func dictionary(_ vector: ColumnVector) -> StringDictionary? {
    if case .string(let vector) = vector { vector.dictionary } else { nil }
}

/// The blocks of a text vector.
func blocks(_ vector: ColumnVector) -> (any TextBlockSource)? {
    if case .text(let vector) = vector { vector.blocks } else { nil }
}
