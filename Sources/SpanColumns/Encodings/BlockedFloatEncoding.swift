// Doubles of close magnitude, 256 rows at a time: the bits of each block above their least, without
// the zero bits that all of them end with, bit-packed. Values that came from Float32 cost their 24
// bits, others the mantissa; a block of another magnitude costs its neighbours nothing.
// Format: schemas/encodings.md, "Blocked floats".
// Cost: decoding about 0.5 ns a row.

import SpanModel

/// Writes blocked-float bodies.
enum BlockedFloatEncoding {
    static let headerBytes = 8
    /// Base, shift and width of a block.
    static let blockBytes = 10
    static let blockRows = 256

    /// What every block of a page needs.
    struct Plan {
        fileprivate(set) var blocks: [Block] = []
        /// The bits of all rows, those of exceptions replaced.
        fileprivate(set) var bits: [Int64] = []
        fileprivate(set) var exceptions: [Int] = []

        /// Bytes of the body.
        var byteCount: Int {
            var count = headerBytes + blocks.count * blockBytes + exceptions.count * 10
            var rows = bits.count
            for block in blocks {
                count += PackedLanes.byteCount(min(rows, blockRows), width: block.width)
                rows -= blockRows
            }
            return count
        }
    }

    struct Block {
        let base: UInt64
        let shift: Int
        let width: Int
    }

    /// The plan for `values`, of which there must be some. Numbers that are not finite are
    /// exceptions.
    static func plan(_ values: UnsafeBufferPointer<Double>) -> Plan {
        var plan = Plan()
        plan.bits.reserveCapacity(values.count)
        for start in stride(from: 0, to: values.count, by: blockRows) {
            let rows = start..<min(start + blockRows, values.count)
            let first = rows.first { values[$0].isFinite }.map { values[$0].bitPattern } ?? 0
            var (least, greatest, differing) = (first, first, UInt64(0))
            var previous = first
            for row in rows {
                if values[row].isFinite {
                    previous = values[row].bitPattern
                } else {
                    plan.exceptions.append(row)
                }
                plan.bits.append(Int64(bitPattern: previous))
                least = min(least, previous)
                greatest = max(greatest, previous)
                differing |= previous ^ first
            }
            let shift = min(63, differing.trailingZeroBitCount)
            plan.blocks.append(
                Block(
                    base: least, shift: shift, width: bitWidth((greatest - least) >> UInt64(shift)))
            )
        }
        return plan
    }

    /// Appends the body.
    static func append(
        _ values: UnsafeBufferPointer<Double>, _ plan: Plan, to out: inout [UInt8]
    ) {
        out.put(UInt32(plan.exceptions.count))
        out.put(UInt32(0))
        for block in plan.blocks { out.put(block.base) }
        for block in plan.blocks { out.append(UInt8(block.shift)) }
        for block in plan.blocks { out.append(UInt8(block.width)) }
        plan.bits.withUnsafeBufferPointer { bits in
            for (index, block) in plan.blocks.enumerated() {
                let start = index * blockRows
                let part = UnsafeBufferPointer(
                    rebasing: bits[start..<min(start + blockRows, bits.count)])
                PackedLanes.append(
                    part, base: Int64(bitPattern: block.base), unit: 1 << UInt64(block.shift),
                    width: block.width, to: &out)
            }
        }
        for row in plan.exceptions { out.put(UInt16(row)) }
        for row in plan.exceptions { out.put(values[row].bitPattern) }
    }
}

/// Reads a blocked-float body.
struct BlockedFloatReader {
    private let rowCount: Int
    private let exceptionCount: Int
    private let bases: UnsafeRawBufferPointer
    private let shifts: UnsafeRawBufferPointer
    private let widths: UnsafeRawBufferPointer
    private let packed: UnsafeRawBufferPointer
    private let exceptionRows: UnsafeRawBufferPointer
    private let exceptionBits: UnsafeRawBufferPointer

    init(_ cursor: inout ByteReader, rowCount: Int) throws(StoreError) {
        self.rowCount = rowCount
        exceptionCount = Int(try cursor.uint32())
        try cursor.reserved(4)
        guard exceptionCount <= rowCount else {
            throw cursor.damage("\(exceptionCount) exceptions")
        }
        let rows = BlockedFloatEncoding.blockRows
        let blockCount = (rowCount + rows - 1) / rows
        bases = try cursor.take(blockCount * 8)
        shifts = try cursor.take(blockCount)
        widths = try cursor.take(blockCount)
        var byteCount = 0
        for block in 0..<blockCount {
            let width = Int(widths[block])
            guard width <= 64, shifts[block] < 64 else {
                throw cursor.damage("width \(width), shift \(shifts[block])")
            }
            byteCount += PackedLanes.byteCount(min(rows, rowCount - block * rows), width: width)
        }
        packed = try cursor.take(byteCount)
        exceptionRows = try cursor.take(exceptionCount * 2)
        exceptionBits = try cursor.take(exceptionCount * 8)
    }

    /// The values of `rows`.
    func decode(_ rows: Range<Int>) throws(StoreError) -> [Double] { try decode([rows]) }

    /// The values of some runs of rows, ascending and apart, one behind the other.
    func decode(_ runs: [Range<Int>]) throws(StoreError) -> [Double] {
        let count = runs.reduce(0) { $0 + $1.count }
        var values = [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
            buffer.withMemoryRebound(to: Int64.self) { bits in
                if let out = bits.baseAddress { unpack(runs, into: out) }
            }
            initialized = count
        }
        try replaceExceptions(&values, runs)
        return values
    }

    private func replaceExceptions(
        _ values: inout [Double], _ runs: [Range<Int>]
    ) throws(StoreError) {
        var last = -1
        var run = 0
        // Values of the runs before.
        var place = 0
        for index in 0..<exceptionCount {
            let row = Int(exceptionRows.element(index, as: UInt16.self))
            guard row > last, row < rowCount else {
                throw .corruption(
                    file: "page", offset: 0, region: "blockedFloats",
                    reason: "exceptions are out of order")
            }
            last = row
            while run < runs.count, runs[run].upperBound <= row {
                place += runs[run].count
                run += 1
            }
            guard run < runs.count, runs[run].contains(row) else { continue }
            values[place + row - runs[run].lowerBound] = Double(
                bitPattern: exceptionBits.element(index, as: UInt64.self))
        }
    }

    private func unpack(_ runs: [Range<Int>], into out: UnsafeMutablePointer<Int64>) {
        var place = Place()
        var placeAhead = Place()
        var ahead = 0
        var target = out
        for (index, run) in runs.enumerated() {
            while ahead < min(index + PackedLanes.runsAhead, runs.count) {
                forEachBlock(of: runs[ahead], from: &placeAhead) { lanes, rows, _ in
                    lanes.prefetch(rows)
                }
                ahead += 1
            }
            forEachBlock(of: run, from: &place) { lanes, rows, block in
                lanes.unpack(
                    block: 0, rows: rows, base: bases.element(block, as: Int64.self),
                    unit: 1 << UInt64(shifts[block]), into: target)
                target += rows.count
            }
        }
    }

    /// A block, and where its numbers lie.
    private struct Place {
        var block = 0
        var offset = 0
    }

    /// Calls `body` with the numbers of each block that holds some rows of a run, which of them those are,
    /// and the block; `place` is that of a row before.
    @inline(__always)
    private func forEachBlock(
        of run: Range<Int>, from place: inout Place, _ body: (PackedLanes, Range<Int>, Int) -> Void
    ) {
        precondition(run.lowerBound >= 0 && run.upperBound <= rowCount)
        let blockRows = BlockedFloatEncoding.blockRows
        var row = run.lowerBound
        while row < run.upperBound {
            while (place.block + 1) * blockRows <= row {
                place.offset += byteCount(of: place.block)
                place.block += 1
            }
            let first = place.block * blockRows
            let count = min(blockRows, rowCount - first)
            let end = min(run.upperBound, first + count)
            let bytes = place.offset..<place.offset + byteCount(of: place.block)
            let lanes = PackedLanes(
                UnsafeRawBufferPointer(rebasing: packed[bytes]), count: count,
                width: Int(widths[place.block]))
            body(lanes, row - first..<end - first, place.block)
            row = end
        }
    }

    private func byteCount(of block: Int) -> Int {
        let first = block * BlockedFloatEncoding.blockRows
        return PackedLanes.byteCount(
            min(BlockedFloatEncoding.blockRows, rowCount - first), width: Int(widths[block]))
    }
}
