// The messages of an Arrow IPC stream (arrow.apache.org, "Columnar Format", "Serialization and
// Interprocess Communication"; Message.fbs and Schema.fbs of format 1.5): their metadata as
// flatbuffers, framed. Numbers are those of the .fbs files.
// schemas/arrow.md says which Arrow type each column type becomes.

import SpanColumns
import SpanModel

/// Framed metadata of Arrow messages.
enum ArrowMessage {
    /// Buffers and bodies start at multiples of this, counted from the start of the stream.
    static let alignment = 64
    /// A frame without metadata: the stream ends.
    static let endOfStream: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]

    private static let versionFive: Int16 = 4

    private enum Header: UInt8 {
        case schema = 1
        case recordBatch = 3
    }

    /// The schema of a result; what is known of the whole answer is its metadata.
    static func schema(of table: ResultTable) -> [UInt8] {
        var metadata = [("truncated", table.isTruncated ? "true" : "false")]
        if let total = table.totalCount { metadata.append(("total", "\(total)")) }
        let littleEndian: FlatValue = .int16(0)
        return frame(
            .schema,
            [
                littleEndian, .tables(table.columns.map(field)),
                .tables(metadata.map { .table([.string($0.0), .string($0.1)]) }),
            ], bodyBytes: 0)
    }

    /// The head of a record batch: a node (rows, nulls) per column, and where the buffers of its
    /// body lie (offset, bytes).
    static func recordBatch(
        rowCount: Int, nodes: [(Int64, Int64)], buffers: [(Int64, Int64)], bodyBytes: Int
    ) -> [UInt8] {
        frame(
            .recordBatch, [.int64(Int64(rowCount)), .pairs(nodes), .pairs(buffers)],
            bodyBytes: bodyBytes)
    }

    /// `FF FF FF FF`, the metadata's length, and the metadata, padded so that the body is aligned.
    private static func frame(
        _ header: Header, _ fields: [FlatValue?], bodyBytes: Int
    ) -> [UInt8] {
        let metadata = FlatbufferWriter.encode(root: [
            .int16(versionFive), .uint8(header.rawValue), .table(fields), .int64(Int64(bodyBytes)),
        ])
        let length = aligned(8 + metadata.count) - 8
        var message: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
        message.put(UInt32(length))
        message.append(contentsOf: metadata)
        message.pad(to: alignment)
        return message
    }

    /// The next multiple of the alignment.
    static func aligned(_ bytes: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }

    private static func field(_ column: ResultColumn) -> FlatValue {
        let (number, type) = arrowType(column.type)
        let isNullable: FlatValue = .bool(true)
        // Some readers want the vector of children even where there are none.
        return .table([
            .string(column.name), isNullable, .uint8(number), .table(type), nil, .tables([]),
        ])
    }

    /// The number of a type in the union `Type` and the fields of its table.
    private static func arrowType(_ type: ColumnType) -> (number: UInt8, fields: [FlatValue?]) {
        let double: FlatValue = .int16(2)
        let nanosecond: FlatValue = .int16(3)
        switch type {
        case .int64: return (2, [.int32(64), .bool(true)])
        case .float64: return (3, [double])
        case .identifier, .string, .text, .json: return (5, [])
        case .bool: return (6, [])
        case .money: return (7, [.int32(38), .int32(12), .int32(128)])
        case .instant: return (10, [nanosecond, .string("UTC")])
        }
    }
}
