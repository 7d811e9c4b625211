// An answer whose rows are cells one after the other, in pieces of whole rows: JSON, NDJSON, CSV. A
// piece takes as many runs of rows as make it worth being handed from thread to thread.
// What stands before the first row and after the last one belongs to the first and the last piece.

import SpanColumns
import SpanModel

/// The pieces of a textual answer.
struct CellPieces {
    private var cursor: ResultCursor
    private let style: CellStyle
    private let frames: [CellFrame]
    private let head: [UInt8]
    private let tail: [UInt8]
    /// Bytes that divide rows but have no place before the first one.
    private let dividerBytes: Int
    /// Bytes from which a piece takes no further run.
    private static let bytesMin = 128 << 10
    /// Whether `next` has given the last piece.
    var isEnded: Bool { cursor.isEnded }

    private init(
        _ table: ResultTable, _ style: CellStyle, _ frames: [CellFrame], head: [UInt8] = [],
        tail: [UInt8] = [], dividerBytes: Int = 0
    ) {
        cursor = ResultCursor(table)
        self.style = style
        self.frames = frames
        self.head = head
        self.tail = tail
        self.dividerBytes = dividerBytes
    }

    /// `[{…},{…}]` between `before` and `after`.
    static func array(_ table: ResultTable, before: [UInt8], after: [UInt8]) -> CellPieces {
        let comma = [UInt8(ascii: ",")]
        return CellPieces(
            table, .json, CellFrame.objects(table.columns.map(\.name), before: comma),
            head: before + [UInt8(ascii: "[")], tail: [UInt8(ascii: "]")] + after,
            dividerBytes: comma.count)
    }

    /// An object a line.
    static func objectLines(_ table: ResultTable) -> CellPieces {
        CellPieces(table, .json, CellFrame.objects(table.columns.map(\.name), after: [0x0A]))
    }

    /// A header and a line per row.
    static func csv(_ table: ResultTable) -> CellPieces {
        CellPieces(
            table, .csv, CellFrame.lines(columnCount: table.columns.count),
            head: csvHeader(table.columns.map(\.name)))
    }

    private static func csvHeader(_ names: [String]) -> [UInt8] {
        let cells = names.map { name in
            var name = name
            let needsQuotes = name.withUTF8 {
                StringText.needsQuotes(UnsafeRawBufferPointer($0))
            }
            guard needsQuotes else { return name }
            let quote = "\""
            return quote
                + name.split(separator: quote, omittingEmptySubsequences: false)
                .joined(separator: quote + quote) + quote
        }
        return Array((cells.joined(separator: ",") + "\r\n").utf8)
    }

    /// The next piece. Throws `corruption` when a text block is damaged, and what reading rows throws.
    mutating func next() throws(StoreError) -> [UInt8] {
        var piece = try nextRun()
        while !isEnded, piece.count < Self.bytesMin { piece += try nextRun() }
        return piece
    }

    private mutating func nextRun() throws(StoreError) -> [UInt8] {
        let isFirst = try cursor.open()
        let run = try CellRun(cursor.table, from: cursor.row, style: style, frames: frames)
        cursor.close(at: run.rows.upperBound)
        return run.assemble(
            head: isFirst ? head : [], tail: isEnded ? tail : [],
            skipped: isFirst ? dividerBytes : 0)
    }
}
