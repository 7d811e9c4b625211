// A block of JSON objects without what key columns hold of them (schemas/segment.md, "Residual
// block"): per row a few items, from which the block of texts is assembled again byte for byte.
// Order of calls: read; `keys`; `assemble` with the values of these.
// Cost: about 10 ns an item.

import SpanColumns
import SpanModel

/// The rows of a residual block.
package struct ResidualBlock: Sendable {
    /// Row numbers in the segment.
    package let rows: Range<Int>
    /// Numbers of the key columns that rows take values of, a bit each.
    package let keys: UInt64
    private let items: [UInt8]

    /// Tags of items; from `firstHole` on, two for each key.
    enum Tag {
        static let end: UInt8 = 0
        static let literal: UInt8 = 1
        static let whole: UInt8 = 2
        static let nothing: UInt8 = 3
        static let firstHole: UInt8 = 4
    }

    /// Reads a block's bytes and checks every item. Throws `corruption`.
    package init(_ reader: ByteReader) throws(StoreError) {
        var reader = reader
        let firstRow = Int(try reader.uint32())
        let rowCount = Int(try reader.uint32())
        let itemBytes = Int(try reader.uint32())
        let code = try reader.uint8()
        guard let codec = BlockCodec(rawValue: code), codec == .stored || codec == .zstd else {
            throw reader.damage("items of codec \(code)")
        }
        guard itemBytes <= Limits.residualItemBytesMax else {
            throw reader.damage("\(itemBytes) bytes of items")
        }
        let packed = try reader.take(reader.remaining)
        items = try BlockCompressor.decompress(packed, codec: codec, rawLength: itemBytes)
        rows = firstRow..<firstRow + rowCount
        var keys: UInt64 = 0
        let isWhole = items.withUnsafeBytes { items in
            var cursor = Cursor(items)
            for _ in 0..<rowCount {
                guard cursor.skipRow(noting: &keys) else { return false }
            }
            return cursor.isAtEnd
        }
        guard isWhole else { throw reader.damage("items do not make \(rowCount) rows") }
        self.keys = keys
    }

    /// The texts of all rows back to back, `rawLength` bytes. `columns` are the key columns by number,
    /// values over `rows`; nil where `keys` has no bit. Throws `corruption` when a value is missing or
    /// the length is another.
    package func assemble(
        _ columns: [ResidualKey?], rawLength: Int
    ) throws(StoreError) -> [UInt8] {
        guard rawLength <= Limits.requestBodyBytesMax else { throw Self.damage("raw length") }
        var isRight = false
        let texts = [UInt8](unsafeUninitializedCapacity: rawLength) { buffer, count in
            var output = ResidualOutput(UnsafeMutableRawBufferPointer(buffer))
            var views: [ResidualView] = []
            items.withUnsafeBytes { items in
                ResidualKey.withViews(columns[...], &views) { views in
                    isRight = Self.write(Cursor(items), rows.count, views, to: &output)
                }
            }
            isRight = isRight && output.count == rawLength
            count = output.count
        }
        guard isRight else { throw Self.damage("a row does not come together") }
        return texts
    }

    private static func write(
        _ start: Cursor, _ rowCount: Int, _ columns: UnsafeBufferPointer<ResidualView>,
        to output: inout ResidualOutput
    ) -> Bool {
        var cursor = start
        for row in 0..<rowCount {
            guard writeRow(row, &cursor, columns, to: &output) else { return false }
        }
        return !output.hasOverflown
    }

    @inline(__always)
    private static func writeRow(
        _ row: Int, _ cursor: inout Cursor, _ columns: UnsafeBufferPointer<ResidualView>,
        to output: inout ResidualOutput
    ) -> Bool {
        var separator = UInt8(ascii: "{")
        while let item = cursor.next() {
            switch item {
            case .nothing: return true
            case .whole(let text):
                output.append(text)
                return true
            case .end:
                if separator == UInt8(ascii: "{") { output.append(separator) }
                output.append(UInt8(ascii: "}"))
                return true
            case .literal(let member):
                output.append(separator)
                output.append(member)
            case .hole(let key, let isString):
                output.append(separator)
                guard key < columns.count,
                    columns[key].append(row, isString: isString, to: &output)
                else { return false }
            }
            separator = UInt8(ascii: ",")
        }
        return false
    }

    private static func damage(_ reason: String) -> StoreError {
        .corruption(file: "block", offset: 0, region: "residual block", reason: reason)
    }

    /// A walk over items; nil and false at the end and where an item is not whole.
    private struct Cursor {
        enum Item {
            case end, nothing
            case literal(UnsafeRawBufferPointer)
            case whole(UnsafeRawBufferPointer)
            case hole(key: Int, isString: Bool)
        }

        private let items: UnsafeRawBufferPointer
        private var position = 0

        init(_ items: UnsafeRawBufferPointer) { self.items = items }

        var isAtEnd: Bool { position == items.count }

        mutating func next() -> Item? {
            guard position < items.count else { return nil }
            let tag = items[position]
            position += 1
            switch tag {
            case Tag.end: return .end
            case Tag.nothing: return .nothing
            case Tag.literal: return take(UInt16.self).map { .literal($0) }
            case Tag.whole: return take(UInt32.self).map { .whole($0) }
            default:
                let hole = tag - Tag.firstHole
                guard hole / 2 < Limits.keyColumnsMax else { return nil }
                return .hole(key: Int(hole / 2), isString: hole & 1 == 0)
            }
        }

        /// Passes over the items of a row, and notes the keys among them.
        mutating func skipRow(noting keys: inout UInt64) -> Bool {
            while let item = next() {
                switch item {
                case .end, .nothing, .whole: return true
                case .literal: continue
                case .hole(let key, _): keys |= 1 << UInt64(key)
                }
            }
            return false
        }

        private mutating func take<Length: FixedWidthInteger & BitwiseCopyable>(
            _ type: Length.Type
        ) -> UnsafeRawBufferPointer? {
            guard items.count - position >= MemoryLayout<Length>.size else { return nil }
            let length = Int(
                Length(littleEndian: items.loadUnaligned(fromByteOffset: position, as: type)))
            position += MemoryLayout<Length>.size
            guard items.count - position >= length else { return nil }
            defer { position += length }
            return UnsafeRawBufferPointer(rebasing: items[position..<position + length])
        }
    }
}
