// Which rows belong to which line of a chart. A line is told by up to three string columns (project,
// run and name); with none of them all rows are one line. Rows come in runs of one line wherever the
// store has sorted them, so strings are looked up once a run and codes are compared 64 at a time.

import SpanColumns
import SpanModel

/// Neighbouring rows of one line.
struct LineRun {
    let line: Int
    let rows: Range<Int>
}

/// Numbers the lines of a chart in order of appearance.
struct LineNumbers {
    /// A code for each key, 0 beyond the last.
    private typealias Key = SIMD4<UInt32>

    private var strings: [StringInterner]
    private var numbers: [Key: Int] = [:]
    private var keys: [Key] = []

    private static let comparedRows = 64

    /// Lines told by so many columns, at most three.
    init(keyCount: Int) {
        precondition(keyCount <= 3)
        strings = Array(repeating: StringInterner(), count: keyCount)
    }

    /// Lines so far; one when there are no keys.
    var count: Int { strings.isEmpty ? 1 : keys.count }

    /// The runs of all rows, given the vectors of the keys. A key that is no string has no line.
    mutating func runs(_ columns: ArraySlice<ColumnVector>, rowCount: Int) -> [LineRun] {
        if strings.isEmpty { return [LineRun(line: 0, rows: 0..<rowCount)] }
        let vectors = columns.compactMap { column -> StringVector? in
            if case .string(let vector) = column { vector } else { nil }
        }
        guard vectors.count == strings.count else { return [] }
        var runs: [LineRun] = []
        var start = 0
        while start < rowCount {
            var end = rowCount
            for vector in vectors { end = Self.runEnd(vector.codes.span, start..<end) }
            runs.append(LineRun(line: number(vectors, row: start), rows: start..<end))
            start = end
        }
        return runs
    }

    /// Where the run of equal codes that begins the range ends.
    private static func runEnd(_ codes: Span<UInt32>, _ range: Range<Int>) -> Int {
        precondition(range.upperBound <= codes.count)
        let code = codes[range.lowerBound]
        var place = range.lowerBound + 1
        while place + comparedRows <= range.upperBound {
            var difference: UInt32 = 0
            for row in place..<place + comparedRows { difference |= codes[row] ^ code }
            if difference != 0 { break }
            place += comparedRows
        }
        while place < range.upperBound, codes[place] == code { place += 1 }
        return place
    }

    private mutating func number(_ vectors: [StringVector], row: Int) -> Int {
        var key = Key()
        for (place, vector) in vectors.enumerated() {
            let code = vector.codes[row]
            guard code != StringVector.nullCode else { continue }
            key[place] = vector.dictionary.withBytes(code) { strings[place].intern($0) }
        }
        return number(key)
    }

    private mutating func number(_ key: Key) -> Int {
        if let known = numbers[key] { return known }
        numbers[key] = keys.count
        keys.append(key)
        return keys.count - 1
    }

    /// Takes in the lines of another numbering by the same keys; returns this one's numbers of them.
    mutating func merge(_ other: LineNumbers) -> [Int] {
        if strings.isEmpty { return [0] }
        let dictionaries = other.strings.map { $0.dictionary() }
        return other.keys.map { theirs in
            var key = Key()
            for place in strings.indices {
                key[place] = dictionaries[place].withBytes(theirs[place]) {
                    strings[place].intern($0)
                }
            }
            return number(key)
        }
    }

    /// All lines in ascending order of their keys' bytes.
    func sorted() -> [Int] {
        if strings.isEmpty { return [0] }
        let ranks = strings.map { strings -> [Int] in
            let dictionary = strings.dictionary()
            let codes = (0..<UInt32(dictionary.count)).sorted {
                dictionary.bytes[dictionary.range($0)]
                    .lexicographicallyPrecedes(dictionary.bytes[dictionary.range($1)])
            }
            var ranks = [Int](repeating: 0, count: codes.count)
            for (rank, code) in codes.enumerated() { ranks[Int(code)] = rank }
            return ranks
        }
        return keys.indices.sorted { left, right in
            for place in strings.indices {
                let ours = ranks[place][Int(keys[left][place])]
                let theirs = ranks[place][Int(keys[right][place])]
                if ours != theirs { return ours < theirs }
            }
            return left < right
        }
    }

    /// The key columns of rows, given the line of each.
    func columns(_ names: [String], lines: [Int]) -> [ResultColumn] {
        names.indices.map { place in
            let codes = lines.map { keys[$0][place] }
            return ResultColumn(
                name: names[place], type: .string,
                values: .string(
                    StringVector(codes: codes, dictionary: strings[place].dictionary())))
        }
    }
}
