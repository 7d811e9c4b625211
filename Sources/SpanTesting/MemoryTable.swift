// A table in memory for tests: one batch of writes in arrival order, cut into row groups in any
// way, in any physical order. The dedup view is decided naively, by looking at all writes of an
// identity; patches are not folded, so a table with patches has a raw view only.

import SpanColumns
import SpanModel
import SpanQuery

/// Writes of one table, offered as a source in both views.
package struct MemoryTable: Sendable {
    package let batch: ColumnBatch
    private let order: [UInt32]
    private let groupSizes: [Int]
    private let isRanked: Bool

    /// The writes of `batch`, laid out in `order` (arrival order if nil) and cut into groups of
    /// `groupSizes` rows, repeated as needed. With `isRanked` every other group keeps the lengths and
    /// rank codes of the table's interval.
    package init(
        _ batch: ColumnBatch, order: [UInt32]? = nil, groupSizes: [Int] = [65_536],
        isRanked: Bool = false
    ) {
        var columns = batch.columns
        columns[SystemColumn.sequence] = .integer(
            IntegerVector(values: (0..<Int64(batch.rowCount)).map { $0 }))
        self.batch = ColumnBatch(
            schema: batch.schema, rowCount: batch.rowCount, columns: columns)
        self.order = order ?? Array(0..<UInt32(batch.rowCount))
        self.groupSizes = groupSizes
        self.isRanked = isRanked
    }

    /// The source of a view.
    package func source(_ view: View) -> any ColumnSource {
        let live: Set<UInt32>? = view == .raw ? nil : Set(liveRows())
        var groups: [MemoryRowGroup] = []
        var start = 0
        while start < order.count {
            let size = max(1, groupSizes[groups.count % groupSizes.count])
            let rows = Array(order[start..<min(order.count, start + size)])
            groups.append(
                MemoryRowGroup(
                    columns: batch.columns.map { $0.gathered(rows) },
                    live: live.map { live in
                        rows.indices.filter { live.contains(rows[$0]) }.map { UInt32($0) }
                    }, rowCount: rows.count,
                    interval: isRanked && groups.count % 2 == 0 ? batch.schema.interval : nil))
            start += size
        }
        return MemorySource(schema: batch.schema, groups: groups)
    }

    /// The rows of the dedup view, ascending by arrival.
    package func liveRows() -> [UInt32] {
        var winners: [[[UInt8]]: UInt32] = [:]
        for row in 0..<UInt32(batch.rowCount) {
            let identity = batch.schema.identity.map { column in
                var bytes: [UInt8] = []
                Cell(batch.columns[column], Int(row)).append(to: &bytes)
                return bytes
            }
            if let known = winners[identity], version(known) > version(row) { continue }
            winners[identity] = row
        }
        return winners.values.filter { kind($0) != WriteKind.tombstone.rawValue }.sorted()
    }

    private func version(_ row: UInt32) -> Int64 {
        batch.schema.version.map { Cell(batch.columns[$0], Int(row)).integer ?? 0 } ?? 0
    }

    private func kind(_ row: UInt32) -> UInt8 {
        UInt8(Cell(batch.columns[SystemColumn.writeKind], Int(row)).integer ?? 0)
    }
}

/// One value of a column, for naive references.
package enum Cell: Hashable, Sendable {
    case null
    case integer(Int64)
    case float(Double)
    case string(String)

    /// The value of a row; identifiers as text.
    package init(_ vector: ColumnVector, _ row: Int) {
        switch vector {
        case .null: self = .null
        case .integer(let source):
            self = source.validity?[row] == 0 ? .null : .integer(source.values[row])
        case .float(let source):
            self = source.validity?[row] == 0 ? .null : .float(source.values[row])
        case .string(let source):
            let code = source.codes[row]
            self = code == StringVector.nullCode ? .null : .string(source.dictionary.string(code))
        case .identifier(let source):
            self = source.withBytes(row) {
                $0.isEmpty ? .null : .string(PackedIdentifier.text(of: $0))
            }
        case .text(let source):
            var reader = TextReader(source.blocks)
            let bytes = (try? reader.bytes(source.references[row])) ?? nil
            self = bytes.map { .string(String(decoding: $0, as: UTF8.self)) } ?? .null
        }
    }

    package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    package var float: Double? { if case .float(let value) = self { value } else { nil } }
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var isNull: Bool { self == .null }

    fileprivate func append(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "\(self)".utf8)
    }
}

/// Tables by name; a table that was not given is empty.
package struct MemoryTables: TableProvider {
    private let tables: [MemoryTable]

    package init(_ tables: [MemoryTable]) { self.tables = tables }

    package func source(
        _ table: TableSchema, view: View
    ) throws(StoreError) -> any ColumnSource {
        tables.first { $0.batch.schema.number == table.number }?.source(view)
            ?? MemorySource(schema: table, groups: [])
    }
}

private struct MemorySource: ColumnSource {
    let schema: TableSchema
    let groups: [MemoryRowGroup]

    var rowCount: Int { groups.reduce(0) { $0 + $1.rowCount } }

    func rowGroups(within bounds: [ColumnBound]) throws(StoreError) -> [any RowGroup] { groups }
}

private struct MemoryRowGroup: RowGroup {
    let columns: [ColumnVector]
    let live: [UInt32]?
    let rowCount: Int
    /// Lengths and rank codes of an interval, if they are kept.
    private let lengths: IntegerVector?
    private let ranks: RankCodes?

    init(columns: [ColumnVector], live: [UInt32]?, rowCount: Int, interval: ColumnInterval?) {
        self.columns = columns
        self.live = live
        self.rowCount = rowCount
        guard let interval, case .integer(let start) = columns[interval.start],
            case .integer(let end) = columns[interval.end],
            var lengths = IntegerVector(distanceOf: end, from: start)
        else {
            (lengths, ranks) = (nil, nil)
            return
        }
        if let starts = start.validity {
            let ends = lengths.validity ?? Array(repeating: 1, count: rowCount)
            lengths.validity = zip(starts, ends).map { $0 & $1 }
            for row in 0..<rowCount where lengths.validity?[row] == 0 { lengths.values[row] = 0 }
        }
        self.lengths = lengths
        let bounds = RankBounds(parting: lengths.values, lengths.validity)
        ranks = RankCodes(bounds: bounds, codes: bounds.codes(lengths.values, lengths.validity))
    }

    func distances(_ interval: ColumnInterval, rows: Range<Int>) -> IntegerVector? {
        guard let lengths,
            case .integer(let vector) = ColumnVector.integer(lengths).slice(rows)
        else { return nil }
        return vector
    }

    func ranks(_ interval: ColumnInterval, rows: Range<Int>) -> RankCodes? {
        ranks.map { RankCodes(bounds: $0.bounds, codes: Array($0.codes[rows])) }
    }

    func selection() throws(StoreError) -> [UInt32]? { live }

    func zone(_ column: Int) -> ZoneMap? {
        guard case .integer(let vector) = columns[column] else { return nil }
        let present = vector.values.indices.filter { vector.validity?[$0] != 0 }
        let values = present.map { vector.values[$0] }
        guard let least = values.min(), let greatest = values.max() else { return nil }
        return ZoneMap(nullCount: rowCount - present.count, integers: least...greatest)
    }

    func vector(_ column: Int, rows: Range<Int>) throws(StoreError) -> ColumnVector {
        columns[column].slice(rows)
    }

    func dictionary(_ column: Int) throws(StoreError) -> StringDictionary? {
        if case .string(let vector) = columns[column] { vector.dictionary } else { nil }
    }

    func select(
        _ column: Int, rows: Range<Int>, _ verdicts: CodeVerdicts, wanted: Bool
    ) throws(StoreError) -> [UInt32]? {
        try page(column) { (page) throws(StoreError) in
            try page.keys(verdicts.dictionary)?.select(rows, verdicts, wanted: wanted)
        }
    }

    func pick(
        _ column: Int, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> ColumnVector? {
        let dictionary = try dictionary(column)
        return try page(column) { (page) throws(StoreError) in
            try page.pick(picked, of: rows, dictionary: dictionary)
        }
    }

    func pick(
        _ interval: ColumnInterval, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> IntegerVector? {
        guard case .integer(let vector) = lengths.map(ColumnVector.integer)?.slice(rows),
            case .integer(let found) = try ColumnVector.gather(
                [.integer(vector)], picked.map { (source: 0, row: $0) }, form: .integer)
        else { return nil }
        return found
    }

    /// What a column says as a page, as segments keep it; nil for texts, whose blocks are not there.
    private func page<R>(
        _ column: Int, _ body: (PageReader) throws(StoreError) -> R?
    ) throws(StoreError) -> R? {
        let form: PhysicalForm
        switch columns[column] {
        case .integer: form = .integer
        case .string: form = .string
        default: return nil
        }
        let page = PageEncoder.encode(columns[column])
        let count = rowCount
        let result = page.bytes.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                try body(
                    try PageReader(
                        bytes: bytes, encoding: page.encoding, form: form, rowCount: count))
            }
        }
        return try result.get()
    }
}
