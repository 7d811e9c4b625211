// Takes the frequent keys of a JSON column apart into key columns. Keys are chosen from a sample of
// blocks; then every object is parsed once, in the order of its block, so that each block is
// decompressed once. Cost: about 0.3 µs an object of six keys; three to nine bytes a row for each key.

import SpanColumns
import SpanModel

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

    /// The keys of `column` that are worth one of their own, in order of their bytes, for rows in these row
    /// groups. Throws `corruption`.
    func keys(
        of column: Int, groups: [Range<Int>]
    ) throws(StoreError) -> [ShreddedKey] {
        let columns = try frequentKeys().map { KeyValues($0, rowCount: rows.count) }
        if columns.isEmpty { return [] }
        var names = KeyNames(columns.map(\.key))
        try forEachObject(ofBlocks: 1) { row, object in
            names.start()
            JSONObject.forEachMember(of: object) { name, value in
                guard let index = names.find(name) else { return }
                columns[index].set(row, value)
            }
        }
        return columns.compactMap { $0.finish(column: column, groups: groups) }
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
                let code: Int
                if key.hasEscapes {
                    name.removeAll(keepingCapacity: true)
                    key.appendText(to: &name)
                    guard name.count <= Limits.attributeKeyBytesMax else { return }
                    code = Int(name.withUnsafeBytes { interner.intern($0) })
                } else {
                    guard key.raw.count <= Limits.attributeKeyBytesMax else { return }
                    code = Int(interner.intern(key.raw))
                }
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
