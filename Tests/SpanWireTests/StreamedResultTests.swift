// Results whose rows are read while they are encoded: the same bytes as of the whole result, however
// many rows come at a time.

import SpanColumns
import SpanModel
import SpanWire
import Testing

@Suite struct StreamedResultTests {
    private static let names = ["n", "name"]

    /// Rows of a number and a string each; every fifth string is null.
    private func table(_ rows: Range<Int>, isTruncated: Bool = false) -> ResultTable {
        var interner = StringInterner()
        let codes = rows.map { row in
            row % 5 == 0 ? StringVector.nullCode : interner.intern("name \"\(row % 7)\"")
        }
        return ResultTable(
            columns: [
                ResultColumn(
                    name: "n", type: .int64,
                    values: .integer(IntegerVector(values: rows.map { Int64($0) }))),
                ResultColumn(
                    name: "name", type: .string,
                    values: .string(StringVector(codes: codes, dictionary: interner.dictionary()))),
            ], rowCount: rows.count, isTruncated: isTruncated, totalCount: 9_999)
    }

    /// The rest of the rows, so many at a time; those from `failsAt` on cannot be read.
    private struct Rest: ResultRest {
        let suite: StreamedResultTests
        let range: Range<Int>
        let size: Int
        var failsAt = Int.max

        func rows() throws(StoreError) -> ResultTable {
            let end = min(range.lowerBound + size, range.upperBound)
            guard end <= failsAt else {
                throw .corruption(file: "f", offset: 7, region: "page", reason: "damaged")
            }
            var table = suite.table(range.lowerBound..<end, isTruncated: true)
            if end < range.upperBound {
                table.rest = Rest(
                    suite: suite, range: end..<range.upperBound, size: size, failsAt: failsAt)
            }
            return table
        }
    }

    private func streamed(_ count: Int, _ size: Int, failsAt: Int = .max) throws -> ResultTable {
        try Rest(suite: self, range: 0..<count, size: size, failsAt: failsAt).rows()
    }

    @Test(arguments: [1, 2, 3_000, 4_096, 9_000], [1, 3, 1_000, 8_999, 9_000])
    func textsAreThoseOfTheWholeResult(count: Int, size: Int) throws {
        let whole = table(0..<count, isTruncated: true)
        let parts = try streamed(count, size)
        for format in [ResultFormat.json, .ndjson, .csv] {
            #expect(
                try ResultEncoder.encode(parts, as: format)
                    == ResultEncoder.encode(whole, as: format))
        }
        let extra = [(name: "explain", json: Array("{}".utf8))]
        #expect(
            try ResultEncoder.encodeObject(parts, extra: extra)
                == ResultEncoder.encodeObject(whole, extra: extra))
    }

    @Test(arguments: [1, 2, 20_000], [1, 1_000, 16_384, 20_000])
    func arrowHasTheRowsOfTheWholeResult(count: Int, size: Int) throws {
        if size == 1, count > 2 { return }
        let reader = ArrowReader(try ResultEncoder.encode(try streamed(count, size), as: .arrow))
        let whole = ArrowReader(try ResultEncoder.encode(table(0..<count), as: .arrow))
        #expect(reader.isEnded && reader.isAligned)
        #expect(reader.values == whole.values && reader.nullCounts == whole.nullCounts)
    }

    /// Rows are read when the pieces before them have been taken, and what fails then is told.
    @Test(arguments: [ResultFormat.json, .ndjson, .csv, .arrow])
    func rowsThatCannotBeReadEndTheAnswer(format: ResultFormat) throws {
        var pieces = try ResultPieces(try streamed(60_000, 20_000, failsAt: 40_000), as: format)
        var bytes = 0
        #expect(throws: StoreError.self) {
            while let piece = try pieces.next() { bytes += piece.count }
        }
        #expect(bytes > 0)
    }
}
