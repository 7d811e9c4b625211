// A column batch ↔ the payload of a WAL record. Only columns that have values are written, each
// in one section; sections together are one LZ4 block when that is smaller; text blocks follow as
// they are, compressed once when they were built. Format: schemas/batch.md.
// Cost: in batches of thousands of rows about 4 ns a value to encode and 1.5 to decode; a batch of
// one span about 2 µs and 3.5 µs.

import SpanModel

/// Writes and reads column batches.
package enum BatchCodec {
    /// The version written, and the newest one read.
    package static let version: UInt8 = 1
    static let headerBytes = 16
    /// Sections below this are stored: compression would not pay.
    private static let compressedBytesMin = 512

    /// The bytes of a batch of up to `Limits.recordRowsMax` rows. Text blocks are read from their
    /// sources; throws what they throw.
    package static func encode(_ batch: ColumnBatch) throws(StoreError) -> [UInt8] {
        precondition(batch.rowCount <= Limits.recordRowsMax)
        var sections: [UInt8] = []
        var blocks: [TextBlock] = []
        let present = batch.columns.indices.filter { !isAbsent(batch.columns[$0]) }
        sections.append(UInt8(present.count))
        for number in present {
            sections.append(UInt8(number))
            try BatchSection.append(batch.columns[number], to: &sections, blocks: &blocks)
        }
        let packed = pack(sections)
        var out: [UInt8] = []
        let blockBytes = blocks.reduce(0) { $0 + $1.bytes.count }
        out.reserveCapacity(headerBytes + packed.bytes.count + blockBytes)
        out.append(contentsOf: [version, batch.schema.number, packed.codec.rawValue, 0])
        out.put(UInt32(batch.rowCount))
        out.put(UInt32(sections.count))
        out.put(UInt32(packed.bytes.count))
        out.append(contentsOf: packed.bytes)
        for block in blocks { out.append(contentsOf: block.bytes) }
        return out
    }

    /// The batch of some bytes. Throws `corruption` (file "batch") when they are none, and
    /// `unsupportedVersion` when a newer program wrote them. Strings and texts are not checked to
    /// be UTF-8: they were before they were written.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer
    ) throws(StoreError) -> ColumnBatch {
        var cursor = ByteReader(bytes, file: "batch", region: "batch header")
        let found = try cursor.uint8()
        guard found == version else {
            throw .unsupportedVersion(
                file: "batch", found: UInt32(found), newest: UInt32(version))
        }
        let table = try cursor.uint8()
        let codecCode = try cursor.uint8()
        try cursor.reserved(1)
        let rowCount = Int(try cursor.uint32())
        let rawLength = Int(try cursor.uint32())
        let length = Int(try cursor.uint32())
        guard let schema = Tables.numbered(table) else {
            throw cursor.damage("unknown table \(table)")
        }
        guard let codec = BlockCodec(rawValue: codecCode), codec != .zstd,
            rowCount <= Limits.recordRowsMax
        else { throw cursor.damage("codec \(codecCode), \(rowCount) rows") }
        let packed = try cursor.take(length)
        let blockBytes = cursor.takeRest()
        if codec == .stored {
            guard length == rawLength else { throw cursor.damage("stored length differs") }
            return try decode(packed, blockBytes, schema: schema, rowCount: rowCount)
        }
        let sections = try BlockCompressor.decompress(packed, codec: codec, rawLength: rawLength)
        let result: Result<ColumnBatch, StoreError> = sections.withUnsafeBytes { sections in
            Result { () throws(StoreError) in
                try decode(sections, blockBytes, schema: schema, rowCount: rowCount)
            }
        }
        return try result.get()
    }

    private static func decode(
        _ sections: UnsafeRawBufferPointer, _ blockBytes: UnsafeRawBufferPointer,
        schema: TableSchema, rowCount: Int
    ) throws(StoreError) -> ColumnBatch {
        var cursor = ByteReader(sections, file: "batch", region: "batch columns")
        var blocks = ByteReader(blockBytes, file: "batch", region: "batch text blocks")
        var columns = [ColumnVector](
            repeating: .null(count: rowCount), count: schema.columns.count)
        var previous = -1
        for _ in 0..<(try cursor.uint8()) {
            let number = Int(try cursor.uint8())
            guard number > previous, number < schema.columns.count else {
                throw cursor.damage("column \(number) of \(schema.name)")
            }
            previous = number
            columns[number] = try BatchSection.vector(
                &cursor, form: schema.columns[number].type.form, rowCount: rowCount,
                blocks: &blocks)
        }
        try cursor.finish()
        try blocks.finish()
        return ColumnBatch(schema: schema, rowCount: rowCount, columns: columns)
    }

    private static func isAbsent(_ vector: ColumnVector) -> Bool {
        if case .null = vector { true } else { false }
    }

    private static func pack(_ sections: [UInt8]) -> TextBlock {
        let isCompressible =
            sections.count >= compressedBytesMin && sections.count <= Limits.requestBodyBytesMax
        return BlockCompressor.compress(sections, codec: isCompressible ? .lz4 : .stored)
    }
}
