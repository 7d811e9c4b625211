// Groups that are worked out in several passes: each in one of them, wherever it has rows.

import SpanModel
import SpanStorage
import SpanTesting
import Testing

@Suite struct OpenStringsTests {
    @Test(arguments: [0, 1, Limits.openGroupsMax, Limits.openGroupsMax + 1, 50_000])
    func everyGroupIsInOnePass(count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        let groups: [CodedGroup] = (0..<count).map { (code: UInt32($0), hash: random.next()) }
        // Every group has rows in one segment at least, every third in another, every fifth in memory.
        let thirds = groups.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
        let fifths = groups.enumerated().filter { $0.offset % 5 == 0 }.map(\.element)
        let passes = OpenStrings.passes([(9, thirds), (7, groups)], [[], fifths])

        #expect(passes.count == (count + Limits.openGroupsMax - 1) / Limits.openGroupsMax)
        for pass in passes {
            let codes = Set(pass.segments[7, default: []])
            #expect(codes.count <= Limits.openGroupsMax)
            #expect(pass.segments[9, default: []].allSatisfy(codes.contains))
            #expect(pass.memory.count == 2)
            #expect(pass.memory[0].isEmpty)
            #expect(pass.memory[1].allSatisfy(codes.contains))
        }
        // Groups of the first segment come first.
        #expect(passes.first.map { !$0.segments[9, default: []].isEmpty } ?? true)
        #expect(count < 30_000 || passes.last?.segments[9] == nil)
        func all(_ codes: (OpenStrings) -> [UInt32]) -> [UInt32] { passes.flatMap(codes).sorted() }
        #expect(all { $0.segments[7, default: []] } == groups.map(\.code))
        #expect(all { $0.segments[9, default: []] } == thirds.map(\.code))
        #expect(all { $0.memory[1] } == fifths.map(\.code))
    }
}
