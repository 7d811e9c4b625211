// An encoded answer piece by piece, so that a large one never lies in memory as a whole and its
// reader can begin at once. Order of calls: `next` until it gives nil; a short answer is one piece.
// Instants are RFC 3339 with nanoseconds, money a plain decimal number, a double its shortest exact
// text (JSON has no NaN and no infinity: null), json is as it was stored.

import SpanColumns
import SpanModel

/// The pieces of an encoded answer.
package struct ResultPieces: Sendable {
    private enum Source {
        case cells(CellPieces)
        case arrow(ArrowStream)
        case whole([UInt8])
        case ended
    }

    private var source: Source

    /// The answer in `format`. Throws `corruption` when a text block is damaged.
    package init(_ table: ResultTable, as format: ResultFormat) throws(StoreError) {
        switch format {
        case .json: source = .cells(.array(table, before: [], after: [0x0A]))
        case .ndjson: source = .cells(.objectLines(table))
        case .csv: source = .cells(.csv(table))
        case .arrow: source = .arrow(ArrowStream(table))
        case .table: source = .whole(try TableEncoder.encode(table))
        }
    }

    /// The answer of the HTTP routes: `{"rows":[…],"truncated":false}`, with `total` where the
    /// question counts its rows, and after it `extra`, members that are JSON already.
    package init(objectOf table: ResultTable, extra: [(name: String, json: [UInt8])] = []) {
        var after = Array(",\"truncated\":\(table.isTruncated)".utf8)
        if let total = table.totalCount { after.append(contentsOf: ",\"total\":\(total)".utf8) }
        for member in extra {
            after.append(UInt8(ascii: ","))
            JSONWriter.appendString(member.name, to: &after)
            after.append(UInt8(ascii: ":"))
            after.append(contentsOf: member.json)
        }
        after.append(UInt8(ascii: "}"))
        after.append(0x0A)
        source = .cells(.array(table, before: Array("{\"rows\":".utf8), after: after))
    }

    /// The next piece; nil after the last one. Throws `corruption` when a text block is damaged, and what
    /// reading the rest of the rows throws.
    package mutating func next() throws(StoreError) -> [UInt8]? {
        switch source {
        case .cells(var pieces):
            source = .ended
            let piece = try pieces.next()
            if !pieces.isEnded { source = .cells(pieces) }
            return piece
        case .arrow(var stream):
            source = .ended
            let piece = try stream.next()
            if !stream.isEnded { source = .arrow(stream) }
            return piece
        case .whole(let bytes):
            source = .ended
            return bytes
        case .ended: return nil
        }
    }

    /// Whether `next` has given the last piece.
    package var isEnded: Bool { if case .ended = source { true } else { false } }
}
