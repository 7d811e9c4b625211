// Quantiles against sorted arrays, sums and moments against exact arithmetic.

import SpanSketch
import SpanTesting
import Testing

@Suite struct SketchTests {
    private func quantiles(
        _ values: [Int64], _ at: [Double], _ method: QuantileMethod
    ) -> [Double] {
        var copy = values
        return copy.withUnsafeMutableBufferPointer { values in
            if values.isEmpty { return [] }
            return Quantiles.integers(
                values,
                at: at.map { QuantilePosition($0, count: values.count, method: method) })
        }
    }

    private func doubles(
        _ values: [Double], _ at: [Double], _ method: QuantileMethod
    ) -> [Double] {
        var keys = values.map(OrderedDouble.key)
        return keys.withUnsafeMutableBufferPointer { keys in
            Quantiles.doubles(
                keys, at: at.map { QuantilePosition($0, count: keys.count, method: method) })
        }
    }

    /// Data that is random, sorted, reversed, constant, of few values, or organ-pipe.
    private static func shapes(_ count: Int, _ random: inout SpanGenerator.Random) -> [[Int64]] {
        let any = (0..<count).map { _ in Int64.random(in: .min ... .max, using: &random) }
        let few = (0..<count).map { _ in Int64.random(in: 0...3, using: &random) }
        let pipe = (0..<count).map { Int64(min($0, count - $0)) }
        return [
            any, any.sorted(), any.sorted().reversed(), few, pipe,
            Array(repeating: .max, count: count), Array(repeating: .min, count: count),
        ]
    }

    @Test func selectionAgreesWithSorting() {
        var random = SpanGenerator.Random(seed: 1)
        for count in [1, 2, 3, 15, 16, 17, 100, 1_000, 5_000] {
            for values in Self.shapes(count, &random) {
                let ranks = Set((0..<6).map { _ in Int.random(in: 0..<count, using: &random) })
                    .sorted()
                var copy = values
                copy.withUnsafeMutableBufferPointer { Selection.select($0, ranks: ranks) }
                let sorted = values.sorted()
                #expect(ranks.map { copy[$0] } == ranks.map { sorted[$0] })
                #expect(copy.sorted() == sorted)
            }
        }
    }

    @Test func definitions() {
        let hundreds: [Int64] = [400, 100, 300, 200]
        let interpolated = quantiles(hundreds, [0.5, 0.9, 0.99], .interpolated)
        for (found, expected) in zip(interpolated, [250.0, 370, 397]) {
            #expect(abs(found - expected) < 1e-9)
        }
        #expect(quantiles(hundreds, [0, 0.5, 0.99, 1], .index) == [100, 300, 400, 400])
        #expect(quantiles([500, 1_500, 2_000, 3_000], [0.5, 0.9], .index) == [2_000, 3_000])
        #expect(quantiles([], [0.5], .interpolated).isEmpty)
        #expect(quantiles([7], [0, 0.5, 1], .interpolated) == [7, 7, 7])
    }

    @Test func aHundredThousandValues() {
        let found = quantiles(
            (1...100_000).reversed(), [0.5, 0.9, 0.99], .interpolated)
        for (value, expected) in zip(found, [50_000.5, 90_000.1, 99_000.01]) {
            #expect(abs(value - expected) < 1e-6)
        }
    }

    @Test func doublesKeepTheirOrder() {
        let values: [Double] = [
            -.infinity, -1e300, -1, -.leastNonzeroMagnitude, 0, 1e-9, 2, .infinity,
        ]
        let keys = values.map(OrderedDouble.key)
        #expect(keys == keys.sorted())
        #expect(keys.map(OrderedDouble.value) == values)
        #expect(OrderedDouble.key(-0.0) == OrderedDouble.key(0))
        #expect(OrderedDouble.key(-Double.nan) == OrderedDouble.nan)
        #expect(OrderedDouble.value(OrderedDouble.nan).isNaN)
        #expect(doubles([0.8, 1.0, 0.4, 0.8], [0.5, 0.9], .index) == [0.8, 1.0])
        #expect(doubles([.infinity, .infinity, 1], [0.9], .interpolated) == [.infinity])
    }

    @Test func histogramsFindTheBucketsOfRanks() {
        var random = SpanGenerator.Random(seed: 9)
        for count in [1, 7, 1_000] {
            for shape in Self.shapes(count, &random) {
                let validity = shape.map { _ in random.chance(90) ? UInt8(1) : 0 }
                let values = zip(shape, validity).map { $1 == 0 ? 0 : $0 }
                let groups = values.map { _ in UInt32.random(in: 0..<3, using: &random) }
                var whole = GroupedHistogram()
                whole.grow(to: 3)
                // Half of them by way of another histogram, whose groups have other numbers.
                let half = count / 2
                whole.add(
                    Array(values[..<half]), Array(validity[..<half]), Array(groups[..<half]))
                var other = GroupedHistogram()
                other.grow(to: 3)
                other.add(
                    Array(values[half...]), Array(validity[half...]),
                    groups[half...].map { 2 - $0 })
                whole.merge(other, [2, 1, 0])
                for group in 0..<3 {
                    let rows = values.indices.filter {
                        groups[$0] == UInt32(group) && validity[$0] != 0
                    }
                    check(whole, group, rows.map { values[$0] }.sorted())
                }
            }
        }
    }

    /// Every rank's bucket holds exactly the values that its counts promise, the rank's among them.
    private func check(_ histogram: GroupedHistogram, _ group: Int, _ sorted: [Int64]) {
        #expect(histogram.count(group) == sorted.count)
        for rank in sorted.indices {
            let buckets = histogram.buckets(holding: [rank], of: group)
            #expect(buckets.count == 1)
            guard let found = buckets.first else { return }
            #expect((found.below..<found.below + found.count).contains(rank))
            var wanted = WantedBuckets(groupCount: 3)
            wanted.insert(found.bucket, of: group)
            var kept: [Int64] = []
            var keptGroups: [UInt32] = []
            wanted.collect(
                sorted, nil, sorted.map { _ in UInt32(group) }, into: &kept, &keptGroups)
            #expect(kept == Array(sorted[found.below..<found.below + found.count]))
            #expect(keptGroups.count == kept.count)
        }
    }

    @Test func sumsDoNotDependOnOrderOrSplit() {
        var random = SpanGenerator.Random(seed: 2)
        let values = (0..<10_000).map { _ in
            Double.random(in: -1...1, using: &random)
                * [1e-6, 1, 1e9, 1e15][Int.random(in: 0..<4, using: &random)]
        }
        func sum(_ values: [Double], split: Int) -> Double {
            var left = CompensatedSum()
            var right = CompensatedSum()
            for value in values[..<split] { left.add(value) }
            for value in values[split...] { right.add(value) }
            left.merge(right)
            return left.value
        }
        let whole = sum(values, split: 10_000)
        let scale = values.map(abs).reduce(0, +)
        for split in [0, 1, 17, 9_999] {
            #expect(
                abs(sum(values.shuffled(using: &random), split: split) - whole) <= scale * 1e-15)
        }
        var tenths = CompensatedSum()
        for _ in 0..<10 { tenths.add(0.1) }
        #expect(tenths.value == 1)
        var infinite = CompensatedSum()
        for value in [1, Double.infinity, 2] { infinite.add(value) }
        #expect(infinite.value == .infinity)
    }

    @Test func varianceIsStableAndMergeable() {
        let values = [1e9 + 1, 1e9 + 2, 1e9 + 3]
        for split in 0...3 {
            var left = Moments()
            var right = Moments()
            for value in values[..<split] { left.add(value) }
            for value in values[split...] { right.add(value) }
            left.merge(right)
            #expect(left.count == 3)
            #expect(abs((left.variance ?? 0) - 2.0 / 3) < 1e-9)
        }
        #expect(Moments().standardDeviation == nil)
    }
}
