// The bytes of a section, which may be hostile, → a column vector. Every count is compared with the
// bytes that are left before anything is allocated. Format: schemas/batch.md.

import SpanModel

extension BatchSection {
    /// Reads a section of a column of `form`; its texts' blocks are taken from `blocks`.
    static func vector(
        _ cursor: inout ByteReader, form: PhysicalForm, rowCount: Int, blocks: inout ByteReader
    ) throws(StoreError) -> ColumnVector {
        let code = try cursor.uint8()
        switch (Layout(rawValue: code), form) {
        case (.integers, .integer):
            var (values, validity) = try numbers(&cursor, rowCount)
            for row in values.indices where validity?[row] == 0 { values[row] = 0 }
            return .integer(IntegerVector(values: values, validity: validity))
        case (.integerPage, .integer):
            return try page(&cursor, form, rowCount, blocks: nil)
        case (.floats, .float):
            let (bits, validity) = try numbers(&cursor, rowCount)
            var values = bits.map { Double(bitPattern: UInt64(bitPattern: $0)) }
            for row in values.indices where validity?[row] == 0 { values[row] = 0 }
            return .float(FloatVector(values: values, validity: validity))
        case (.identifiers, .identifier):
            return .identifier(try identifiers(&cursor, rowCount))
        case (.strings, .string), (.stringPage, .string):
            return .string(
                try strings(&cursor, rowCount, isPage: code == Layout.stringPage.rawValue))
        case (.texts, .text), (.textPage, .text):
            return try texts(
                &cursor, rowCount, isPage: code == Layout.textPage.rawValue, blocks: &blocks)
        default: throw cursor.damage("layout \(code) for a \(form) column")
        }
    }

    private static func page(
        _ cursor: inout ByteReader, _ form: PhysicalForm, _ rowCount: Int,
        blocks: MemoryTextBlocks?
    ) throws(StoreError) -> ColumnVector {
        let code = try cursor.uint8()
        guard let encoding = PageEncoding(rawValue: code) else {
            throw cursor.damage("unknown encoding \(code)")
        }
        let bytes = try cursor.take(try cursor.variable())
        return try PageReader(bytes: bytes, encoding: encoding, form: form, rowCount: rowCount)
            .decode(dictionary: nil, blocks: blocks)
    }

    private static func numbers(
        _ cursor: inout ByteReader, _ rowCount: Int
    ) throws(StoreError) -> ([Int64], validity: [UInt8]?) {
        var validity: [UInt8]?
        switch try cursor.uint8() {
        case 0: break
        case 1:
            let flags = [UInt8](try cursor.take(rowCount))
            guard flags.allSatisfy({ $0 <= 1 }) else { throw cursor.damage("validity above 1") }
            validity = flags
        case let flag: throw cursor.damage("validity flag \(flag)")
        }
        let bytes = try cursor.take(rowCount * 8)
        let values = [Int64](unsafeUninitializedCapacity: rowCount) { out, initialized in
            for row in 0..<rowCount { out[row] = bytes.element(row, as: Int64.self) }
            initialized = rowCount
        }
        return (values, validity)
    }

    private static func identifiers(
        _ cursor: inout ByteReader, _ rowCount: Int
    ) throws(StoreError) -> IdentifierVector {
        let lengths = try cursor.take(rowCount)
        var total: UInt32 = 0
        let ends = [UInt32](unsafeUninitializedCapacity: rowCount) { out, initialized in
            for row in 0..<rowCount {
                total &+= UInt32(lengths[row])
                out[row] = total
            }
            initialized = rowCount
        }
        let bytes = try cursor.take(Int(total))
        if let problem = identifierProblem(ends: ends, bytes) { throw cursor.damage(problem) }
        return IdentifierVector(ends: ends, bytes: [UInt8](bytes))
    }

    private static func strings(
        _ cursor: inout ByteReader, _ rowCount: Int, isPage: Bool
    ) throws(StoreError) -> StringVector {
        let dictionary = try dictionary(&cursor)
        var codes: [UInt32] = []
        if isPage {
            let section = try IntegerReader(&cursor, count: rowCount)
            guard let decoded = try section.decodeUnsigned(0..<rowCount, minus: 1) else {
                throw cursor.damage("a code above 32 bits")
            }
            codes = decoded
        } else {
            codes.reserveCapacity(rowCount)
            for _ in 0..<rowCount {
                codes.append(UInt32(truncatingIfNeeded: try cursor.variable()) &- 1)
            }
        }
        guard isInRange(codes, dictionary) else {
            throw cursor.damage("a code is not in the dictionary")
        }
        return StringVector(codes: codes, dictionary: dictionary)
    }

    private static func dictionary(
        _ cursor: inout ByteReader
    ) throws(StoreError) -> StringDictionary {
        let count = try cursor.variable()
        guard count <= cursor.remaining else { throw cursor.damage("\(count) strings") }
        var ends: [UInt32] = []
        ends.reserveCapacity(count)
        var total = 0
        for _ in 0..<count {
            total += try cursor.variable()
            guard total <= cursor.remaining else { throw cursor.damage("strings are too long") }
            ends.append(UInt32(truncatingIfNeeded: total))
        }
        return StringDictionary(ends: ends, bytes: [UInt8](try cursor.take(total)))
    }

    private static func texts(
        _ cursor: inout ByteReader, _ rowCount: Int, isPage: Bool, blocks: inout ByteReader
    ) throws(StoreError) -> ColumnVector {
        let count = try cursor.variable()
        guard count <= cursor.remaining else { throw cursor.damage("\(count) text blocks") }
        var own: [TextBlock] = []
        for _ in 0..<count {
            let code = try cursor.uint8()
            let rawLength = try cursor.variable()
            let bytes = try blocks.take(try cursor.variable())
            guard let codec = BlockCodec(rawValue: code), rawLength <= Limits.requestBodyBytesMax
            else { throw cursor.damage("text block of codec \(code), \(rawLength) bytes") }
            own.append(
                TextBlock(codec: codec, rawLength: UInt32(rawLength), bytes: [UInt8](bytes)))
        }
        let source = MemoryTextBlocks(own)
        let vector =
            isPage
            ? try page(&cursor, .text, rowCount, blocks: source)
            : .text(TextVector(references: try references(&cursor, rowCount), blocks: source))
        if case .text(let texts) = vector {
            try check(texts.references, lieIn: own, cursor)
        }
        return vector
    }

    private static func references(
        _ cursor: inout ByteReader, _ rowCount: Int
    ) throws(StoreError) -> [TextReference] {
        var references: [TextReference] = []
        references.reserveCapacity(rowCount)
        for _ in 0..<rowCount {
            let stored = try cursor.variable()
            guard stored > 1 else {
                references.append(stored == 0 ? .null : .empty)
                continue
            }
            let block = UInt32(truncatingIfNeeded: try cursor.variable())
            let offset = UInt32(truncatingIfNeeded: try cursor.variable())
            references.append(
                TextReference(
                    block: block, offset: offset, length: UInt32(truncatingIfNeeded: stored - 1)))
        }
        return references
    }

    private static func check(
        _ references: [TextReference], lieIn blocks: [TextBlock], _ cursor: ByteReader
    ) throws(StoreError) {
        for reference in references where !reference.isNull && reference.length > 0 {
            guard reference.block < blocks.count,
                Int(reference.offset) + Int(reference.length)
                    <= Int(blocks[Int(reference.block)].rawLength)
            else { throw cursor.damage("a text lies outside its block") }
        }
    }
}

/// Whether all codes are null or in the dictionary.
func isInRange(_ codes: [UInt32], _ dictionary: StringDictionary) -> Bool {
    guard let limit = Int32(exactly: dictionary.count) else { return false }
    // The highest bit of the distance to the limit, or of the number itself, tells a wrong code.
    var bits: UInt32 = 0
    for code in codes { bits |= (code &+ 1) | (UInt32(limit) &- (code &+ 1)) }
    return bits >> 31 == 0
}
