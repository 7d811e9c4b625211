// Quantiles against sorted arrays, sums and moments against exact arithmetic.

import SpanSketch
import SpanTesting
import Testing

@Suite struct SketchTests {
    private func quantiles(
        _ values: [Int64], _ at: [Double], _ method: QuantileMethod, areDoubles: Bool = false
    ) -> [Double] {
        if values.isEmpty { return [] }
        let positions = at.map { QuantilePosition($0, count: values.count, method: method) }
        var values = values
        values.withUnsafeMutableBufferPointer { values in
            positions.withUnsafeBufferPointer { Quantiles.select(values, $0) }
        }
        return values.withUnsafeBufferPointer { values in
            positions.map { $0.value(among: values, areDoubles: areDoubles) }
        }
    }

    private func doubles(
        _ values: [Double], _ at: [Double], _ method: QuantileMethod
    ) -> [Double] {
        quantiles(values.map(OrderedDouble.key), at, method, areDoubles: true)
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
