// Run sums: the worked example of schemas/segment.md, any part of a row group, and damaged sections are
// refused or read.

import SpanColumns
import SpanFormat
import SpanModel
import Testing

@Suite struct RunSumSectionTests {
    private final class Owner {}

    /// The runs of some rows of each row group, with the first row of the first.
    private func read(
        _ section: [UInt8], groupRows: [Int], _ part: (Int) -> Range<Int> = { 0..<$0 }
    ) throws(StoreError) -> [(start: Int, runs: [RunSum])] {
        let result = section.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                let sums = try RunSumSection(
                    ByteReader(bytes, file: "segment", region: "run sums"), groupRows: groupRows)
                return groupRows.enumerated().map { group, rows in
                    let runs = sums.runs(
                        group: group, rows: part(rows), section: bytes, owner: Owner())
                    return (runs.start, (0..<runs.count).map { runs[$0] })
                }
            }
        }
        return try result.get()
    }

    private let example = [
        RunSum(
            end: 2, steps: 7...8, time: 5, sum: 19, least: -1, greatest: 20, others: 0,
            isGapless: true),
        RunSum(
            end: 3, steps: 300...300, time: 9, sum: 0, least: 0, greatest: 0, others: 9,
            isGapless: true),
    ]

    @Test func theWorkedExampleOfTheSchemaIsWhatIsWritten() throws {
        let written = RunSumSection.encode(column: 8, groups: [example])
        #expect(written == bytes(hex: GoldenBytes.runSums), "\(dump(written))")
        #expect(try read(written, groupRows: [3]).map(\.runs) == [example])
    }

    /// A full row group of runs of 1 to 80 rows, and one row behind it.
    private var groups: [[RunSum]] {
        var runs: [RunSum] = []
        var end = 0
        while end < Limits.pageRowsMax {
            let step = Int64(end) * 5
            end = min(Limits.pageRowsMax, end + 1 + runs.count * 7 % 80)
            runs.append(
                RunSum(
                    end: end, steps: step...step + Int64(UInt32.max) / 2, time: .min, sum: 1 / 3,
                    least: -.pi, greatest: .greatestFiniteMagnitude,
                    others: runs.count % 9 == 4 ? BlockSums.unknown : 8 + 5,
                    isGapless: runs.count % 7 == 0))
        }
        let last = Int64.max
        let one = RunSum(
            end: 1, steps: last...last, time: .max, sum: 0, least: 0, greatest: 0, others: 0,
            isGapless: true)
        return [runs, [one]]
    }

    @Test func aPartIsTheRunsThatHoldItsRows() throws {
        let groups = groups
        let written = RunSumSection.encode(column: 8, groups: groups)
        let groupRows = [Limits.pageRowsMax, 1]
        #expect(try read(written, groupRows: groupRows).map(\.runs) == groups)
        for rows in [0..<1, 1..<2, 999..<1_000, 500..<40_000, 65_530..<65_536] {
            let part = try read(written, groupRows: groupRows) { $0 == 1 ? 0..<1 : rows }[0]
            let starts = [0] + groups[0].map(\.end).dropLast()
            let wanted = zip(starts, groups[0]).filter {
                $0 < rows.upperBound && $1.end > rows.lowerBound
            }
            #expect(part.start == wanted[0].0 - rows.lowerBound)
            #expect(part.runs.map(\.end) == wanted.map { $1.end - rows.lowerBound })
            #expect(part.runs.map(\.steps) == wanted.map(\.1.steps))
        }
    }

    @Test func damagedSectionsAreRefusedOrRead() throws {
        let good = RunSumSection.encode(column: 8, groups: [example, example])
        var refused = 0
        for damage in damages(of: good) {
            do {
                _ = try read(damage.bytes, groupRows: [3, 3])
            } catch {
                refused += 1
            }
        }
        // A figure of a record may be any.
        #expect(refused > good.count)
        #expect(throws: StoreError.self) { try read(good, groupRows: [3]) }
        #expect(throws: StoreError.self) { try read(good, groupRows: [3, 4]) }
    }
}
