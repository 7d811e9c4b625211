// Groups of rows that come in order of their keys, as those of sorted tables do: the steps of a series, the
// minutes of an agent. One integer key ascends, all others stay as they are for many rows; a group then begins
// where a key changes, and is new because it lies behind all groups so far that agree in the other keys.
// Where rows overlap groups that are known (a series that goes on in another segment, superseded writes)
// these are searched. It gives up, for good, where rows turn out not to lie like this.
// Cost: 1 ns a row, nothing to look up; 8 bytes a group.

import SpanColumns
import SpanModel

/// Numbers groups by where their keys change.
struct OrderedGroups {
    /// The place of the key that ascends.
    private let running: Int
    private let runningOperand: Operand
    private let otherOperands: [Operand]
    /// The other keys; a group of these is a line.
    private var others: HashedGroups
    /// By line.
    private var lines: [Line] = []
    private var chunks: [OrderedChunk] = []
    /// By group: the key that ascends.
    private var values: [Int64] = []
    private var rowCount = 0
    /// Runs of rows of one line whose keys ascend.
    private var runCount = 0
    /// Keys that were searched for.
    private var searchedCount = 0

    /// What is known of the groups that agree in all keys but the running one.
    private struct Line {
        /// Numbers of its chunks.
        var chunks: [Int] = []
        var greatest = Int64.min
    }

    /// Rows of a run that are on average needed for this to pay.
    private static let runRowsMin = 16
    private static let runsMin = 64
    /// Chunks of a line that are searched.
    private static let chunksMax = 16
    /// Searches up to which no share counts, and rows for each of them from then on.
    private static let searchedMin = 64
    private static let searchedShare = 8
    /// Groups behind the last one among which the next is looked for before it is searched for.
    private static let stepsMax = 8

    /// Nil when no key is an integer.
    init?(_ operands: [Operand], types: [ColumnType]) {
        let isInteger = operands.map { $0.type(in: types).form == .integer }
        guard let running = isInteger.lastIndex(of: true) else { return nil }
        self.running = running
        runningOperand = operands[running]
        var others = operands
        others.remove(at: running)
        otherOperands = others
        self.others = HashedGroups(others, types: types)
    }

    /// Groups so far.
    var count: Int { values.count }

    /// Bytes that the groups take.
    var heldBytes: Int { others.heldBytes + values.heldBytes }

    // MARK: - Rows

    /// The groups of an evaluator's rows; nil when they do not lie in order, and then no more rows may be
    /// added.
    mutating func groups(in evaluator: RowEvaluator) throws(StoreError) -> [UInt32]? {
        let runs = try lineRuns(evaluator)
        guard isWorth(runs.count, of: evaluator.rowCount),
            case .integer(let keys) = try evaluator.vector(runningOperand), keys.validity == nil
        else { return nil }
        return groups(keys.values, runs)
    }

    /// Whether rows lie in long runs, with so many more of both.
    private func isWorth(_ moreRuns: Int = 0, of moreRows: Int = 0) -> Bool {
        let runs = runCount + moreRuns
        return runs <= Self.runsMin || runs * Self.runRowsMin <= rowCount + moreRows
    }

    /// Neighbouring rows of one line.
    private struct LineRun {
        let line: Int
        let end: Int
    }

    /// The runs of rows that agree in all keys but the running one.
    private mutating func lineRuns(_ evaluator: RowEvaluator) throws(StoreError) -> [LineRun] {
        if evaluator.rowCount == 0 { return [] }
        if otherOperands.isEmpty { return [LineRun(line: 0, end: evaluator.rowCount)] }
        var columns: [StringRuns] = []
        for operand in otherOperands {
            guard operand.type(in: evaluator.types).form == .string else {
                return try comparedRuns(evaluator)
            }
            if let runs = try evaluator.stringRuns(operand) {
                columns.append(runs)
            } else {
                columns.append(StringRuns(try evaluator.vector(operand)))
            }
        }
        var ends: [Int] = []
        var codes: [[UInt32]] = columns.map { _ in [] }
        var walk = StringRunWalk(columns, rowCount: evaluator.rowCount)
        while walk.next() {
            for index in codes.indices { codes[index].append(walk.code(index)) }
            ends.append(walk.rows.upperBound)
            guard isWorth(ends.count, of: evaluator.rowCount) else { break }
        }
        let keys = zip(columns, codes).map { column, codes in
            ColumnVector.string(StringVector(codes: codes, dictionary: column.dictionary))
        }
        return zip(others.groups(keys, rowCount: ends.count), ends).map {
            LineRun(line: Int($0), end: $1)
        }
    }

    /// The same by a look at each row.
    private mutating func comparedRuns(
        _ evaluator: RowEvaluator
    ) throws(StoreError) -> [LineRun] {
        var keys: [ColumnVector] = []
        for operand in otherOperands { keys.append(try evaluator.vector(operand)) }
        let lines = others.groups(keys, rowCount: evaluator.rowCount)
        var runs: [LineRun] = []
        for row in lines.indices where row + 1 == lines.count || lines[row + 1] != lines[row] {
            runs.append(LineRun(line: Int(lines[row]), end: row + 1))
        }
        return runs
    }

    /// The groups of rows by their running key.
    private mutating func groups(_ keys: [Int64], _ runs: [LineRun]) -> [UInt32]? {
        lines.grow(to: others.count, with: Line())
        rowCount += keys.count
        var isInOrder = true
        let groups = [UInt32](unsafeUninitializedCapacity: keys.count) { out, count in
            keys.withUnsafeBufferPointer { keys in
                var row = 0
                for run in runs {
                    while row < run.end, isInOrder {
                        row = append(keys, row..<run.end, line: run.line, into: out)
                        runCount += 1
                        isInOrder =
                            isWorth() && !isSearchedTooOften
                            && lines[run.line].chunks.count <= Self.chunksMax
                    }
                }
                count = row
            }
        }
        return isInOrder ? groups : nil
    }

    private var isSearchedTooOften: Bool {
        searchedCount > Self.searchedMin + rowCount / Self.searchedShare
    }

    /// Numbers the rows of a line that ascend; returns where these end.
    private mutating func append(
        _ keys: UnsafeBufferPointer<Int64>, _ rows: Range<Int>, line: Int,
        into out: UnsafeMutableBufferPointer<UInt32>
    ) -> Int {
        var row = rows.lowerBound
        // The groups of the chunk in which one was found last.
        var known = 0..<0
        while row < rows.upperBound {
            if row > rows.lowerBound, keys[row] <= keys[row - 1] {
                if keys[row] < keys[row - 1] { return row }
                out[row] = out[row - 1]
                row += 1
                continue
            }
            var next = Int64.max
            if !lines[line].chunks.isEmpty, keys[row] <= lines[line].greatest {
                if row > rows.lowerBound,
                    let group = following(out[row - 1], keys[row], in: known)
                {
                    out[row] = group
                    row += 1
                    continue
                }
                let found = search(keys[row], line)
                if let group = found.group {
                    out[row] = group
                    known = found.chunk
                    row += 1
                    continue
                }
                next = found.next
            }
            row = appendNew(keys, row..<rows.upperBound, below: next, line: line, into: out)
        }
        return row
    }

    /// Numbers the rows that ascend from the first one on and, but for that, lie below `next`, all of which
    /// are new; returns where these end.
    private mutating func appendNew(
        _ keys: UnsafeBufferPointer<Int64>, _ rows: Range<Int>, below next: Int64, line: Int,
        into out: UnsafeMutableBufferPointer<UInt32>
    ) -> Int {
        let start = rows.lowerBound
        var end = start + 1
        var repeats = 0
        while end < rows.upperBound, keys[end] >= keys[end - 1], keys[end] < next {
            repeats &+= keys[end] == keys[end - 1] ? 1 : 0
            end += 1
        }
        let first = values.count
        if repeats == 0 {
            values.append(contentsOf: keys[start..<end])
            for row in start..<end { out[row] = UInt32(truncatingIfNeeded: first + row - start) }
        } else {
            for row in start..<end {
                if row == start || keys[row] != keys[row - 1] { values.append(keys[row]) }
                out[row] = UInt32(truncatingIfNeeded: values.count - 1)
            }
        }
        extend(line, by: first..<values.count)
        return end
    }

    /// The group of a key if it is one of a few behind another one.
    private func following(_ group: UInt32, _ key: Int64, in known: Range<Int>) -> UInt32? {
        let first = Int(group) + 1
        guard first >= known.lowerBound else { return nil }
        var next = first
        while next < known.upperBound, values[next] < key {
            next += 1
            if next - first == Self.stepsMax { return nil }
        }
        return next < known.upperBound && values[next] == key ? UInt32(next) : nil
    }

    /// The group of a key that is not behind all of its line, with its chunk, or if it is new the line's
    /// next key.
    private mutating func search(
        _ key: Int64, _ line: Int
    ) -> (group: UInt32?, chunk: Range<Int>, next: Int64) {
        searchedCount += 1
        var next = Int64.max
        for chunk in lines[line].chunks {
            let groups = chunks[chunk].groups
            let place = SelectionVector.position(of: key, in: values[groups])
            guard place < groups.upperBound else { continue }
            if values[place] == key { return (UInt32(place), groups, next) }
            next = min(next, values[place])
        }
        return (nil, 0..<0, next)
    }

    /// Gives new groups, the last ones, to a line.
    private mutating func extend(_ line: Int, by groups: Range<Int>) {
        if let last = chunks.last, last.line == line, last.groups.upperBound == groups.lowerBound,
            values[groups.lowerBound - 1] < values[groups.lowerBound]
        {
            chunks[chunks.count - 1].groups = last.groups.lowerBound..<groups.upperBound
        } else {
            lines[line].chunks.append(chunks.count)
            chunks.append(OrderedChunk(line: line, groups: groups))
        }
        lines[line].greatest = max(lines[line].greatest, values[groups.upperBound - 1])
    }

    // MARK: - Groups

    /// Takes in the groups of another worker; returns this one's by the other's, or nil when they do not
    /// lie in order, and then no more rows may be added.
    mutating func merge(_ other: OrderedGroups) -> [UInt32]? {
        let lines = others.merge(other.others)
        return groups(
            other.values,
            other.chunks.map { LineRun(line: Int(lines[$0.line]), end: $0.groups.upperBound) })
    }

    /// The key columns of all groups, in group order.
    func keys() -> [ColumnVector] {
        var linesOfGroups: [UInt32] = []
        linesOfGroups.reserveCapacity(values.count)
        for chunk in chunks {
            linesOfGroups += repeatElement(UInt32(chunk.line), count: chunk.groups.count)
        }
        var keys = others.keys().map { $0.gathered(linesOfGroups) }
        keys.insert(.integer(IntegerVector(values: values)), at: running)
        return keys
    }

    /// All groups in ascending order of their keys, as runs of group numbers; nil when that takes sorting.
    func runsInOrder() -> [Range<Int>]? {
        guard running == otherOperands.count else { return nil }
        let terms = others.keys().map { RowOrder.Term($0, descending: false) }
        let order = RowOrder.sorted(count: lines.count, by: terms)
        var ordered = OrderedRuns(values)
        for line in order {
            guard ordered.append(lines[Int(line)].chunks.map { chunks[$0].groups }) else {
                return nil
            }
        }
        return ordered.runs
    }
}

/// Neighbouring groups of one line, whose values ascend.
private struct OrderedChunk {
    let line: Int
    var groups: Range<Int>
}
