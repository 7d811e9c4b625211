// A reader of Arrow IPC streams that knows no more than the tests need: it follows the flatbuffers'
// references by their rules and turns every value into text. Bytes outside the stream trap, which
// fails the test.

import SpanModel

/// A flatbuffer's table.
struct FlatTable {
    let bytes: [UInt8]
    let position: Int

    /// The root of a flatbuffer.
    init(root bytes: [UInt8]) {
        self.bytes = bytes
        position = Int(bytes.integer(0, as: UInt32.self))
    }

    private init(_ bytes: [UInt8], _ position: Int) {
        self.bytes = bytes
        self.position = position
    }

    private func place(_ field: Int) -> Int? {
        let vtable = position - Int(bytes.integer(position, as: Int32.self))
        guard 4 + 2 * field < Int(bytes.integer(vtable, as: UInt16.self)) else { return nil }
        let offset = Int(bytes.integer(vtable + 4 + 2 * field, as: UInt16.self))
        return offset == 0 ? nil : position + offset
    }

    /// An integer field; 0 when absent.
    func integer<T: FixedWidthInteger>(_ field: Int, as type: T.Type) -> T {
        place(field).map { bytes.integer($0, as: type) } ?? 0
    }

    private func target(_ field: Int) -> Int? {
        place(field).map { $0 + Int(bytes.integer($0, as: UInt32.self)) }
    }

    func table(_ field: Int) -> FlatTable? { target(field).map { FlatTable(bytes, $0) } }

    func string(_ field: Int) -> String {
        guard let start = target(field) else { return "" }
        let count = Int(bytes.integer(start, as: UInt32.self))
        return String(decoding: bytes[start + 4..<start + 4 + count], as: UTF8.self)
    }

    func tables(_ field: Int) -> [FlatTable] {
        guard let start = target(field) else { return [] }
        return (0..<Int(bytes.integer(start, as: UInt32.self))).map { index in
            let slot = start + 4 + 4 * index
            return FlatTable(bytes, slot + Int(bytes.integer(slot, as: UInt32.self)))
        }
    }

    func pairs(_ field: Int) -> [(Int, Int)] {
        guard let start = target(field) else { return [] }
        return (0..<Int(bytes.integer(start, as: UInt32.self))).map { index in
            let place = start + 4 + 16 * index
            return (
                Int(bytes.integer(place, as: Int64.self)),
                Int(bytes.integer(place + 8, as: Int64.self))
            )
        }
    }
}

extension [UInt8] {
    /// A little-endian integer.
    func integer<T: FixedWidthInteger>(_ offset: Int, as type: T.Type) -> T {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count)
        return withUnsafeBytes {
            T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self))
        }
    }
}

/// A stream as its reader sees it.
struct ArrowReader {
    private(set) var metadata: [String: String] = [:]
    /// Name and number of the type of each column.
    private(set) var columns: [(name: String, type: UInt8)] = []
    private(set) var batchRows: [Int] = []
    /// By column: values as text, nil = null.
    private(set) var values: [[String?]] = []
    /// By column: nulls that the nodes declare.
    private(set) var nullCounts: [Int] = []
    private(set) var isEnded = false
    /// Whether every buffer started at a multiple of 64 bytes.
    private(set) var isAligned = true

    init(_ stream: [UInt8]) {
        var position = 0
        while position < stream.count, !isEnded {
            precondition(stream.integer(position, as: UInt32.self) == .max)
            let length = Int(stream.integer(position + 4, as: UInt32.self))
            position += 8
            if length == 0 {
                isEnded = position == stream.count
                return
            }
            let message = FlatTable(root: Array(stream[position..<position + length]))
            position += length
            let bodyBytes = Int(message.integer(3, as: Int64.self))
            isAligned = isAligned && position % 64 == 0
            if let header = message.table(2) {
                switch message.integer(1, as: UInt8.self) {
                case 1: readSchema(header)
                case 3: readBatch(header, Array(stream[position..<position + bodyBytes]))
                default: preconditionFailure("unknown message")
                }
            }
            position += bodyBytes
        }
    }

    private mutating func readSchema(_ schema: FlatTable) {
        for field in schema.tables(1) {
            columns.append((field.string(0), field.integer(2, as: UInt8.self)))
            values.append([])
            nullCounts.append(0)
        }
        for pair in schema.tables(2) { metadata[pair.string(0)] = pair.string(1) }
    }

    private mutating func readBatch(_ batch: FlatTable, _ body: [UInt8]) {
        let rows = Int(batch.integer(0, as: Int64.self))
        batchRows.append(rows)
        var buffers = batch.pairs(2)[...]
        isAligned = isAligned && buffers.allSatisfy { $0.0 % 64 == 0 }
        for (index, node) in batch.pairs(1).enumerated() {
            precondition(node.0 == rows)
            nullCounts[index] += node.1
            let type = columns[index].type
            let own = buffers.prefix(type == 5 ? 3 : 2).map { Array(body[$0.0..<$0.0 + $0.1]) }
            buffers = buffers.dropFirst(own.count)
            for row in 0..<rows {
                let isNull = !own[0].isEmpty && own[0][row / 8] >> UInt8(row % 8) & 1 == 0
                values[index].append(isNull ? nil : Self.text(type, own, row))
            }
        }
        precondition(buffers.isEmpty)
    }

    private static func text(_ type: UInt8, _ buffers: [[UInt8]], _ row: Int) -> String {
        switch type {
        case 2, 10: "\(buffers[1].integer(row * 8, as: Int64.self))"
        case 3: "\(buffers[1].integer(row * 8, as: UInt64.self))"
        case 6: "\(buffers[1][row / 8] >> UInt8(row % 8) & 1)"
        case 7: "\(buffers[1].integer(row * 16, as: Int128.self))"
        default:
            String(
                decoding: buffers[2][
                    Int(
                        buffers[1].integer(row * 4, as: Int32.self))..<Int(
                            buffers[1].integer(row * 4 + 4, as: Int32.self))], as: UTF8.self)
        }
    }
}
