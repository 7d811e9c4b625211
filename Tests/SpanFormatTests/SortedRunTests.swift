// Sorted runs answer as sorted arrays do, their filter never denies what is there and seldom says
// yes in vain; golden bytes and damage.

import SpanFormat
import SpanModel
import SpanTesting
import Testing

@Suite struct SortedRunTests {
    static let mask: UInt64 = 0xffff_ffff_0000_0000
    /// The worked example of schemas/run.md.
    static let example = [
        RunPair(0x1111_1111_1111_1111, 0x2222_2222_0000_0005),
        RunPair(0x3333_3333_3333_3333, 0x4444_4444_0000_0005),
    ]

    static func run(_ bytes: [UInt8], file: UInt64 = 6) throws(StoreError) -> SortedRun {
        try SortedRun(region(of: bytes), file: file, name: "run")
    }

    /// All that a run can answer about some pairs.
    private static func answers(_ bytes: [UInt8]) throws(StoreError) -> [String] {
        let run = try run(bytes)
        var answers = ["\(run.count)"]
        for position in 0..<run.count { answers.append("\(try run.pair(position))") }
        for pair in example {
            answers.append("\(try run.mayContain(pair)) \(try run.range(first: pair.first))")
        }
        return answers
    }

    @Test("The worked example of schemas/run.md is what is written and what is read")
    func golden() throws {
        let golden = bytes(hex: GoldenBytes.run)
        let encoded = SortedRunWriter.encode(Self.example, secondMask: Self.mask, file: 6)
        #expect(dump(encoded) == dump(golden))
        #expect(
            try Self.answers(golden) == [
                "2", "\(Self.example[0])", "\(Self.example[1])", "true 0..<1", "true 1..<2",
            ])
    }

    @Test func anyDamageIsNoticed() throws {
        for damage in damages(
            of: SortedRunWriter.encode(Self.example, secondMask: Self.mask, file: 6))
        {
            #expect(throws: StoreError.self, "\(damage.name)") { try Self.answers(damage.bytes) }
        }
    }

    @Test func aRunInAnothersPlaceDoesNotCheckAndANewerVersionIsNamed() {
        var encoded = SortedRunWriter.encode(Self.example, secondMask: Self.mask, file: 6)
        #expect(throws: StoreError.self) { try Self.run(encoded, file: 7) }
        encoded[8] = 2
        #expect(throws: StoreError.unsupportedVersion(file: "run", found: 2, newest: 1)) {
            try Self.run(encoded)
        }
    }

    /// How the `first` words of a run are distributed.
    enum Shape: CaseIterable, Sendable {
        case uniform, repeated, clustered, equal
    }

    @Test(arguments: [0, 1, 2, 17, 1_000, 100_000], Shape.allCases)
    func aRunAnswersAsASortedArray(count: Int, shape: Shape) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let pairs = (0..<(shape == .equal ? min(count, 1_000) : count)).map { _ -> RunPair in
            let word = random.next()
            switch shape {
            case .uniform: return RunPair(word, random.next())
            case .repeated: return RunPair(word % UInt64(count / 3 + 1), random.next())
            case .clustered: return RunPair(word % 4 == 0 ? word : word >> 50, random.next())
            case .equal: return RunPair(42, word)
            }
        }.sorted()
        let run = try Self.run(
            SortedRunWriter.encode(pairs, secondMask: Self.mask, file: 6))
        #expect(run.count == pairs.count)
        for position in pairs.indices where try run.pair(position) != pairs[position] {
            Issue.record("pair \(position) differs")
        }
        for pair in pairs where try !run.mayContain(RunPair(pair.first, pair.second | 0xffff)) {
            Issue.record("the filter denies \(pair)")
        }
        var probes = (0..<500).map { _ in random.next() } + [0, .max, 42, 41, 43]
        if !pairs.isEmpty {
            probes += (0..<500).map { _ in pairs[random.int(below: pairs.count)].first }
        }
        for probe in probes {
            let start = pairs.partitioningIndex { $0.first >= probe }
            let end = pairs.partitioningIndex { $0.first > probe }
            let found = try run.range(first: probe)
            #expect(start == end ? found.isEmpty : found == start..<end)
        }
    }

    @Test(arguments: [1, 100, 10_000])
    func theFilterSeldomSaysYesInVain(count: Int) throws {
        var random = SeededGenerator(seed: 5)
        let pairs = (0..<count).map { _ in RunPair(random.next(), random.next()) }.sorted()
        let run = try Self.run(
            SortedRunWriter.encode(pairs, secondMask: Self.mask, file: 6))
        var wrong = 0
        for _ in 0..<20_000 where try run.mayContain(RunPair(random.next(), random.next())) {
            wrong += 1
        }
        // The same `first` with another rest, as the spans of a trace have, is told apart too.
        for index in 0..<20_000 {
            let pair = pairs[index % count]
            let other = RunPair(pair.first, pair.second ^ (random.next() | 1) << 32)
            if try run.mayContain(other) { wrong += 1 }
        }
        #expect(wrong < 40_000 * 3 / 100)
    }
}

extension [RunPair] {
    /// The first index for which `isAbove` holds; it holds for all behind it.
    fileprivate func partitioningIndex(_ isAbove: (RunPair) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isAbove(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
