// Which rows belong to which line of a chart. A line is told by some of project, run and name; with none
// of them all rows are one line. Rows come in runs of one series wherever the store has sorted them, so
// a line is looked up once a run, and a string once a dictionary.

import SpanColumns
import SpanModel
import SpanQuery

/// Rows of one series: of one project, run and name.
struct LineRun {
    /// The line that the series is, or is a part of.
    let line: Int
    /// All neighbours of the series, those that are not meant included.
    let neighbours: Range<Int>
    /// Those of them that are meant.
    let rows: Range<Int>
}

/// Numbers the lines of a chart in order of appearance.
struct LineNumbers {
    /// A code for each key, 0 beyond the last.
    private typealias Key = SIMD4<UInt32>

    /// Which of project, run and name tell lines apart: 0, 1, 2.
    private let told: [Int]
    private var strings: [StringInterner]
    /// By key: what the codes of the dictionary seen last are here.
    private var translations: [Translation]
    private var numbers: [Key: Int] = [:]
    private var keys: [Key] = []

    private struct Translation {
        var dictionary = StringDictionary.empty
        /// By code; `unknown` until it is met.
        var codes: [UInt32] = []
        static let unknown = UInt32.max
    }

    /// Lines told by these of project (0), run (1) and name (2).
    init(toldBy told: [Int]) {
        self.told = told
        strings = Array(repeating: StringInterner(), count: told.count)
        translations = Array(repeating: Translation(), count: told.count)
    }

    /// Lines so far; one when nothing tells them apart.
    var count: Int { told.isEmpty ? 1 : keys.count }

    /// The runs of the rows that are meant, in their order; project, run and name are the outputs from
    /// `first` on.
    mutating func runs(_ rows: FoldedRows, from first: Int) throws(StoreError) -> [LineRun] {
        var columns: [StringRuns] = []
        for column in 0..<3 { columns.append(try rows.stringRuns(first + column)) }
        var runs: [LineRun] = []
        var walk = StringRunWalk(columns, rowCount: rows.rowCount)
        var next = 0
        while next < rows.selected.count, walk.next() {
            let neighbours = walk.rows
            if rows.selected[next].lowerBound >= neighbours.upperBound { continue }
            let line = number(walk)
            while next < rows.selected.count,
                rows.selected[next].lowerBound < neighbours.upperBound
            {
                let part = rows.selected[next].clamped(to: neighbours)
                runs.append(LineRun(line: line, neighbours: neighbours, rows: part))
                if rows.selected[next].upperBound > neighbours.upperBound { break }
                next += 1
            }
        }
        return runs
    }

    private mutating func number(_ walk: StringRunWalk) -> Int {
        if told.isEmpty { return 0 }
        var key = Key()
        for (index, column) in told.enumerated() {
            let code = walk.code(column)
            if code != StringVector.nullCode {
                key[index] = translated(code, walk.columns[column].dictionary, index)
            }
        }
        return number(key)
    }

    private mutating func translated(
        _ code: UInt32, _ dictionary: StringDictionary, _ index: Int
    ) -> UInt32 {
        if translations[index].dictionary !== dictionary {
            translations[index].dictionary = dictionary
            translations[index].codes = Array(
                repeating: Translation.unknown, count: dictionary.count)
        }
        let known = translations[index].codes[Int(code)]
        if known != Translation.unknown { return known }
        let found = dictionary.withBytes(code) { strings[index].intern($0) }
        translations[index].codes[Int(code)] = found
        return found
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

    /// The key columns of rows, of which each line has some in turn.
    func columns(_ names: [String], of rows: [(line: Int, count: Int)]) -> [ResultColumn] {
        names.indices.map { place in
            var codes: [UInt32] = []
            codes.reserveCapacity(rows.reduce(0) { $0 + $1.count })
            for (line, count) in rows {
                codes += repeatElement(keys[line][place], count: count)
            }
            return ResultColumn(
                name: names[place], type: .string,
                values: .string(
                    StringVector(codes: codes, dictionary: strings[place].dictionary())))
        }
    }
}
