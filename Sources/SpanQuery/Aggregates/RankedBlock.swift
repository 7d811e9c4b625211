// The rows that a ranked pass works on at a time, read from pages into memory that stays: a cell, a number
// and a rank code for each.
// Order of calls: `readCells`, which sets the rows, then the others.
// Cost: about 0.1 ns a row for each key and condition, 0.4 for numbers, 0.4 for a choice.

import SpanColumns
import SpanModel

/// Memory for the rows of one block.
final class RankedBlock {
    private(set) var rowCount = 0
    /// By row.
    let cells: UnsafeMutablePointer<UInt32>
    /// By row; 0 for a null.
    let numbers: UnsafeMutablePointer<Int64>
    /// By row: its rank code, in the page's bytes.
    private(set) var codes: UnsafePointer<UInt8>?
    /// What cells are made of, and rows that were chosen.
    private let parts: UnsafeMutablePointer<UInt32>

    init() {
        cells = .allocate(capacity: PageReader.blockRows)
        numbers = .allocate(capacity: PageReader.blockRows)
        parts = .allocate(capacity: PageReader.blockRows)
    }

    deinit {
        cells.deallocate()
        numbers.deallocate()
        parts.deallocate()
    }

    /// Reads keys and rank codes of some rows, no more than a block; false when the pages are damaged.
    func readCells(_ pages: RankedPages, _ rows: Range<Int>, _ layout: RankedLayout) -> Bool {
        precondition(rows.count <= PageReader.blockRows && rows.upperBound <= pages.codes.count)
        rowCount = rows.count
        codes = pages.codes.baseAddress.map {
            ($0 + rows.lowerBound).assumingMemoryBound(to: UInt8.self)
        }
        if layout.keys.isEmpty { cells.update(repeating: 0, count: rowCount) }
        let pageRows = pages.pageRows(rows)
        for (index, key) in layout.keys.enumerated() {
            guard pages.keys[index].copy(pageRows, into: index == 0 ? cells : parts) else {
                return false
            }
            if index > 0 { Self.combine(cells, parts, shift: UInt32(key.shift), rowCount) }
        }
        return true
    }

    private static func combine(
        _ cells: UnsafeMutablePointer<UInt32>, _ parts: UnsafePointer<UInt32>, shift: UInt32,
        _ rowCount: Int
    ) {
        for row in 0..<rowCount { cells[row] |= parts[row] &<< shift }
    }

    /// Marks in their cells the rows that meet conditions; false when the pages are damaged.
    func readConditions(
        _ pages: RankedPages, _ rows: Range<Int>, _ layout: RankedLayout
    ) -> Bool {
        let pageRows = pages.pageRows(rows)
        for (index, condition) in layout.conditions.enumerated() {
            guard let wanted = condition.code else { continue }
            guard pages.keys[layout.keys.count + index].copy(pageRows, into: parts) else {
                return false
            }
            Self.mark(cells, parts, equal: wanted, with: condition.mark, rowCount)
        }
        return true
    }

    private static func mark(
        _ cells: UnsafeMutablePointer<UInt32>, _ parts: UnsafePointer<UInt32>,
        equal wanted: UInt32, with mark: UInt32, _ rowCount: Int
    ) {
        for row in 0..<rowCount { cells[row] |= parts[row] == wanted ? mark : 0 }
    }

    /// Reads numbers; returns which are valid, nil when all are. Throws `corruption`.
    func readNumbers(
        _ pages: RankedPages, _ rows: Range<Int>
    ) throws(StoreError) -> [UInt8]? {
        let pageRows = pages.pageRows(rows)
        pages.distances.copy(pageRows, into: numbers)
        guard let validity = try pages.distances.validity(pageRows) else { return nil }
        for row in validity.indices { numbers[row] &= 0 &- Int64(validity[row]) }
        return validity
    }

    /// Rows of the block whose cell and code are flagged, by cell × 256 + code, until the next call of
    /// any function; `rows` as in `RankedCells.add`.
    func flagged(
        _ flags: [UInt8], rows: ArraySlice<UInt32>?, first: Int
    ) -> UnsafeBufferPointer<UInt32> {
        flags.withUnsafeBufferPointer { flags in
            guard let rows else { return choose(flags, count: rowCount) { $0 } }
            return rows.withUnsafeBufferPointer { rows in
                choose(flags, count: rows.count) { Int(rows[$0]) &- first }
            }
        }
    }

    @inline(__always)
    private func choose(
        _ flags: UnsafeBufferPointer<UInt8>, count: Int, row: (Int) -> Int
    ) -> UnsafeBufferPointer<UInt32> {
        guard let codes, let flags = flags.baseAddress else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        let (cells, chosen) = (cells, parts)
        var next = 0
        for place in 0..<count {
            let row = row(place)
            chosen[next] = UInt32(truncatingIfNeeded: row)
            next &+= Int(flags[Int(cells[row]) &<< 8 | Int(codes[row])])
        }
        return UnsafeBufferPointer(start: chosen, count: next)
    }
}
