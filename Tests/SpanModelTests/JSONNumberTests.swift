// Numbers as text: what is written is what the standard library writes.

import SpanModel
import SpanTesting
import Testing

private func text(_ write: (UnsafeMutablePointer<UInt8>) -> Int) -> String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: JSONNumber.textBytesMax) { buffer in
        guard let base = buffer.baseAddress else { return "" }
        let count = write(base)
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}

@Suite struct JSONNumberTests {
    @Test func integers() {
        var values: [Int64] = [0, 1, -1, .min, .max]
        var power: Int64 = 1
        for _ in 0..<18 {
            power *= 10
            values += [power - 1, power, power + 1, -power]
        }
        for value in values { #expect(text { JSONNumber.write(value, to: $0) } == "\(value)") }
    }

    @Test func doubles() {
        var random = SeededGenerator(seed: 11)
        var values: [Double] = [
            0, -0.0, 1, 5, 0.1, 0.2, 0.1 + 0.2, 1e-3, 9.99e-4, 1e-4, 1e-5, 999.999_999_999_999,
            1_000, 1_000.000_001, 999_999_999.5, 1e9, 1e15, 1e16, 0.999_999_999_999_9,
            .leastNonzeroMagnitude, .greatestFiniteMagnitude, 123_456.789, 0.012_345_678_912_345,
        ]
        for _ in 0..<50_000 {
            let digits = Double(Int64.random(in: 0..<1_000_000_000_000_000, using: &random))
            let scales = [1, 10, 1e3, 1e6, 1e9, 1e12, 1e15, 1e18]
            values.append(digits / scales[Int.random(in: 0..<8, using: &random)])
            values.append(Double(Int64.random(in: 0..<100_000, using: &random)) / 100)
            values.append(Double(bitPattern: random.next()))
        }
        for value in values where value.isFinite {
            #expect(text { JSONNumber.write(value, to: $0) } == "\(value)")
            #expect(text { JSONNumber.write(-value, to: $0) } == "\(-value)")
        }
    }

    private func integer(_ text: String) -> Int64? {
        Array(text.utf8).withUnsafeBytes { JSONNumber.canonicalInt64($0) }
    }

    private func double(_ text: String) -> Double? {
        Array(text.utf8).withUnsafeBytes { JSONNumber.canonicalDouble($0) }
    }

    @Test func aCanonicalTextIsTheOneThatIsWritten() {
        for value in [0, 1, -1, 10, -10, .min, .max] as [Int64] {
            #expect(integer("\(value)") == value)
            #expect(double("\(value)") == nil)
        }
        for text in [
            "", "-", "-0", "00", "01", "-01", "+1", "1.0", "1e5", " 1", "1 ", "9223372036854775808",
            "-9223372036854775809", "x", "0x1", "1_000",
        ] {
            #expect(integer(text) == nil, "\(text)")
        }
        for value in [
            0, -0.0, 0.1, 1, -2.5, 1e16, 1e-7, 123_456.789, 0.1 + 0.2, .leastNonzeroMagnitude,
            .greatestFiniteMagnitude,
        ] {
            #expect(double("\(value)")?.bitPattern == value.bitPattern)
            #expect(integer("\(value)") == nil)
        }
        for text in [
            "", "-", "1", "1.", ".5", "1.50", "01.5", "1e5", "1E+16", "1e16", "+1.5", " 1.5", "inf",
            "nan", "null", "1e400", "0x1p3", "-0", "0.30000000000000004000000000000000000000",
        ] {
            #expect(double(text) == nil, "\(text)")
        }
    }
}

@Suite struct ByteComparisonTests {
    /// Every length up to a few strides, each with a difference at every place.
    @Test func equalityAndASCII() {
        for count in 0..<70 {
            let left = (0..<count).map { UInt8($0) }
            left.withUnsafeBytes { left in
                #expect(left.isASCII)
                for place in 0..<count {
                    var right = Array(left)
                    right[place] ^= 0x80
                    right.withUnsafeBytes { right in
                        #expect(!left.isEqual(to: right))
                        #expect(!right.isASCII)
                        #expect(right.isEqual(to: right))
                    }
                }
            }
        }
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        #expect(nothing.isEqual(to: nothing) && nothing.isASCII)
    }
}
