// Reads references into text blocks: all of some rows, or those that lie in some blocks.
// Format: schemas/encodings.md, "Sequential text" and "Scattered text".
// Cost: decoding about 2.5 ns a row; of sequential rows only those between exceptions of the blocks asked for
// are decoded.

import SpanModel

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
        let count = Int(try cursor.uint32())
        try cursor.reserved(4)
        guard count <= rowCount else { throw cursor.damage("\(count) exceptions") }
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
        let (blocks, offsets): (IntegerReader, IntegerReader)
        switch places {
        case .sequential(let exceptions):
            for run in try runs(of: exceptions, in: part, wanted) {
                let texts = try follow(run, exceptions, blockCount: wanted.blockCount)
                for (row, text) in zip(run, texts) where text.hasBytes {
                    rows.append(UInt32(row - part.lowerBound))
                    references.append(text)
                }
            }
            return (rows, references)
        case .scattered(let numbers, let places): (blocks, offsets) = (numbers, places)
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

    /// The rows of `part` whose texts lie in `wanted`, as few runs: between one exception and the next all
    /// lie in one block.
    private func runs(
        of exceptions: Exceptions, in part: Range<Int>, _ wanted: BlockSet
    ) throws(StoreError) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var exception = firstException(behind: part.lowerBound, exceptions)
        var start = part.lowerBound
        while start < part.upperBound {
            let next = exception < exceptions.count ? row(of: exception, exceptions) : rowCount
            guard next > start else { throw damaged("exceptions are out of order") }
            let end = min(next, part.upperBound)
            let block =
                exception == 0 ? 0 : exceptions.blocks.element(exception - 1, as: UInt32.self)
            if wanted.contains(block) {
                let first = runs.last?.upperBound == start ? runs.removeLast().lowerBound : start
                runs.append(first..<end)
            }
            start = end
            exception += 1
        }
        return runs
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
        (0..<exceptions.count).partitionPoint { self.row(of: $0, exceptions) <= row }
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
