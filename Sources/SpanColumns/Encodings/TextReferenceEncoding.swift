// References into text blocks. Rows in arrival order follow each other in their blocks, so that a
// length is all a row needs (sequential; exceptions carry their place); rows that were sorted
// carry block, offset and length (scattered). An empty text lies nowhere: (0, 0, 0).
// Format: schemas/encodings.md, "Sequential text" and "Scattered text".
// Cost: decoding about 2.5 ns a row.

import SpanModel

/// Writes text-reference bodies.
enum TextReferenceEncoding {
    static let headerBytes = 8

    /// Appends the smaller body and returns its encoding.
    static func append(_ references: [TextReference], to out: inout [UInt8]) -> PageEncoding {
        // 0: null, else length + 1.
        let lengths = references.map { $0.isNull ? 0 : Int64($0.length) + 1 }
        var blocks: [Int64] = []
        var offsets: [Int64] = []
        var exceptions: [Int] = []
        var next = TextReference.empty
        var last = next
        for (row, reference) in references.enumerated() {
            if !reference.isNull, reference.length > 0 {
                if reference.block != next.block || reference.offset != next.offset {
                    exceptions.append(row)
                }
                last = reference
                next.block = reference.block
                next.offset = reference.offset &+ reference.length
            }
            blocks.append(Int64(last.block))
            offsets.append(Int64(last.offset))
        }
        let scattered = byteCount(blocks) + byteCount(offsets)
        if headerBytes + exceptions.count * 10 <= scattered {
            out.appendInteger(UInt32(exceptions.count))
            out.appendInteger(UInt32(0))
            IntegerSection.append(lengths, to: &out)
            for row in exceptions { out.appendInteger(UInt16(row)) }
            for row in exceptions { out.appendInteger(references[row].block) }
            for row in exceptions { out.appendInteger(references[row].offset) }
            return .sequentialText
        }
        IntegerSection.append(blocks, to: &out)
        IntegerSection.append(offsets, to: &out)
        IntegerSection.append(lengths, to: &out)
        return .scatteredText
    }

    private static func byteCount(_ values: [Int64]) -> Int {
        values.withUnsafeBufferPointer { values in
            values.isEmpty
                ? IntegerSection.headerBytes
                : IntegerPlan(values, IntegerStatistics(values)).byteCount
        }
    }
}

/// Reads a text-reference body.
struct TextReferenceReader {
    private let rowCount: Int
    private let lengths: IntegerReader
    private let places: Places

    private enum Places {
        case sequential(Exceptions)
        case scattered(blocks: IntegerReader, offsets: IntegerReader)
    }

    private struct Exceptions {
        let count: Int
        let rows: UnsafeRawBufferPointer
        let blocks: UnsafeRawBufferPointer
        let offsets: UnsafeRawBufferPointer
    }

    /// Reads a body whose rows follow each other.
    init(sequential cursor: inout ByteReader, rowCount: Int) throws(StoreError) {
        self.rowCount = rowCount
        let count = Int(try cursor.integer(UInt32.self))
        try cursor.skipZeros(4)
        guard count <= rowCount else { throw cursor.damaged("\(count) exceptions") }
        lengths = try IntegerReader(&cursor, count: rowCount)
        places = .sequential(
            Exceptions(
                count: count, rows: try cursor.take(count * 2),
                blocks: try cursor.take(count * 4), offsets: try cursor.take(count * 4)))
    }

    /// Reads a body whose rows lie anywhere.
    init(scattered cursor: inout ByteReader, rowCount: Int) throws(StoreError) {
        self.rowCount = rowCount
        let blocks = try IntegerReader(&cursor, count: rowCount)
        let offsets = try IntegerReader(&cursor, count: rowCount)
        places = .scattered(blocks: blocks, offsets: offsets)
        lengths = try IntegerReader(&cursor, count: rowCount)
    }

    /// The references of `rows`; each lies in one of `blockCount` blocks and ends below 2^32.
    func decode(_ rows: Range<Int>, blockCount: Int) throws(StoreError) -> [TextReference] {
        switch places {
        case .sequential(let exceptions):
            return try follow(rows, exceptions, blockCount: blockCount)
        case .scattered(let blocks, let offsets):
            guard let lengths = try lengths.decodeUnsigned(rows) else { throw damaged("a length") }
            guard let blocks = try blocks.decodeUnsigned(rows),
                let offsets = try offsets.decodeUnsigned(rows)
            else { throw damaged("a place above 32 bits") }
            return try combine(lengths, blocks, offsets, blockCount: blockCount)
        }
    }

    /// Those of `part` whose text lies in one of `wanted`, over all blocks there are, and their texts;
    /// rows are counted from the first of `part`.
    func texts(
        _ part: Range<Int>, in wanted: BlockSet
    ) throws(StoreError) -> (rows: [UInt32], references: [TextReference]) {
        var rows: [UInt32] = []
        var references: [TextReference] = []
        guard case .scattered(let blocks, let offsets) = places else {
            let all = try decode(part, blockCount: wanted.blockCount)
            for (row, reference) in all.enumerated()
            where reference.hasBytes && wanted.contains(reference.block) {
                rows.append(UInt32(row))
                references.append(reference)
            }
            return (rows, references)
        }
        try lengths.check(0..<lengths.count)
        try offsets.check(0..<offsets.count)
        guard let blocks = try blocks.decodeUnsigned(part) else { throw damaged("a block number") }
        for (row, block) in blocks.enumerated() where wanted.contains(block) {
            let stored = lengths.value(at: part.lowerBound + row)
            guard stored > 1 else { continue }
            guard let length = UInt32(exactly: stored - 1),
                let offset = UInt32(exactly: offsets.value(at: part.lowerBound + row)),
                !offset.addingReportingOverflow(length).overflow
            else { throw outOfBlocks(part.lowerBound + row) }
            rows.append(UInt32(row))
            references.append(TextReference(block: block, offset: offset, length: length))
        }
        return (rows, references)
    }

    /// Starts at the last exception before the rows: from there on lengths tell where texts lie.
    private func follow(
        _ rows: Range<Int>, _ exceptions: Exceptions, blockCount: Int
    ) throws(StoreError) -> [TextReference] {
        var references: [TextReference] = []
        references.reserveCapacity(rows.count)
        let behind = firstException(behind: rows.lowerBound, exceptions)
        var exception = max(0, behind - 1)
        let start = behind == 0 ? 0 : min(rows.lowerBound, row(of: exception, exceptions))
        guard let lengths = try lengths.decodeUnsigned(start..<rows.upperBound) else {
            throw damaged("a length")
        }
        var (block, offset): (UInt32, UInt32) = (0, 0)
        var exceptionRow = row(of: exception, exceptions)
        for (index, stored) in lengths.enumerated() {
            let row = start + index
            if row == exceptionRow {
                block = exceptions.blocks.element(exception, as: UInt32.self)
                offset = exceptions.offsets.element(exception, as: UInt32.self)
                exception += 1
                exceptionRow = self.row(of: exception, exceptions)
            }
            guard stored > 1 else {
                if row >= rows.lowerBound { references.append(stored == 0 ? .null : .empty) }
                continue
            }
            let (end, overflow) = offset.addingReportingOverflow(stored - 1)
            guard !overflow, block < blockCount else { throw outOfBlocks(row) }
            if row >= rows.lowerBound {
                references.append(TextReference(block: block, offset: offset, length: stored - 1))
            }
            offset = end
        }
        guard rows.count < rowCount || exception == exceptions.count else {
            throw damaged("exceptions are out of order")
        }
        return references
    }

    /// The number of the first exception for a row behind `row`; they lie in order of row.
    private func firstException(behind row: Int, _ exceptions: Exceptions) -> Int {
        var low = 0
        var high = exceptions.count
        while low < high {
            let middle = (low + high) / 2
            if self.row(of: middle, exceptions) <= row { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func row(of exception: Int, _ exceptions: Exceptions) -> Int {
        exception < exceptions.count ? Int(exceptions.rows.element(exception, as: UInt16.self)) : -1
    }

    private func combine(
        _ lengths: [UInt32], _ blocks: [UInt32], _ offsets: [UInt32], blockCount: Int
    ) throws(StoreError) -> [TextReference] {
        var references: [TextReference] = []
        references.reserveCapacity(rowCount)
        for row in lengths.indices {
            let stored = lengths[row]
            guard stored > 1 else {
                references.append(stored == 0 ? .null : .empty)
                continue
            }
            guard !offsets[row].addingReportingOverflow(stored - 1).overflow,
                blocks[row] < blockCount
            else { throw outOfBlocks(row) }
            references.append(
                TextReference(block: blocks[row], offset: offsets[row], length: stored - 1))
        }
        return references
    }

    private func outOfBlocks(_ row: Int) -> StoreError {
        damaged("row \(row) lies outside its blocks")
    }

    private func damaged(_ reason: String) -> StoreError {
        .corruption(file: "page", offset: 0, region: "text", reason: reason)
    }
}
