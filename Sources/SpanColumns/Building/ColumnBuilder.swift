// Collects the values of one column. Rows without a value cost nothing until a later row has one:
// nulls are filled in when the next value arrives. Setting a row twice keeps the last value.

import SpanModel

/// Builds one column; `BatchBuilder` owns one per column and names the row.
struct ColumnBuilder {
    let form: PhysicalForm
    /// Rows decided so far, values and nulls.
    private(set) var rows = 0
    private var nullCount = 0
    private var validity: [UInt8] = []
    private var integers: [Int64] = []
    private var floats: [Double] = []
    private var codes: [UInt32] = []
    private var interner = StringInterner()
    private var ends: [UInt32] = []
    private var bytes: [UInt8] = []
    private var references: [TextReference] = []
    private var texts = TextBlockBuilder()

    init(form: PhysicalForm) { self.form = form }

    mutating func set(integer value: Int64, row: Int) {
        prepare(row)
        integers.append(value)
        validity.append(1)
    }

    mutating func set(float value: Double, row: Int) {
        prepare(row)
        floats.append(value)
        validity.append(1)
    }

    mutating func set(string value: UnsafeRawBufferPointer, row: Int) {
        prepare(row)
        codes.append(interner.intern(value))
    }

    mutating func set(text value: UnsafeRawBufferPointer, row: Int) {
        prepare(row)
        references.append(texts.append(value))
    }

    /// Packs and sets an identifier; false when its length is wrong.
    mutating func set(identifier value: UnsafeRawBufferPointer, isBinary: Bool, row: Int) -> Bool {
        prepare(row)
        let isPacked =
            isBinary
            ? PackedIdentifier.append(binary: value, to: &bytes)
            : PackedIdentifier.append(text: value, to: &bytes)
        guard isPacked else {
            rows -= 1
            return false
        }
        ends.append(UInt32(bytes.count))
        return true
    }

    /// Sets an identifier that is packed already.
    mutating func set(packed value: UnsafeRawBufferPointer, row: Int) {
        prepare(row)
        bytes.append(contentsOf: value)
        ends.append(UInt32(bytes.count))
    }

    /// Forgets rows from `count` on. Texts stay in their block, unreferenced.
    mutating func truncate(to count: Int) {
        guard rows > count else { return }
        switch form {
        case .integer: integers.removeSubrange(count...)
        case .float: floats.removeSubrange(count...)
        case .string: codes.removeSubrange(count...)
        case .text: references.removeSubrange(count...)
        case .identifier:
            ends.removeSubrange(count...)
            bytes.removeSubrange(Int(ends.last ?? 0)...)
        }
        if !validity.isEmpty {
            for valid in validity[count...] where valid == 0 { nullCount -= 1 }
            validity.removeSubrange(count...)
        }
        rows = count
    }

    /// The column for `rowCount` rows.
    mutating func finish(rowCount: Int) -> ColumnVector {
        if rows == 0 { return .null(count: rowCount) }
        pad(to: rowCount)
        switch form {
        case .integer:
            return .integer(
                IntegerVector(
                    values: integers.fitted, validity: nullCount > 0 ? validity.fitted : nil))
        case .float:
            return .float(
                FloatVector(
                    values: floats.fitted, validity: nullCount > 0 ? validity.fitted : nil))
        case .string:
            return .string(StringVector(codes: codes.fitted, dictionary: interner.dictionary()))
        case .identifier:
            return .identifier(IdentifierVector(ends: ends.fitted, bytes: bytes.fitted))
        case .text:
            return .text(TextVector(references: references.fitted, blocks: texts.finish()))
        }
    }

    /// Makes `row` the next row to append.
    private mutating func prepare(_ row: Int) {
        if rows > row { truncate(to: row) }
        if rows < row { pad(to: row) }
        rows = row + 1
    }

    private mutating func pad(to count: Int) {
        let missing = count - rows
        guard missing > 0 else { return }
        switch form {
        case .integer:
            integers.append(contentsOf: repeatElement(0, count: missing))
            validity.append(contentsOf: repeatElement(0, count: missing))
            nullCount += missing
        case .float:
            floats.append(contentsOf: repeatElement(0, count: missing))
            validity.append(contentsOf: repeatElement(0, count: missing))
            nullCount += missing
        case .string:
            codes.append(contentsOf: repeatElement(StringVector.nullCode, count: missing))
        case .identifier:
            ends.append(contentsOf: repeatElement(UInt32(bytes.count), count: missing))
        case .text:
            references.append(contentsOf: repeatElement(.null, count: missing))
        }
        rows = count
    }
}
