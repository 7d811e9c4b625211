// The bytes of a page → a column vector, or single values of it. The caller has checked the
// page's CRC; the reader still trusts nothing: lengths are checked by init, contents while
// decoding, and no input traps or reads out of bounds. The bytes must outlive the reader.
// Errors are `corruption` of file "page" with offsets in the page; the caller, who knows the file,
// rewrites both.

import SpanModel

/// Reads one page.
package struct PageReader {
    /// Rows of the page.
    package let rowCount: Int
    let body: Body

    indirect enum Body {
        case null
        case integer(IntegerReader, NullReader)
        case distance(IntegerReader, NullReader)
        case floatBits(IntegerReader, NullReader)
        case decimal(DecimalReader, NullReader)
        case xor(XorReader, NullReader)
        case blockedFloats(BlockedFloatReader, NullReader)
        case string(IntegerReader)
        case fixedIdentifier(FixedIdentifierReader)
        case variableIdentifier(VariableIdentifierReader)
        case dictionaryIdentifier(DictionaryIdentifierReader)
        case backReferences(BackReferenceReader)
        case text(TextReferenceReader)
    }

    /// A reader of `rowCount` rows of a column of `form`. Throws `corruption` when the layout
    /// does not hold together.
    package init(
        bytes: UnsafeRawBufferPointer, encoding: PageEncoding, form: PhysicalForm, rowCount: Int
    ) throws(StoreError) {
        var cursor = ByteReader(bytes, file: "page", region: encoding.name)
        guard rowCount >= 0, rowCount <= Limits.pageRowsMax else {
            throw cursor.damage("\(rowCount) rows")
        }
        self.rowCount = rowCount
        body = try Self.body(&cursor, encoding, form, rowCount)
        try cursor.finish()
    }

    private static func body(
        _ cursor: inout ByteReader, _ encoding: PageEncoding, _ form: PhysicalForm, _ rowCount: Int
    ) throws(StoreError) -> Body {
        switch (form, encoding) {
        case (_, .null): return .null
        case _ where rowCount == 0: throw cursor.damage("no rows")
        case (.integer, .constant), (.integer, .runLength), (.integer, .packed),
            (.integer, .delta), (.integer, .aligned):
            return .integer(
                try section(&cursor, encoding, rowCount),
                try NullReader(&cursor, rowCount: rowCount))
        case (.integer, .distance):
            return .distance(
                try IntegerReader(&cursor, count: rowCount),
                try NullReader(&cursor, rowCount: rowCount))
        case (.float, .constant), (.float, .runLength), (.float, .packed):
            return .floatBits(
                try section(&cursor, encoding, rowCount),
                try NullReader(&cursor, rowCount: rowCount))
        case (.float, .decimal):
            return .decimal(
                try DecimalReader(&cursor, rowCount: rowCount),
                try NullReader(&cursor, rowCount: rowCount))
        case (.float, .xor), (.float, .xorBlocks):
            return .xor(
                try XorReader(&cursor, rowCount: rowCount, isWhole: encoding == .xor),
                try NullReader(&cursor, rowCount: rowCount))
        case (.float, .blockedFloats):
            return .blockedFloats(
                try BlockedFloatReader(&cursor, rowCount: rowCount),
                try NullReader(&cursor, rowCount: rowCount))
        case (.string, .constant), (.string, .runLength), (.string, .packed):
            return .string(try section(&cursor, encoding, rowCount))
        case (.identifier, .fixedIdentifiers):
            return .fixedIdentifier(try FixedIdentifierReader(&cursor, rowCount: rowCount))
        case (.identifier, .variableIdentifiers):
            return .variableIdentifier(try VariableIdentifierReader(&cursor, rowCount: rowCount))
        case (.identifier, .dictionaryIdentifiers):
            return .dictionaryIdentifier(
                try DictionaryIdentifierReader(&cursor, rowCount: rowCount))
        case (.identifier, .backReferences):
            return .backReferences(try BackReferenceReader(&cursor, rowCount: rowCount))
        case (.text, .sequentialText):
            return .text(try TextReferenceReader(sequential: &cursor, rowCount: rowCount))
        case (.text, .scatteredText):
            return .text(try TextReferenceReader(scattered: &cursor, rowCount: rowCount))
        default: throw cursor.damage("\(encoding) is no encoding of \(form) columns")
        }
    }

    private static func section(
        _ cursor: inout ByteReader, _ encoding: PageEncoding, _ rowCount: Int
    ) throws(StoreError) -> IntegerReader {
        let reader = try IntegerReader(&cursor, count: rowCount)
        guard reader.encoding == encoding else {
            throw cursor.damage("the section is \(reader.encoding)")
        }
        return reader
    }

    // MARK: - Runs of rows

    /// The values of `rows` (nil: all) as a vector. String codes must be codes of `dictionary`, text
    /// references must lie in one of `blocks`; nil stands for none of them. Throws `corruption`
    /// otherwise. What only a look at the whole page can show, a part does not find.
    package func decode(
        rows part: Range<Int>? = nil, dictionary: StringDictionary?,
        blocks: (any TextBlockSource)?
    ) throws(StoreError) -> ColumnVector {
        let rows = part ?? 0..<rowCount
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount)
        if rows.isEmpty { return .null(count: 0) }
        switch body {
        case .null: return .null(count: rows.count)
        case .integer(let section, let nulls):
            return .integer(try integers(section, nulls, rows))
        case .distance, .backReferences:
            throw .corruption(
                file: "page", offset: 0, region: "page of another column", reason: "stands alone")
        case .floatBits(let section, let nulls):
            try section.check(rows)
            return try floats(bits(section, rows), nulls, rows)
        case .decimal(let reader, let nulls):
            return try floats(reader.decode(rows), nulls, rows)
        case .xor(let reader, let nulls):
            return try floats(reader.decode(rows), nulls, rows)
        case .blockedFloats(let reader, let nulls):
            return try floats(reader.decode(rows), nulls, rows)
        case .string(let section):
            return .string(try strings(section, rows, dictionary ?? .empty))
        case .fixedIdentifier(let reader): return .identifier(try reader.decode(rows))
        case .variableIdentifier(let reader): return .identifier(try reader.decode(rows))
        case .dictionaryIdentifier(let reader): return .identifier(try reader.decode(rows))
        case .text(let reader):
            let blocks = blocks ?? MemoryTextBlocks([])
            let references = try reader.decode(rows, blockCount: blocks.count)
            return .text(TextVector(references: references, blocks: blocks))
        }
    }

    /// The distances that a page of distances holds for `rows`; nil when it holds values. A value is
    /// its distance plus, wrapping, the other column's value (0 for null). Throws `corruption`.
    package func distances(_ rows: Range<Int>) throws(StoreError) -> IntegerVector? {
        guard case .distance(let section, let nulls) = body else { return nil }
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount)
        return try integers(section, nulls, rows)
    }

    /// The identifiers that a page of back references holds for `rows`, with `targets`, the page it
    /// refers to; nil for any other page. Throws `corruption`.
    package func identifiers(
        _ rows: Range<Int>, over targets: PageReader
    ) throws(StoreError) -> IdentifierVector? {
        guard case .backReferences(let reader) = body else { return nil }
        precondition(rows.lowerBound >= 0 && rows.upperBound <= min(rowCount, targets.rowCount))
        return try reader.decode(rows, over: targets)
    }

    private func integers(
        _ section: IntegerReader, _ nulls: NullReader, _ rows: Range<Int>
    ) throws(StoreError) -> IntegerVector {
        var values = try section.decode(rows)
        let validity = try nulls.decode(rows)
        if let validity { clearNulls(&values, validity) }
        return IntegerVector(values: values, validity: validity)
    }

    /// Those of `rows` whose text lies in one of `wanted`, a set over all blocks of the column, counted
    /// from the first of `rows`, with their texts; none in a page of another form. Throws
    /// `corruption`.
    package func texts(
        _ rows: Range<Int>, in wanted: BlockSet
    ) throws(StoreError) -> (rows: [UInt32], references: [TextReference]) {
        guard case .text(let reader) = body else { return ([], []) }
        return try reader.texts(rows, in: wanted)
    }

    private func bits(_ section: IntegerReader, _ rows: Range<Int>) -> [Double] {
        [Double](unsafeUninitializedCapacity: rows.count) { buffer, initialized in
            buffer.withMemoryRebound(to: Int64.self) { bits in
                if let out = bits.baseAddress { section.decode(rows, into: out) }
            }
            initialized = rows.count
        }
    }

    private func floats(
        _ values: [Double], _ nulls: NullReader, _ rows: Range<Int>
    ) throws(StoreError) -> ColumnVector {
        guard let validity = try nulls.decode(rows) else {
            return .float(FloatVector(values: values))
        }
        var cleared = values
        for row in cleared.indices where validity[row] == 0 { cleared[row] = 0 }
        return .float(FloatVector(values: cleared, validity: validity))
    }

    private func clearNulls(_ values: inout [Int64], _ validity: [UInt8]) {
        values.withUnsafeMutableBufferPointer { values in
            validity.withUnsafeBufferPointer { validity in
                for row in values.indices { values[row] &= 0 &- Int64(validity[row]) }
            }
        }
    }

    private func strings(
        _ section: IntegerReader, _ rows: Range<Int>, _ dictionary: StringDictionary
    ) throws(StoreError) -> StringVector {
        // Stored is code + 1, so that a null (all ones in memory) is 0.
        guard let codes = try section.decodeUnsigned(rows, minus: 1) else {
            throw Self.codeOutOfRange()
        }
        let isSurelyInRange = section.bound.map { $0 <= dictionary.count } ?? false
        guard isSurelyInRange || isInRange(codes, dictionary) else { throw Self.codeOutOfRange() }
        return StringVector(codes: codes, dictionary: dictionary)
    }

    static func codeOutOfRange() -> StoreError {
        .corruption(
            file: "page", offset: 0, region: "strings", reason: "a code is not in the dictionary")
    }

    /// The strings of `rows` as runs of equal ones; nil when they are not stored as runs. Throws
    /// `corruption` when a code is not one of `dictionary`.
    package func stringRuns(
        _ rows: Range<Int>, dictionary: StringDictionary
    ) throws(StoreError) -> StringRuns? {
        guard case .string(let section) = body, let runs = try section.runs(rows) else {
            return nil
        }
        var strings = StringRuns(dictionary: dictionary)
        for run in runs {
            // Stored is code + 1, so that a null is 0.
            guard run.value >= 0, run.value <= dictionary.count else { throw Self.codeOutOfRange() }
            strings.append(UInt32(truncatingIfNeeded: run.value) &- 1, end: run.end)
        }
        return strings
    }

    /// The values of some ascending runs of rows of an integer page, one behind the other, 0 for null;
    /// nil for a page of another form. Throws `corruption`.
    package func integers(in runs: [Range<Int>]) throws(StoreError) -> [Int64]? {
        guard case .integer(let section, let nulls) = body else { return nil }
        if runs.count == 1 { return try integers(section, nulls, runs[0]).values }
        var values: [Int64] = try numbers(section, in: runs)
        if nulls.nullCount == 0 { return values }
        var place = 0
        for run in runs {
            for row in run where nulls.isNull(row) { values[place + row - run.lowerBound] = 0 }
            place += run.count
        }
        return values
    }

    /// The values of some ascending runs of rows of a float page, one behind the other, 0 for null; nil
    /// for a page of another form. Throws `corruption`.
    package func floats(in runs: [Range<Int>]) throws(StoreError) -> [Double]? {
        switch body {
        case .blockedFloats(let reader, let nulls) where nulls.nullCount == 0:
            return try reader.decode(runs)
        case .floatBits(let section, let nulls) where nulls.nullCount == 0:
            return try numbers(section, in: runs)
        default: break
        }
        var values: [Double] = []
        values.reserveCapacity(runs.reduce(0) { $0 + $1.count })
        for run in runs where !run.isEmpty {
            switch try decode(rows: run, dictionary: nil, blocks: nil) {
            case .float(let vector): values += vector.values
            case .null(let count): values += repeatElement(0, count: count)
            default: return nil
            }
        }
        return values
    }

    /// What a section holds of some ascending runs of rows, as numbers of 64 bits of any kind.
    private func numbers<Number: BitwiseCopyable>(
        _ section: IntegerReader, in runs: [Range<Int>]
    ) throws(StoreError) -> [Number] {
        guard let first = runs.first, let last = runs.last else { return [] }
        precondition(runs.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= rowCount })
        try section.check(first.lowerBound..<last.upperBound)
        let count = runs.reduce(0) { $0 + $1.count }
        return [Number](unsafeUninitializedCapacity: count) { buffer, initialized in
            buffer.withMemoryRebound(to: Int64.self) { bits in
                if let out = bits.baseAddress { section.decode(runs, into: out) }
            }
            initialized = count
        }
    }

    // MARK: - Single rows

    /// The values of single rows of an integer page, 0 for null; nil for a page of another form.
    package func integers(at rows: [Int]) throws(StoreError) -> [Int64]? {
        guard case .integer(let section, let nulls) = body else { return nil }
        if let first = rows.min(), let last = rows.max() { try section.check(first..<last + 1) }
        return rows.map { row in
            precondition(row >= 0 && row < rowCount)
            return nulls.isNull(row) ? 0 : section.value(at: row)
        }
    }

    /// The value of a row of an integer page; nil: null (or a page of another form).
    /// Constant time, see `IntegerReader.value`.
    package func integer(at row: Int) -> Int64? {
        precondition(row >= 0 && row < rowCount)
        guard case .integer(let section, let nulls) = body, !nulls.isNull(row) else { return nil }
        return section.value(at: row)
    }

    /// The distance of a row of a page of distances; nil: null (or a page of another form).
    package func distance(at row: Int) -> Int64? {
        precondition(row >= 0 && row < rowCount)
        guard case .distance(let section, let nulls) = body, !nulls.isNull(row) else { return nil }
        return section.value(at: row)
    }

    /// Whether this is a page of distances.
    package var holdsDistances: Bool { if case .distance = body { true } else { false } }

    /// The code of a row of a string page; nil: null (or a page of another form). The code is not
    /// compared with any dictionary.
    package func code(at row: Int) -> UInt32? {
        precondition(row >= 0 && row < rowCount)
        guard case .string(let section) = body else { return nil }
        let stored = section.value(at: row)
        return stored == 0 ? nil : UInt32(exactly: stored).map { $0 - 1 }
    }

    /// Calls `body` with the packed bytes of a row of an identifier page; empty: null (or a page
    /// of another form). Throws `corruption` when the row is damaged.
    package func withIdentifier<R>(
        at row: Int, _ body: (UnsafeRawBufferPointer) -> R
    ) throws(StoreError) -> R {
        precondition(row >= 0 && row < rowCount)
        switch self.body {
        case .fixedIdentifier(let reader): return reader.withBytes(row, body)
        case .variableIdentifier(let reader): return try reader.withBytes(row, body)
        case .dictionaryIdentifier(let reader): return try reader.withBytes(row, body)
        default: return body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }
}
