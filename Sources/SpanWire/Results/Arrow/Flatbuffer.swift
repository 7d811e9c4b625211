// Flatbuffers (flatbuffers.dev, "FlatBuffers Internals"), as much of them as Arrow's metadata needs:
// a value tree that mirrors the tables of Arrow's Message.fbs and Schema.fbs, and its bytes.
// Bytes are written front to back: a table lies before what it refers to, and the places of its
// references are filled in when their targets have been written.
// Cost: microseconds a message, whatever its body.

import SpanModel

/// A value of a flatbuffer's table.
indirect enum FlatValue {
    case bool(Bool)
    case uint8(UInt8)
    case int16(Int16)
    case int32(Int32)
    case int64(Int64)
    case string(String)
    /// Fields by number; nil ones are absent and have their default.
    case table([FlatValue?])
    /// A vector of tables.
    case tables([FlatValue])
    /// A vector of structs of two int64.
    case pairs([(Int64, Int64)])

    /// Bytes of the value, or of the reference to it, inside a table.
    fileprivate var inlineBytes: Int {
        switch self {
        case .bool, .uint8: 1
        case .int16: 2
        case .int32, .string, .table, .tables, .pairs: 4
        case .int64: 8
        }
    }
}

/// Writes one flatbuffer.
struct FlatbufferWriter {
    private var bytes: [UInt8] = []

    /// The flatbuffer whose root is a table of these fields.
    static func encode(root fields: [FlatValue?]) -> [UInt8] {
        var writer = FlatbufferWriter()
        writer.appendReference()
        writer.setReference(at: 0, to: writer.appendTable(fields))
        return writer.bytes
    }

    /// Appends a vtable and its table; the position of the table. The first field lies at a
    /// multiple of 8 and larger ones before smaller ones, so that all are aligned.
    private mutating func appendTable(_ fields: [FlatValue?]) -> Int {
        let vtableBytes = 4 + 2 * fields.count
        pad { ($0 + vtableBytes + 4) % 8 == 0 }
        let order = [8, 4, 2, 1].flatMap { size in
            fields.indices.filter { fields[$0]?.inlineBytes == size }
        }
        var offsets = [UInt16](repeating: 0, count: fields.count)
        var tableBytes: UInt16 = 4
        for number in order {
            offsets[number] = tableBytes
            tableBytes += UInt16(fields[number]?.inlineBytes ?? 0)
        }
        bytes.put(UInt16(vtableBytes))
        bytes.put(tableBytes)
        for offset in offsets { bytes.put(offset) }
        let position = bytes.count
        bytes.put(Int32(vtableBytes))
        for number in order { appendInline(fields[number]) }
        for (number, offset) in zip(fields.indices, offsets) where offset > 0 {
            appendTarget(of: fields[number], reference: position + Int(offset))
        }
        return position
    }

    /// Appends a field's value, or room for the reference to it.
    private mutating func appendInline(_ value: FlatValue?) {
        switch value {
        case .bool(let value): bytes.put(value ? 1 as UInt8 : 0)
        case .uint8(let value): bytes.put(value)
        case .int16(let value): bytes.put(value)
        case .int32(let value): bytes.put(value)
        case .int64(let value): bytes.put(value)
        case .string, .table, .tables, .pairs: appendReference()
        case nil: break
        }
    }

    /// Appends what a field refers to and fills in the reference.
    private mutating func appendTarget(of value: FlatValue?, reference: Int) {
        switch value {
        case .string(let text): setReference(at: reference, to: appendString(text))
        case .table(let fields): setReference(at: reference, to: appendTable(fields))
        case .tables(let tables): setReference(at: reference, to: appendVector(tables))
        case .pairs(let pairs): setReference(at: reference, to: appendVector(pairs))
        case .bool, .uint8, .int16, .int32, .int64, nil: break
        }
    }

    private mutating func appendString(_ text: String) -> Int {
        pad { $0 % 4 == 0 }
        let position = bytes.count
        bytes.put(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
        return position
    }

    private mutating func appendVector(_ tables: [FlatValue]) -> Int {
        pad { $0 % 4 == 0 }
        let position = bytes.count
        bytes.put(UInt32(tables.count))
        for _ in tables { appendReference() }
        for (index, table) in tables.enumerated() {
            appendTarget(of: table, reference: position + 4 + 4 * index)
        }
        return position
    }

    private mutating func appendVector(_ pairs: [(Int64, Int64)]) -> Int {
        pad { ($0 + 4) % 8 == 0 }
        let position = bytes.count
        bytes.put(UInt32(pairs.count))
        for (first, second) in pairs {
            bytes.put(first)
            bytes.put(second)
        }
        return position
    }

    private mutating func appendReference() { bytes.put(0 as UInt32) }

    /// References count from their own place.
    private mutating func setReference(at place: Int, to target: Int) {
        let distance = UInt32(target - place)
        for index in 0..<4 {
            bytes[place + index] = UInt8(truncatingIfNeeded: distance >> (8 * UInt32(index)))
        }
    }

    private mutating func pad(until isAligned: (Int) -> Bool) {
        while !isAligned(bytes.count) { bytes.append(0) }
    }
}
