// Whole answers as bytes, and the names of their formats.

import SpanColumns
import SpanModel

/// The output formats of `--format`.
package enum ResultFormat: String, Sendable, CaseIterable {
    /// One array of row objects.
    case json
    /// A row object per line.
    case ndjson
    /// RFC 4180 with a header; a null is an empty cell.
    case csv
    /// An Arrow IPC stream (schemas/arrow.md).
    case arrow
    /// Aligned columns for people.
    case table

    /// Whether rows are encoded one after the other; aligned columns need all of them.
    package var isStreamed: Bool { self != .table }
}

/// Encodes `ResultTable`s.
package enum ResultEncoder {
    /// The whole answer in `format`. Throws `corruption` when a text block is damaged.
    package static func encode(
        _ table: ResultTable, as format: ResultFormat
    ) throws(StoreError) -> [UInt8] {
        try join(ResultPieces(table, as: format))
    }

    /// The whole answer of the HTTP routes (`ResultPieces`).
    package static func encodeObject(
        _ table: ResultTable, extra: [(name: String, json: [UInt8])] = []
    ) throws(StoreError) -> [UInt8] {
        try join(ResultPieces(objectOf: table, extra: extra))
    }

    /// Hands the whole answer in `format` on, piece by piece. Throws what `encode` and `sink` throw.
    package static func write(
        _ table: ResultTable, as format: ResultFormat,
        to sink: (_ piece: [UInt8]) throws(StoreError) -> Void
    ) throws(StoreError) {
        var pieces = try ResultPieces(table, as: format)
        while let piece = try pieces.next() { try sink(piece) }
    }

    private static func join(_ pieces: ResultPieces) throws(StoreError) -> [UInt8] {
        var pieces = pieces
        var out = try pieces.next() ?? []
        while let piece = try pieces.next() { out.append(contentsOf: piece) }
        return out
    }
}
