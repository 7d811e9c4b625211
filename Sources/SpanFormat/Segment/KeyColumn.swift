// The values of one key of a JSON column as a column of their own (schemas/segment.md), with a page and
// a zone per row group: codes of a dictionary of texts, or numbers. Conditions and groups on the key need
// not parse the JSON, and residual blocks leave it out.
// Cost of reading: the head and the dictionary once; pages stay in the section.

import SpanColumns
import SpanModel
import SpanSketch

/// A key column of a segment; its pages stay in the section.
package struct KeyColumn: Sendable {
    /// The JSON column.
    package let column: Int
    /// The key, as UTF-8.
    package let key: [UInt8]
    package let type: KeyType
    /// The texts that pages have codes of; nil: pages have numbers.
    package let dictionary: StringDictionary?
    /// What the texts of the dictionary stand for in a column of numbers, behind that of null.
    private let integers: [Int64]
    private let doubles: [Double]
    private let groupRows: [Int]
    private let pages: SectionPages
    private let hasZones: Bool

    /// The section's bytes: `groups` are the values of each row group, strings of `dictionary` or,
    /// without one, numbers of the type's form.
    package static func encode(
        column: Int, key: [UInt8], type: KeyType, dictionary: StringDictionary?,
        groups: [ColumnVector]
    ) -> [UInt8] {
        let numbers = dictionary.flatMap { Self.numbers(of: $0, type) } ?? []
        let ordered = numbers.map(type.ordered)
        let pages = groups.map { group in
            let page = PageEncoder.encode(group)
            let zone = ZoneMap(
                nullCount: page.zone.nullCount, integers: zone(of: group, ordered))
            return EncodedPage(encoding: page.encoding, bytes: page.bytes, zone: zone)
        }
        let strings = dictionary.map(StringDictionaryCodec.encode) ?? []
        var out: [UInt8] = []
        out.put(UInt32(column))
        out.put(UInt32(key.count))
        out.put(UInt32(strings.count))
        out.put(type.rawValue)
        out.put(UInt32(pages.count))
        SectionPages.put(zonedHeadsOf: pages, into: &out)
        out += key
        out += strings
        for page in pages { out += page.bytes }
        return out
    }

    /// The key column of a section of a segment with these row groups. `isOld`: as versions up to 3
    /// wrote it. Throws `corruption`; pages are checked when they are read.
    package init(_ reader: ByteReader, groupRows: [Int], isOld: Bool) throws(StoreError) {
        var reader = reader
        column = Int(try reader.uint32())
        let keyBytes = Int(try reader.uint32())
        let dictionaryBytes = Int(try reader.uint32())
        let code = isOld ? KeyType.string.rawValue : try reader.uint8()
        guard let type = KeyType(rawValue: code) else { throw reader.damage("type \(code)") }
        let pageCount = try reader.count(itemBytes: SectionPages.headBytes)
        guard pageCount == groupRows.count else {
            throw reader.damage("\(pageCount) pages for \(groupRows.count) row groups")
        }
        let heads =
            isOld
            ? try SectionPages.heads(&reader, count: pageCount)
            : try SectionPages.zonedHeads(&reader, groupRows: groupRows)
        key = [UInt8](try reader.take(keyBytes))
        if dictionaryBytes > 0 || type == .string {
            var strings = try reader.part(dictionaryBytes)
            let dictionary = try StringDictionaryCodec.decode(&strings)
            guard let numbers = Self.numbers(of: dictionary, type) else {
                throw reader.damage("a text that is no \(type)")
            }
            self.dictionary = dictionary
            integers = type == .integer ? numbers : []
            doubles = type == .double ? numbers.map(KeyType.double) : []
        } else {
            (dictionary, integers, doubles) = (nil, [], [])
        }
        pages = try SectionPages(&reader, heads)
        try reader.finish()
        self.type = type
        self.groupRows = groupRows
        hasZones = !isOld
    }

    /// What is known of the values of a row group: integers are values, keys of `OrderedDouble`, or in a
    /// column of strings codes of the dictionary. Nil when nothing is.
    package func zone(of group: Int) -> ZoneMap? { hasZones ? pages.zone(of: group) : nil }

    /// The form of what is stored.
    package var storedForm: PhysicalForm { dictionary == nil ? type.form : .string }

    /// The values in some rows of a row group as they are stored: strings of `dictionary`, or numbers.
    /// Throws `corruption`.
    package func stored(
        group: Int, rows: Range<Int>, section: UnsafeRawBufferPointer
    ) throws(StoreError) -> ColumnVector {
        try pages.reader(
            of: group, form: storedForm, rowCount: groupRows[group], section: section
        ).decode(rows: rows, dictionary: dictionary, blocks: nil)
    }

    /// The same as numbers; nil in a column of strings. Throws `corruption`.
    package func numbers(
        group: Int, rows: Range<Int>, section: UnsafeRawBufferPointer
    ) throws(StoreError) -> ColumnVector? {
        if type == .string { return nil }
        let stored = try stored(group: group, rows: rows, section: section)
        guard case .string(let strings) = stored else { return stored }
        return type == .integer
            ? .integer(strings.integers(integers)) : .float(strings.doubles(doubles))
    }

    /// The numbers of a dictionary's texts behind a 0 for null; none for strings. Nil when a text is no
    /// number of the type.
    private static func numbers(of dictionary: StringDictionary, _ type: KeyType) -> [Int64]? {
        if type == .string { return [] }
        var numbers: [Int64] = [0]
        for code in 0..<UInt32(dictionary.count) {
            guard let number = dictionary.withBytes(code, { type.number($0) }) else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// The least and the greatest value of a row group, of doubles their keys; nil when there is none.
    /// `ordered` are the numbers of a dictionary's texts behind that of null.
    private static func zone(of group: ColumnVector, _ ordered: [Int64]) -> ClosedRange<Int64>? {
        switch group {
        case .string(let strings):
            let codes = strings.codes.lazy.filter { $0 != StringVector.nullCode }
            return ordered.isEmpty
                ? range(codes.map { Int64($0) }) : range(codes.map { ordered[Int($0) + 1] })
        case .integer(let vector):
            return range(
                vector.values.indices.lazy.filter { vector.validity?[$0] != 0 }
                    .map { vector.values[$0] })
        case .float(let vector):
            return range(
                vector.values.indices.lazy.filter { vector.validity?[$0] != 0 }
                    .map { OrderedDouble.key(vector.values[$0]) })
        case .null, .identifier, .text: return nil
        }
    }

    @inline(__always)
    private static func range(_ values: some Sequence<Int64>) -> ClosedRange<Int64>? {
        var (least, greatest) = (Int64.max, Int64.min)
        for value in values {
            least = min(least, value)
            greatest = max(greatest, value)
        }
        return least <= greatest ? least...greatest : nil
    }
}
