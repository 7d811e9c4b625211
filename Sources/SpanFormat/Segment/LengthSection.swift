// The lengths of a segment's live rows by group ↔ bytes (schemas/segment.md, "Lengths"): counts by
// group and rank code, and the lengths themselves, in cells that are read alone.
// Cost: writing 40 ns a row; opening 2 ns a cell.

import SpanColumns
import SpanModel

/// The live rows of a segment, column by column, in order of row number.
package struct LengthRows {
    package let lengths: ArraySlice<Int64>
    /// Codes of the lengths by `bounds`; `RankBounds.null` where there is none.
    package let ranks: ArraySlice<UInt8>
    package let bounds: RankBounds
    /// Codes in the dictionaries of the two columns, `StringVector.nullCode` for null.
    package let keys: ArraySlice<UInt32>
    package let conditions: ArraySlice<UInt32>

    package init(
        lengths: ArraySlice<Int64>, ranks: ArraySlice<UInt8>, bounds: RankBounds,
        keys: ArraySlice<UInt32>, conditions: ArraySlice<UInt32>
    ) {
        self.lengths = lengths
        self.ranks = ranks
        self.bounds = bounds
        self.keys = keys
        self.conditions = conditions
    }
}

/// Writes and opens sections.
package enum LengthSection {
    /// Groups up to which a section is written: those that questions count by rank code.
    package static let groupsMax = 256
    /// Values of the condition, null among them, up to which it is.
    package static let conditionsMax = 16
    /// Rows of a cell on average, as far as there are boundaries for it: below that, what is kept of
    /// each cell weighs more than that its values lie close together.
    private static let cellRowsMin = 16

    /// The columns that a section is about.
    package struct Columns: Equatable {
        let interval: ColumnInterval
        let key: Int
        let condition: Int

        package init(_ interval: ColumnInterval, _ rollup: LengthRollup) {
            self.interval = interval
            key = rollup.key
            condition = rollup.condition
        }
    }

    /// The section's bytes, for dictionaries of so many strings; nil when there are too many groups or
    /// no rows.
    package static func encode(
        _ columns: Columns, _ rows: LengthRows, keyCount: Int, conditionCount: Int
    ) -> [UInt8]? {
        let (groups, conditions) = (keyCount + 1, conditionCount + 1)
        guard groups <= groupsMax, conditions <= conditionsMax, !rows.lengths.isEmpty else {
            return nil
        }
        let boundsWanted = max(1, rows.lengths.count / (groups * cellRowsMin))
        let step = max(1, (rows.bounds.values.count + boundsWanted - 1) / boundsWanted)
        let bounds = rows.bounds.coarser(by: step)
        let codes = bounds.values.count + 1
        var tally = Tally(groups: groups, codes: codes, conditions: conditions)
        tally.count(rows, step: step)
        var values = tally.valuesByCell(rows, step: step)
        let cells = LengthCells.encode(
            &values, least: tally.least, bounds: bounds, counts: tally.cellCounts)

        var out: [UInt8] = []
        for number in [
            columns.interval.start, columns.interval.end, columns.key, columns.condition, groups,
            conditions, bounds.values.count,
        ] {
            out.put(UInt32(number))
        }
        out.put(UInt32(rows.lengths.count))
        out.put(tally.least)
        out.put(cells.unitCode)
        let pages = [
            tally.counts.map(Int64.init), cells.widths.map(Int64.init),
            tally.conditionCounts.map(Int64.init),
        ].map { PageEncoder.encode(.integer(IntegerVector(values: $0))) }
        for page in pages {
            out.put(page.encoding.rawValue)
            out.put(UInt32(page.bytes.count))
        }
        for value in bounds.values { out.put(value) }
        for summary in tally.summaries {
            out.put(UInt64(truncatingIfNeeded: summary.sum))
            out.put(Int64(truncatingIfNeeded: summary.sum >> 64))
            out.put(summary.least)
            out.put(summary.greatest)
        }
        for page in pages { out += page.bytes }
        return out + cells.bytes
    }

    /// What is counted before values are laid out.
    private struct Tally {
        private let codes: Int
        private let conditions: Int
        /// By group: rows by code, then those without a length.
        private(set) var counts: [Int]
        private(set) var conditionCounts: [Int]
        private(set) var summaries: [LengthGroups.Summary]
        /// The least of all lengths, 0 without any.
        private(set) var least: Int64 = 0

        init(groups: Int, codes: Int, conditions: Int) {
            self.codes = codes
            self.conditions = conditions
            counts = Array(repeating: 0, count: groups * (codes + 1))
            conditionCounts = Array(repeating: 0, count: groups * conditions)
            summaries = Array(
                repeating: LengthGroups.Summary(sum: 0, least: .max, greatest: .min),
                count: groups)
        }

        /// The number that a code has in counts: null is 0.
        private static func number(_ code: UInt32) -> Int { Int(code &+ 1) }

        mutating func count(_ rows: LengthRows, step: Int) {
            for ((key, condition), (rank, length)) in zip(
                zip(rows.keys, rows.conditions), zip(rows.ranks, rows.lengths))
            {
                let group = Self.number(key)
                conditionCounts[group * conditions + Self.number(condition)] += 1
                guard rank != RankBounds.null else {
                    counts[group * (codes + 1) + codes] += 1
                    continue
                }
                counts[group * (codes + 1) + Int(rank) / step] += 1
                summaries[group].sum += Int128(length)
                summaries[group].least = min(summaries[group].least, length)
                summaries[group].greatest = max(summaries[group].greatest, length)
            }
            least = summaries.reduce(.max) { min($0, $1.least) }
            if cellCounts.allSatisfy({ $0 == 0 }) { least = 0 }
            for group in summaries.indices where summaries[group].least > summaries[group].greatest
            {
                summaries[group] = LengthGroups.Summary(sum: 0, least: 0, greatest: 0)
            }
        }

        /// By cell: values.
        var cellCounts: [Int] {
            counts.enumerated().filter { $0.offset % (codes + 1) != codes }.map(\.element)
        }

        /// All lengths, cell by cell.
        func valuesByCell(_ rows: LengthRows, step: Int) -> [Int64] {
            var next = [0]
            for count in cellCounts { next.append(next[next.count - 1] + count) }
            let valueCount = next[next.count - 1]
            return [Int64](unsafeUninitializedCapacity: valueCount) { out, initialized in
                for (key, (rank, length)) in zip(rows.keys, zip(rows.ranks, rows.lengths))
                where rank != RankBounds.null {
                    let cell = Self.number(key) * codes + Int(rank) / step
                    out[next[cell]] = length
                    next[cell] += 1
                }
                initialized = valueCount
            }
        }
    }

    // MARK: - Reading

    /// Opens a section of a segment with `rowCount` live rows; nil when it is about other columns.
    /// `owner` keeps the bytes. Throws `corruption`, of file "page" where a page is damaged.
    package static func open(
        _ reader: ByteReader, _ columns: Columns, keys: StringDictionary,
        conditions: StringDictionary, rowCount: Int, owner: AnyObject
    ) throws(StoreError) -> LengthGroups? {
        var reader = reader
        let start = Int(try reader.uint32())
        let interval = ColumnInterval(start: start, end: Int(try reader.uint32()))
        let (key, condition) = (Int(try reader.uint32()), Int(try reader.uint32()))
        guard interval == columns.interval, key == columns.key, condition == columns.condition
        else { return nil }
        let (groupCount, conditionCount) = (Int(try reader.uint32()), Int(try reader.uint32()))
        let (boundCount, rows) = (Int(try reader.uint32()), Int(try reader.uint32()))
        guard groupCount == keys.count + 1, groupCount <= groupsMax,
            conditionCount == conditions.count + 1, conditionCount <= conditionsMax,
            boundCount <= RankBounds.countMax, rows == rowCount
        else { throw reader.damage("\(rows) rows of \(groupCount) groups by \(boundCount)") }
        let least = try reader.int64()
        let unitCode = try reader.uint8()
        var pages: [(encoding: PageEncoding, length: Int)] = []
        for _ in 0..<3 { pages.append((try reader.pageEncoding(), Int(try reader.uint32()))) }
        let bounds = try RankSection.bounds(&reader, count: boundCount)
        var summaries: [LengthGroups.Summary] = []
        for _ in 0..<groupCount { summaries.append(try summary(&reader)) }
        let codes = boundCount + 1
        let stored = try page(&reader, pages[0], count: groupCount * (codes + 1))
        let widths = try page(&reader, pages[1], count: groupCount * codes)
        let conditionCounts = try page(&reader, pages[2], count: groupCount * conditionCount)
        guard let rowsByCell = RowsByCell(stored, groupCount: groupCount, codes: codes),
            rowsByCell.rowCount == rowCount,
            conditionCounts.allSatisfy({ 0...Int64(rowCount) ~= $0 })
        else { throw reader.damage("counts of rows") }
        for (summary, count) in zip(summaries, rowsByCell.lengthCounts)
        where summary.sum.magnitude > UInt128(count) << 63 {
            throw reader.damage("a sum is no sum of \(count) lengths")
        }
        guard
            let cells = LengthCells(
                try reader.take(reader.remaining), least: least, bounds: bounds,
                unitCode: unitCode, counts: rowsByCell.cells, widths: widths)
        else { throw reader.damage("cells do not fit") }
        return LengthGroups(
            bounds: bounds, keys: keys, summaries: summaries,
            lengthCounts: rowsByCell.lengthCounts, counts: rowsByCell.counts,
            conditions: conditions, conditionCounts: conditionCounts.map { UInt32($0) },
            cells: cells, owner: owner)
    }

    /// The rows of all groups by code.
    private struct RowsByCell {
        /// By group × `RankBounds.codeCount` + code.
        let counts: [UInt32]
        /// By cell.
        let cells: [UInt32]
        /// By group: those with a length.
        let lengthCounts: [Int]
        let rowCount: Int

        /// By group: rows by code, then those without a length. Nil when there are too many.
        init?(_ stored: [Int64], groupCount: Int, codes: Int) {
            var bits: Int64 = 0
            for count in stored { bits |= count }
            guard bits >= 0, bits <= Int64(UInt32.max) else { return nil }
            var counts = [UInt32](repeating: 0, count: groupCount * RankBounds.codeCount)
            var lengthCounts: [Int] = []
            var rows = 0
            cells = [UInt32](unsafeUninitializedCapacity: groupCount * codes) { out, initialized in
                for group in 0..<groupCount {
                    let (from, to) = (group * (codes + 1), group * RankBounds.codeCount)
                    var lengths = 0
                    for code in 0..<codes {
                        let count = UInt32(truncatingIfNeeded: stored[from &+ code])
                        counts[to &+ code] = count
                        out[group &* codes &+ code] = count
                        lengths &+= Int(count)
                    }
                    counts[to + Int(RankBounds.null)] = UInt32(stored[from + codes])
                    lengthCounts.append(lengths)
                    rows += lengths + Int(stored[from + codes])
                }
                initialized = groupCount * codes
            }
            self.counts = counts
            self.lengthCounts = lengthCounts
            rowCount = rows
        }
    }

    private static func summary(
        _ reader: inout ByteReader
    ) throws(StoreError) -> LengthGroups.Summary {
        let low = try reader.uint64()
        let sum = Int128(try reader.int64()) << 64 | Int128(low)
        let least = try reader.int64()
        let greatest = try reader.int64()
        guard least <= greatest else { throw reader.damage("extremes are reversed") }
        return LengthGroups.Summary(sum: sum, least: least, greatest: greatest)
    }

    private static func page(
        _ reader: inout ByteReader, _ head: (encoding: PageEncoding, length: Int), count: Int
    ) throws(StoreError) -> [Int64] {
        let page = try PageReader(
            bytes: try reader.take(head.length), encoding: head.encoding, form: .integer,
            rowCount: count)
        guard case .integer(let vector) = try page.decode(dictionary: nil, blocks: nil),
            vector.validity == nil
        else { throw reader.damage("a page of counts has nulls") }
        return vector.values
    }
}
