// The state of a ranked pass and its tight loop. A cell is a group, told by its small key, together
// with the conditions that a row meets; for each cell values are counted by rank code, added up and
// compared with the extremes known. Numbers are those packed in pages: value = base + number × unit.
// Order of calls: `open` before each page, `add` per block, `close` behind it; then `rowCount`,
// `summary` and `addCounts` by cell, and `clear`.
// Cost: about 0.8 ns a row, with the counts of few cells in the nearest cache; 1 KiB a cell.

import SpanColumns

/// Counts, sums and extremes by cell.
final class RankedCells {
    /// Bits of a cell's number.
    static let bitsMax = 9

    /// A cell's share of the page that is open.
    private struct PageSums {
        /// Neighbouring rows often are of one cell: row i adds in lane i % 4, so that none waits for
        /// the store of the one before.
        var lanes: SIMD4<UInt64> = .zero
        /// Numbers below or above these are new extremes.
        var least = Int64.max
        var greatest = Int64.min

        @inline(never)
        mutating func take(_ number: Int64) {
            least = min(least, number)
            greatest = max(greatest, number)
        }
    }

    let cellCount: Int
    /// By cell × 256 + code.
    private let codeCounts: UnsafeMutableBufferPointer<UInt32>
    private let sums: UnsafeMutableBufferPointer<PageSums>
    /// By cell, of the pages that are closed.
    private var summaries: [IntegerSummaryState]

    init(cellCount: Int) {
        precondition(cellCount <= 1 << Self.bitsMax)
        self.cellCount = cellCount
        codeCounts = .allocate(capacity: cellCount * RankBounds.codeCount)
        codeCounts.initialize(repeating: 0)
        sums = .allocate(capacity: cellCount)
        sums.initialize(repeating: PageSums())
        summaries = Array(repeating: IntegerSummaryState(), count: cellCount)
    }

    deinit {
        codeCounts.deallocate()
        sums.deallocate()
    }

    /// Begins a page: extremes so far become numbers of it.
    func open(base: Int64, unit: Int64) {
        for cell in 0..<cellCount {
            sums[cell] = PageSums()
            guard summaries[cell].count > 0 else { continue }
            let (below, belowWraps) = summaries[cell].minimum.subtractingReportingOverflow(base)
            let (above, aboveWraps) = summaries[cell].maximum.subtractingReportingOverflow(base)
            if belowWraps || aboveWraps { continue }
            // Rounded towards each other, so that just what lies beyond the extremes is new.
            sums[cell].least = below / unit + (below > 0 && below % unit != 0 ? 1 : 0)
            sums[cell].greatest = above / unit - (above < 0 && above % unit != 0 ? 1 : 0)
        }
    }

    /// Takes in some rows of a block. `rows` counts from `first`, which is the block's first; nil:
    /// all of them. Cells are below `cellCount`; the number of a null is 0.
    func add(_ block: RankedBlock, rows: ArraySlice<UInt32>?, first: Int, validity: [UInt8]?) {
        switch (rows, validity) {
        case (nil, nil):
            add(block, count: block.rowCount) {
                $0
            } isValid: { _ in
                true
            }
        case (nil, let validity?):
            validity.withUnsafeBufferPointer { validity in
                add(block, count: block.rowCount) {
                    $0
                } isValid: {
                    validity[$0] != 0
                }
            }
        case (let rows?, nil):
            rows.withUnsafeBufferPointer { rows in
                add(block, count: rows.count) {
                    Int(rows[$0]) &- first
                } isValid: { _ in
                    true
                }
            }
        case (let rows?, let validity?):
            rows.withUnsafeBufferPointer { rows in
                validity.withUnsafeBufferPointer { validity in
                    add(block, count: rows.count) {
                        Int(rows[$0]) &- first
                    } isValid: {
                        validity[$0] != 0
                    }
                }
            }
        }
    }

    @inline(__always)
    private func add(
        _ block: RankedBlock, count: Int, row: (Int) -> Int, isValid: (Int) -> Bool
    ) {
        guard let codeCounts = codeCounts.baseAddress, let sums = sums.baseAddress,
            let codes = block.codes
        else { return }
        let (cells, numbers) = (block.cells, block.numbers)
        @inline(__always)
        func take(_ place: Int, _ lane: Int) {
            let row = row(place)
            let cell = Int(cells[row])
            codeCounts[cell &<< 8 | Int(codes[row])] &+= 1
            let number = numbers[row]
            sums[cell].lanes[lane] &+= UInt64(bitPattern: number)
            // New extremes are rare; without the hint they are stored again for each row.
            if _slowPath(number < sums[cell].least || number > sums[cell].greatest), isValid(row) {
                sums[cell].take(number)
            }
        }
        var place = 0
        while place &+ 4 <= count {
            take(place, 0)
            take(place &+ 1, 1)
            take(place &+ 2, 2)
            take(place &+ 3, 3)
            place &+= 4
        }
        while place < count {
            take(place, 0)
            place &+= 1
        }
    }

    /// Ends a page: its numbers become values.
    func close(base: Int64, unit: Int64) {
        for cell in 0..<cellCount {
            let added = valueCount(cell) - summaries[cell].count
            guard added > 0 else { continue }
            let page = sums[cell]
            var sum = Int128(added) * Int128(base)
            for lane in 0..<4 { sum += Int128(page.lanes[lane]) * Int128(unit) }
            summaries[cell].merge(
                IntegerSummaryState(
                    sum: sum, count: added, minimum: base &+ page.least &* unit,
                    maximum: base &+ page.greatest &* unit))
        }
    }

    /// Rows of a cell that have a value.
    private func valueCount(_ cell: Int) -> Int {
        var count: UInt32 = 0
        let start = cell &<< 8
        for code in start..<start &+ Int(RankBounds.null) { count &+= codeCounts[code] }
        return Int(count)
    }

    /// Rows of a cell.
    func rowCount(_ cell: Int) -> Int {
        valueCount(cell) + Int(codeCounts[cell << 8 | Int(RankBounds.null)])
    }

    /// What is known of a cell's values, of closed pages.
    func summary(_ cell: Int) -> IntegerSummaryState { summaries[cell] }

    /// Adds a cell's counts by code to those of a group.
    func addCounts(of cell: Int, to group: Int, in counts: inout RankCounts) {
        counts.add(
            UnsafeBufferPointer(rebasing: codeCounts[cell << 8..<(cell + 1) << 8]), to: group)
    }

    /// Forgets everything.
    func clear() {
        codeCounts.update(repeating: 0)
        summaries = Array(repeating: IntegerSummaryState(), count: cellCount)
    }
}
