// Takes the frequent keys of a JSON column apart into columns of texts. Keys are chosen from a sample
// of blocks; then every object is parsed once, in the order of its block, so that each block is
// decompressed once. Cost: about 0.3 µs an object of six keys; two bytes a row for each key kept.

import SpanColumns
import SpanModel

/// A key and the text of its value in every row.
struct ShreddedKey {
    let key: [UInt8]
    /// Sorted by bytes.
    let dictionary: StringDictionary
    private let codes: [UInt16]

    fileprivate init(key: [UInt8], dictionary: StringDictionary, codes: [UInt16]) {
        self.key = key
        self.dictionary = dictionary
        self.codes = codes
    }

    fileprivate static let null = UInt16.max

    /// Whether a row has a value.
    func hasValue(_ row: Int) -> Bool { codes[row] != Self.null }

    /// The values of some rows.
    func vector(_ rows: Range<Int>) -> ColumnVector {
        let codes = codes[rows].map { $0 == Self.null ? StringVector.nullCode : UInt32($0) }
        return .string(StringVector(codes: codes, dictionary: dictionary))
    }
}

/// Shreds the objects of one column of a rewrite's output.
struct KeyShredder {
    private let sources: [any TextBlockSource]
    private let rows: [TextRewriter.Row]
    /// Rows that have an object, by block.
    private let order: [UInt32]

    /// `rows` are the objects of all rows of the output.
    init(sources: [any TextBlockSource], rows: [TextRewriter.Row]) {
        self.sources = sources
        self.rows = rows
        order = TextBlockOrder(sources).rows(rows)
    }

    /// The keys worth a column, in order of their bytes. Throws `corruption`.
    func keys() throws(StoreError) -> [ShreddedKey] {
        let columns = try frequentKeys().map { KeyValues($0, rowCount: rows.count) }
        if columns.isEmpty { return [] }
        let names = KeyNames(columns.map(\.key))
        var likely = 0
        try forEachObject(ofBlocks: 1) { row, object in
            JSONObject.forEachMember(of: object) { name, value in
                guard let index = names.find(name, from: likely) else { return }
                columns[index].set(row, value)
                likely = index + 1
            }
        }
        return columns.compactMap { $0.finish() }
    }

    private func frequentKeys() throws(StoreError) -> [[UInt8]] {
        let step = order.count <= Limits.keyRowsCountedMax ? 1 : 16
        var interner = StringInterner()
        var counts: [Int] = []
        var objects = 0
        var name: [UInt8] = []
        try forEachObject(ofBlocks: step) { _, object in
            if interner.count >= Limits.keysCountedMax { return }
            objects += 1
            JSONObject.forEachMember(of: object) { key, _ in
                name.removeAll(keepingCapacity: true)
                key.appendText(to: &name)
                guard name.count <= Limits.attributeKeyBytesMax else { return }
                let code = Int(name.withUnsafeBytes { interner.intern($0) })
                if code == counts.count { counts.append(0) }
                counts[code] += 1
            }
        }
        let dictionary = interner.dictionary()
        let frequent = counts.indices.filter {
            counts[$0] * Limits.keyColumnRowsPerValueMax >= objects
        }.map { (count: counts[$0], key: Array(dictionary.bytes[dictionary.range(UInt32($0))])) }
        return frequent.sorted {
            $0.count == $1.count ? $0.key.lexicographicallyPrecedes($1.key) : $0.count > $1.count
        }.prefix(Limits.keyColumnsMax).map(\.key).sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// Calls `body` with every object of the first of each `step` blocks.
    private func forEachObject(
        ofBlocks step: Int, _ body: (_ row: Int, UnsafeRawBufferPointer) -> Void
    ) throws(StoreError) {
        var readers = sources.map { TextReader($0) }
        var last: (source: Int, block: UInt32)?
        var blocks = 0
        for row in order {
            let (source, reference) = rows[Int(row)]
            if last?.source != source || last?.block != reference.block {
                last = (source, reference.block)
                blocks += 1
            }
            guard (blocks - 1) % step == 0, let text = try readers[source].bytes(reference) else {
                continue
            }
            text.withUnsafeBytes { body(Int(row), $0) }
        }
    }
}

/// The values of one key as they come. A class: a struct of arrays would be copied for each value.
private final class KeyValues {
    let key: [UInt8]
    private var interner = StringInterner()
    private var codes: [UInt16]
    private var presentRows = 0
    private var isTooVaried = false
    private var text: [UInt8] = []

    init(_ key: [UInt8], rowCount: Int) {
        self.key = key
        codes = Array(repeating: ShreddedKey.null, count: rowCount)
    }

    func set(_ row: Int, _ value: JSONSlice) {
        // Where a key stands twice, the first one counts, as in a look-up.
        if isTooVaried || codes[row] != ShreddedKey.null { return }
        text.removeAll(keepingCapacity: true)
        guard value.appendText(to: &text) else { return }
        let code = text.withUnsafeBytes { interner.intern($0) }
        guard code < Limits.keyColumnValuesMax,
            interner.byteCount <= Limits.keyColumnValueBytesMax
        else {
            isTooVaried = true
            interner = StringInterner()
            return
        }
        presentRows += 1
        codes[row] = UInt16(code)
    }

    /// The key's column; nil when its values are too varied to be worth one.
    func finish() -> ShreddedKey? {
        let count = interner.count
        if isTooVaried || count == 0 { return nil }
        if count > Limits.keyColumnValuesFree, count * 4 > presentRows { return nil }
        let (dictionary, ranks) = interner.dictionary().sorted()
        let ranked = codes.map {
            $0 == ShreddedKey.null ? $0 : UInt16(truncatingIfNeeded: ranks[Int($0)])
        }
        return ShreddedKey(key: key, dictionary: dictionary, codes: ranked)
    }
}
