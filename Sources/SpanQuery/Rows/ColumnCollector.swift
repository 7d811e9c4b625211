// Collects values of one column from many vectors into one, in the order given. Strings are
// renumbered once per dictionary, texts are copied out of their blocks.

import SpanColumns
import SpanModel

/// Builds one vector from rows of others.
struct ColumnCollector {
    private let form: PhysicalForm
    private var count = 0
    private var integers: [Int64] = []
    private var floats: [Double] = []
    /// A byte a row once there is a null, until then empty.
    private var validity: [UInt8] = []
    private var hasNull = false
    private var interner = StringInterner()
    private var codes: [UInt32] = []
    private var dictionary: StringDictionary?
    private var renumbered: [UInt32] = []
    private var identifiers = IdentifierVector()
    private var references: [TextReference] = []
    private var blocks: [TextBlock] = []
    private var openBlock: [UInt8] = []

    /// Bytes held so far, about.
    private(set) var byteCount = 0
    private let bytesMax: Int

    /// Holds at most about `bytesMax` bytes. About `rowCount` numbers will come.
    init(type: ColumnType, bytesMax: Int = Limits.resultBytesMax, rowCount: Int = 0) {
        form = type.form
        self.bytesMax = bytesMax
        switch form {
        case .integer: integers.reserveCapacity(rowCount)
        case .float: floats.reserveCapacity(rowCount)
        case .identifier, .string, .text: break
        }
    }

    /// Appends the values at `rows`.
    mutating func append(_ vector: ColumnVector, rows: [UInt32]) throws(StoreError) {
        count += rows.count
        byteCount += rows.count * 8
        switch vector {
        case .null: appendNulls(rows.count)
        case .integer(let source):
            for row in rows { integers.append(source.values[Int(row)]) }
            append(source.validity, rows)
        case .float(let source):
            for row in rows { floats.append(source.values[Int(row)]) }
            append(source.validity, rows)
        case .string(let source): append(source, rows)
        case .identifier(let source):
            for row in rows {
                identifiers.bytes.append(contentsOf: source.bytes[source.range(Int(row))])
                identifiers.ends.append(UInt32(identifiers.bytes.count))
            }
            byteCount += rows.count * 9
        case .text(let source): try append(source, rows)
        }
        try checkBytes()
    }

    /// Appends all values of a vector.
    mutating func append(_ vector: ColumnVector) throws(StoreError) {
        switch vector {
        case .integer(let source): integers += source.values
        case .float(let source): floats += source.values
        case .null, .string, .identifier, .text:
            return try append(vector, rows: SelectionVector.all(vector.count))
        }
        count += vector.count
        byteCount += vector.count * 8
        if let added = vector.numberValidity {
            noteNulls(among: vector.count)
            validity += added
        } else if hasNull {
            validity.append(contentsOf: repeatElement(1, count: vector.count))
        }
        try checkBytes()
    }

    /// From here on there is a validity; the rows before the last `added` are not null.
    private mutating func noteNulls(among added: Int) {
        if hasNull { return }
        hasNull = true
        validity = Array(repeating: 1, count: count - added)
    }

    private mutating func appendNulls(_ number: Int) {
        if number == 0 { return }
        noteNulls(among: number)
        switch form {
        case .integer:
            integers.append(contentsOf: repeatElement(0, count: number))
            validity.append(contentsOf: repeatElement(0, count: number))
        case .float:
            floats.append(contentsOf: repeatElement(0, count: number))
            validity.append(contentsOf: repeatElement(0, count: number))
        case .string:
            codes.append(contentsOf: repeatElement(StringVector.nullCode, count: number))
        case .identifier:
            identifiers.ends.append(
                contentsOf: repeatElement(UInt32(identifiers.bytes.count), count: number))
        case .text: references.append(contentsOf: repeatElement(.null, count: number))
        }
    }

    private mutating func append(_ source: [UInt8]?, _ rows: [UInt32]) {
        guard let source else {
            if hasNull { validity.append(contentsOf: repeatElement(1, count: rows.count)) }
            return
        }
        noteNulls(among: rows.count)
        for row in rows { validity.append(source[Int(row)]) }
    }

    private mutating func append(_ source: StringVector, _ rows: [UInt32]) {
        if dictionary !== source.dictionary {
            dictionary = source.dictionary
            renumbered = Array(repeating: StringVector.nullCode, count: source.dictionary.count)
        }
        for row in rows {
            let code = source.codes[Int(row)]
            if code == StringVector.nullCode {
                codes.append(code)
                continue
            }
            if renumbered[Int(code)] == StringVector.nullCode {
                renumbered[Int(code)] = source.dictionary.withBytes(code) { interner.intern($0) }
            }
            codes.append(renumbered[Int(code)])
        }
    }

    private mutating func append(_ source: TextVector, _ rows: [UInt32]) throws(StoreError) {
        var reader = TextReader(source.blocks)
        for row in rows {
            guard let text = try reader.bytes(source.references[Int(row)]) else {
                references.append(.null)
                continue
            }
            try append(text: text)
        }
    }

    /// Appends a text that is not in a vector.
    mutating func append(text: ArraySlice<UInt8>) throws(StoreError) {
        byteCount += text.count
        try checkBytes()
        if openBlock.count + text.count > Limits.textBlockBytes { closeBlock() }
        references.append(
            TextReference(
                block: UInt32(blocks.count), offset: UInt32(openBlock.count),
                length: UInt32(text.count)))
        openBlock.append(contentsOf: text)
    }

    private func checkBytes() throws(StoreError) {
        guard byteCount <= bytesMax else {
            throw .limitExceeded(limit: "result bytes", value: byteCount, maximum: bytesMax)
        }
    }

    private mutating func closeBlock() {
        guard !openBlock.isEmpty else { return }
        blocks.append(
            TextBlock(codec: .stored, rawLength: UInt32(openBlock.count), bytes: openBlock))
        openBlock = []
    }

    /// The collected vector.
    mutating func finish() -> ColumnVector {
        switch form {
        case .integer:
            return .integer(IntegerVector(values: integers, validity: hasNull ? validity : nil))
        case .float:
            return .float(FloatVector(values: floats, validity: hasNull ? validity : nil))
        case .string:
            return .string(StringVector(codes: codes, dictionary: interner.dictionary()))
        case .identifier: return .identifier(identifiers)
        case .text:
            closeBlock()
            // An empty text at the end refers to a block of no bytes.
            blocks.append(TextBlock(codec: .stored, rawLength: 0, bytes: []))
            return .text(TextVector(references: references, blocks: MemoryTextBlocks(blocks)))
        }
    }
}

extension ColumnVector {
    /// The validity of integers or doubles of which some may be null.
    fileprivate var numberValidity: [UInt8]? {
        switch self {
        case .integer(let source): source.validity
        case .float(let source): source.validity
        case .null, .identifier, .string, .text: nil
        }
    }

    /// The values at `rows`, which ascend.
    func gathered(ascending rows: [UInt32]) -> ColumnVector {
        switch self {
        case .integer(let source): .integer(source.gathered(ascending: rows))
        case .string(let source):
            .string(
                StringVector(
                    codes: source.codes.gathered(ascending: rows), dictionary: source.dictionary))
        case .float(let source):
            .float(
                FloatVector(
                    values: source.values.gathered(ascending: rows),
                    validity: source.validity?.gathered(ascending: rows)))
        case .null, .identifier, .text: gathered(rows)
        }
    }

    /// The values at `rows`, in that order. Texts stay where they are.
    package func gathered(_ rows: [UInt32]) -> ColumnVector {
        switch self {
        case .null: return .null(count: rows.count)
        case .integer(let source):
            return .integer(source.gathered(rows))
        case .float(let source):
            return .float(
                FloatVector(
                    values: source.values.gathered(rows),
                    validity: source.validity?.gathered(rows)))
        case .string(let source):
            return .string(
                StringVector(
                    codes: source.codes.gathered(rows), dictionary: source.dictionary))
        case .identifier(let source):
            var out = IdentifierVector()
            for row in rows {
                out.bytes.append(contentsOf: source.bytes[source.range(Int(row))])
                out.ends.append(UInt32(out.bytes.count))
            }
            return .identifier(out)
        case .text(let source):
            return .text(
                TextVector(
                    references: rows.map { source.references[Int($0)] }, blocks: source.blocks))
        }
    }
}

extension IntegerVector {
    /// The values at `rows`, in that order.
    func gathered(_ rows: [UInt32]) -> IntegerVector {
        IntegerVector(values: values.gathered(rows), validity: validity?.gathered(rows))
    }

    /// The values at `rows`, which ascend.
    func gathered(ascending rows: [UInt32]) -> IntegerVector {
        IntegerVector(
            values: values.gathered(ascending: rows),
            validity: validity?.gathered(ascending: rows))
    }
}
