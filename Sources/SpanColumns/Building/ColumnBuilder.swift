// Collects the values of one column. Rows lie in plain memory that is filled with nulls when it is
// made, so a row that has no value costs nothing, and a row that is set twice keeps the last value.
// Cost: two stores and two comparisons a value.

import SpanModel

/// Builds one column; `BatchBuilder` owns one per column and names the row.
struct ColumnBuilder: ~Copyable {
    private static let rowsMin = 16
    /// From how many rows on a string column has room for how many distinct strings at first.
    private static let manyRows = 256
    private static let stringsOfMany = 64

    let form: PhysicalForm
    /// Rows decided so far, values and nulls: the last one has a value.
    private(set) var rows = 0
    /// Rows that fit in `values`.
    private var capacity: Int
    /// A value a row: an integer, a float, a code, the end of an identifier or a reference.
    private var values: UnsafeMutableRawPointer
    /// A byte a row behind the values: 1 where an integer or float has one.
    private var validity: UnsafeMutablePointer<UInt8>
    private var interner: StringInterner
    /// Identifiers, one after the other.
    private var identifiers: IdentifierBytes
    private var texts: TextBlockBuilder

    /// Has room for `expectedRows` at first.
    init(form: PhysicalForm, textCodec: BlockCodec, expectedRows: Int) {
        self.form = form
        interner = StringInterner(
            expectedCount: expectedRows < Self.manyRows ? 0 : Self.stringsOfMany)
        identifiers = IdentifierBytes(expectedCount: expectedRows)
        texts = TextBlockBuilder(codec: textCodec, expectedTexts: expectedRows)
        capacity = max(Self.rowsMin, expectedRows)
        (values, validity) = Self.allocate(capacity, form)
        clear(0..<capacity)
    }

    deinit { values.deallocate() }

    /// Whether `row` can be set without growing.
    @inline(__always)
    func hasRoom(_ row: Int) -> Bool { row < capacity }

    /// Whether `row` is the next one and its identifier can be set without growing.
    @inline(__always)
    func hasRoomForIdentifier(_ row: Int) -> Bool {
        rows == row && row < capacity && identifiers.hasRoom
    }

    @inline(__always)
    mutating func set(integer value: Int64, row: Int) {
        prepare(row)
        values.storeBytes(of: value, toByteOffset: row &* 8, as: Int64.self)
        validity[row] = 1
    }

    @inline(__always)
    mutating func set(float value: Double, row: Int) {
        prepare(row)
        values.storeBytes(of: value, toByteOffset: row &* 8, as: Double.self)
        validity[row] = 1
    }

    @inline(__always)
    mutating func set(string value: UnsafeRawBufferPointer, row: Int) {
        set(code: interner.code(of: value), row: row)
    }

    /// The same for a short string at `start`.
    @inline(__always)
    mutating func set(short value: ShortString, at start: UnsafeRawPointer, row: Int) {
        set(code: interner.code(of: value, at: start), row: row)
    }

    mutating func code(of value: UnsafeRawBufferPointer) -> UInt32 { interner.intern(value) }

    @inline(__always)
    mutating func set(code: UInt32, row: Int) {
        prepare(row)
        values.storeBytes(of: code, toByteOffset: row &* 4, as: UInt32.self)
    }

    @inline(__always)
    mutating func set(text value: UnsafeRawBufferPointer, row: Int) {
        prepare(row)
        let stride = MemoryLayout<TextReference>.stride
        values.storeBytes(
            of: texts.append(value), toByteOffset: row &* stride, as: TextReference.self)
    }

    /// Sets a text that lies in a block of the caller's.
    @inline(__always)
    mutating func set(openText range: Range<Int>, row: Int) {
        prepare(row)
        let stride = MemoryLayout<TextReference>.stride
        values.storeBytes(
            of: texts.reference(to: range), toByteOffset: row &* stride, as: TextReference.self)
    }

    mutating func closeText(_ block: UnsafeRawBufferPointer) { texts.append(block: block) }

    /// Sets those of `range`, which ends behind all rows so far, that have no string.
    mutating func fill(_ range: Range<Int>, with value: UnsafeRawBufferPointer) {
        if range.upperBound > capacity { grow(range.upperBound) }
        let codes = values.bindMemory(to: UInt32.self, capacity: capacity)
        guard let first = range.first(where: { codes[$0] == StringVector.nullCode }) else { return }
        let code = interner.intern(value)
        for row in first..<range.upperBound {
            codes[row] = codes[row] == StringVector.nullCode ? code : codes[row]
        }
        rows = range.upperBound
    }

    /// Packs and sets an identifier; false when its length is wrong.
    mutating func set(identifier value: UnsafeRawBufferPointer, row: Int) -> Bool {
        if rows != row { skipIdentifiers(to: row) }
        let isPacked = identifiers.append(value)
        if isPacked { endIdentifier(row) }
        return isPacked
    }

    /// Packs and sets an identifier of 16 binary bytes.
    @inline(__always)
    mutating func set(binary value: SIMD2<UInt64>, row: Int) {
        if rows != row { skipIdentifiers(to: row) }
        identifiers.append(binary: value)
        endIdentifier(row)
    }

    /// Packs and sets an identifier of 8 binary bytes.
    @inline(__always)
    mutating func set(binary value: UInt64, row: Int) {
        if rows != row { skipIdentifiers(to: row) }
        identifiers.append(binary: value)
        endIdentifier(row)
    }

    /// Packs and sets an identifier of 16 binary bytes, for which there is room.
    @inline(__always)
    mutating func setNext(binary value: SIMD2<UInt64>, row: Int) {
        identifiers.appendInRoom(binary: value)
        setNextEnd(row)
    }

    /// Packs and sets an identifier of 8 binary bytes, for which there is room.
    @inline(__always)
    mutating func setNext(binary value: UInt64, row: Int) {
        identifiers.appendInRoom(binary: value)
        setNextEnd(row)
    }

    @inline(__always)
    private mutating func setNextEnd(_ row: Int) {
        // The identifiers of a batch take less than 4 GiB.
        setEnd(row, UInt32(truncatingIfNeeded: identifiers.count))
        rows = row &+ 1
    }

    /// Sets an identifier that is packed already.
    mutating func set(packed value: UnsafeRawBufferPointer, row: Int) {
        skipIdentifiers(to: row)
        identifiers.append(packed: value)
        endIdentifier(row)
    }

    /// Forgets rows from `count` on. Texts stay in their block, unreferenced.
    mutating func truncate(to count: Int) {
        guard rows > count else { return }
        if form == .identifier { identifiers.count = identifierEnd(count) }
        clear(count..<rows)
        rows = count
    }

    /// The column for `rowCount` rows.
    mutating func finish(rowCount: Int) -> ColumnVector {
        if rows == 0 { return .null(count: rowCount) }
        if form == .identifier { skipIdentifiers(to: rowCount) }
        if rowCount > capacity { grow(rowCount) }
        switch form {
        case .integer:
            return .integer(
                IntegerVector(values: array(rowCount), validity: finishedValidity(rowCount)))
        case .float:
            return .float(
                FloatVector(values: array(rowCount), validity: finishedValidity(rowCount)))
        case .string:
            return .string(StringVector(codes: array(rowCount), dictionary: interner.dictionary()))
        case .identifier:
            return .identifier(IdentifierVector(ends: array(rowCount), bytes: identifiers.array))
        case .text:
            return .text(TextVector(references: array(rowCount), blocks: texts.finish()))
        }
    }

    // MARK: Rows

    /// Makes room for `row` and makes it the last one.
    @inline(__always)
    private mutating func prepare(_ row: Int) {
        if row >= capacity { grow(row &+ 1) }
        if rows <= row { rows = row &+ 1 }
    }

    @inline(never)
    private mutating func grow(_ needed: Int) {
        let larger = max(needed, capacity * 2)
        let old = (values, validity)
        (values, validity) = Self.allocate(larger, form)
        values.copyMemory(from: old.0, byteCount: capacity * form.valueBytes)
        validity.update(from: old.1, count: capacity)
        old.0.deallocate()
        let added = capacity..<larger
        capacity = larger
        clear(added)
    }

    private static func allocate(
        _ rowCount: Int, _ form: PhysicalForm
    ) -> (UnsafeMutableRawPointer, UnsafeMutablePointer<UInt8>) {
        let values = UnsafeMutableRawPointer.allocate(
            byteCount: rowCount * (form.valueBytes + 1), alignment: 16)
        let validity = values + rowCount * form.valueBytes
        return (values, validity.bindMemory(to: UInt8.self, capacity: rowCount))
    }

    /// Makes rows null. Those of identifiers get their ends when the next one is set.
    private mutating func clear(_ rows: Range<Int>) {
        let start = values + rows.lowerBound * form.valueBytes
        (validity + rows.lowerBound).update(repeating: 0, count: rows.count)
        switch form {
        case .integer, .float:
            start.initializeMemory(as: Int64.self, repeating: 0, count: rows.count)
        case .string:
            start.initializeMemory(
                as: UInt32.self, repeating: StringVector.nullCode, count: rows.count)
        case .text:
            start.initializeMemory(as: TextReference.self, repeating: .null, count: rows.count)
        case .identifier: break
        }
    }

    private func array<Value: BitwiseCopyable>(_ rowCount: Int) -> [Value] {
        // Specialised here, which making an array of uninitialised memory is not.
        Array(
            UnsafeBufferPointer(
                start: values.assumingMemoryBound(to: Value.self), count: rowCount))
    }

    /// Validity of the first rows; nil when all have a value.
    private func finishedValidity(_ rowCount: Int) -> [UInt8]? {
        var valid = 0
        for row in 0..<rowCount { valid &+= Int(validity[row]) }
        if valid == rowCount { return nil }
        return Array(UnsafeBufferPointer(start: validity, count: rowCount))
    }

    // MARK: Identifiers

    /// Ends the rows before `row` and forgets those from it on.
    @inline(never)
    private mutating func skipIdentifiers(to row: Int) {
        if rows == row { return }
        truncate(to: row)
        if row > capacity { grow(row) }
        let end = UInt32(identifiers.count)
        for skipped in rows..<row { setEnd(skipped, end) }
        rows = row
    }

    @inline(__always)
    private mutating func endIdentifier(_ row: Int) {
        prepare(row)
        setEnd(row, UInt32(identifiers.count))
    }

    @inline(__always)
    private func setEnd(_ row: Int, _ end: UInt32) {
        values.storeBytes(of: end, toByteOffset: row &* 4, as: UInt32.self)
    }

    /// Where the identifiers of the first `count` rows end.
    private func identifierEnd(_ count: Int) -> Int {
        count == 0
            ? 0 : Int(values.load(fromByteOffset: (count &- 1) &* 4, as: UInt32.self))
    }
}

extension PhysicalForm {
    /// Bytes of a row's value in a builder.
    fileprivate var valueBytes: Int {
        switch self {
        case .integer, .float: 8
        case .string, .identifier: 4
        case .text: MemoryLayout<TextReference>.stride
        }
    }
}
