// A string column as runs of neighbouring rows that have the same string: what a sorted table is
// mostly made of. Questions that work series by series need no code per row.

import SpanModel

/// Runs of equal strings, in order of their rows.
package struct StringRuns: Sendable {
    /// By run; `StringVector.nullCode` for null. Neighbours may be equal.
    package private(set) var codes: [UInt32] = []
    /// By run: where it ends, counted from the first row. They rise.
    package private(set) var ends: [Int] = []
    /// What the codes mean.
    package let dictionary: StringDictionary

    /// Rows compared at a time while looking for the end of a run.
    private static let comparedRows = 64

    /// No run yet.
    package init(dictionary: StringDictionary) { self.dictionary = dictionary }

    /// The runs of decoded rows; a column that holds no strings is null.
    package init(_ column: ColumnVector) {
        guard case .string(let vector) = column else {
            self.init(dictionary: .empty)
            if column.count > 0 { append(StringVector.nullCode, end: column.count) }
            return
        }
        self.init(dictionary: vector.dictionary)
        var start = 0
        while start < vector.codes.count {
            let end = Self.runEnd(vector.codes.span, from: start)
            append(vector.codes[start], end: end)
            start = end
        }
    }

    /// Appends a run that goes up to `end`.
    mutating func append(_ code: UInt32, end: Int) {
        codes.append(code)
        ends.append(end)
    }

    /// Where the run of equal codes that begins at a row ends.
    private static func runEnd(_ codes: Span<UInt32>, from start: Int) -> Int {
        let code = codes[start]
        var place = start + 1
        while place + comparedRows <= codes.count {
            var difference: UInt32 = 0
            for row in place..<place + comparedRows { difference |= codes[row] ^ code }
            if difference != 0 { break }
            place += comparedRows
        }
        while place < codes.count, codes[place] == code { place += 1 }
        return place
    }
}
