// Column vectors of named shapes for property tests: the same seed always gives the same vectors.

import SpanColumns
import SpanModel

/// A seeded source of random numbers and column vectors.
package struct VectorGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    /// SplitMix64 (Steele, Lea and Flood 2014).
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Which rows are null.
    package enum NullPattern: Sendable, CaseIterable {
        case none, all, first, last, alternating, random
    }

    /// A byte per row, 0 = null; nil without nulls.
    package mutating func validity(_ pattern: NullPattern, _ count: Int) -> [UInt8]? {
        let rows = (0..<count).map { row -> UInt8 in
            switch pattern {
            case .none: 1
            case .all: 0
            case .first: row == 0 ? 0 : 1
            case .last: row == count - 1 ? 0 : 1
            case .alternating: UInt8(row % 2)
            case .random: Bool.random(using: &self) ? 1 : 0
            }
        }
        return rows.contains(0) ? rows : nil
    }

    // MARK: Integers

    /// What integers look like.
    package enum IntegerShape: Sendable, CaseIterable {
        case constant, runs, smallRange, fullRange, extremes, steps, sorted, milliseconds, costs
        case series
    }

    /// An integer vector; null rows hold 0.
    package mutating func integers(
        _ shape: IntegerShape, _ count: Int, nulls: NullPattern = .none
    ) -> ColumnVector {
        var values: [Int64] = []
        var current: Int64 = 1_700_000_000_000_000_000
        for row in 0..<count {
            switch shape {
            case .constant: values.append(-7)
            case .runs:
                if row == 0 || Int.random(in: 0..<20, using: &self) == 0 {
                    current = Int64.random(in: 0..<50, using: &self)
                }
                values.append(current)
            case .smallRange: values.append(Int64.random(in: 100..<1_100, using: &self))
            case .fullRange: values.append(Int64(bitPattern: next()))
            case .extremes: values.append(Bool.random(using: &self) ? .min : .max)
            case .steps: values.append(Int64(row) * 10)
            case .sorted:
                current += Int64.random(in: 0..<5_000_000, using: &self)
                values.append(current)
            case .milliseconds:
                values.append(current + Int64.random(in: 0..<100_000, using: &self) * 1_000_000)
            case .costs: values.append(Int64.random(in: 1..<4_000, using: &self) * 1_000_000)
            case .series:
                // Every 40 rows are the first 40 and a constant more; some rows are one off.
                current += Int64.random(in: 2..<900_000, using: &self)
                let model = row < 40 ? current : values[row % 40] + Int64(row / 40) * 1_000
                values.append(row > 40 && row % 83 == 50 ? model + 1 : model)
            }
        }
        let validity = validity(nulls, count)
        for row in 0..<count where validity?[row] == 0 { values[row] = 0 }
        return .integer(IntegerVector(values: values, validity: validity))
    }

    // MARK: Floats

    /// What doubles look like.
    package enum FloatShape: Sendable, CaseIterable {
        case constant, runs, decimals, decimalsWithSpecials, specials, randomBits, singlePrecision
        case slowWalk, magnitudes
    }

    /// A float vector; null rows hold 0.
    package mutating func floats(
        _ shape: FloatShape, _ count: Int, nulls: NullPattern = .none
    ) -> ColumnVector {
        let specials: [Double] = [
            0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude,
            -.leastNonzeroMagnitude, .greatestFiniteMagnitude, .signalingNaN,
            Double(bitPattern: 0x7ff8_dead_beef_0001), Double(bitPattern: 0xfff0_0000_0000_0001),
        ]
        var values: [Double] = []
        var current = 0.5
        for row in 0..<count {
            switch shape {
            case .constant: values.append(-0.0)
            case .runs:
                if row % 30 == 0 { current = Double.random(in: -1...1, using: &self) }
                values.append(current)
            case .decimals:
                values.append(Double(Int.random(in: -9_999...9_999, using: &self)) / 1_000)
            case .decimalsWithSpecials:
                values.append(
                    row % 17 == 3
                        ? specials[row % specials.count]
                        : Double(Int.random(in: 0...9_999, using: &self)) / 100)
            case .specials: values.append(specials[Int(next() % UInt64(specials.count))])
            case .randomBits: values.append(Double(bitPattern: next()))
            case .singlePrecision:
                values.append(Double(Float.random(in: 0.1...8, using: &self)))
            case .slowWalk:
                if row % 4 == 0 { current += Double.random(in: -1e-9...1e-9, using: &self) }
                values.append(current)
            case .magnitudes:
                if row % 256 == 0 { current /= 1_048_576 }
                let isSpecial = row % 41 == 17
                values.append(isSpecial ? .nan : current * Double.random(in: 1..<2, using: &self))
            }
        }
        let validity = validity(nulls, count)
        for row in 0..<count where validity?[row] == 0 { values[row] = 0 }
        return .float(FloatVector(values: values, validity: validity))
    }

    // MARK: Identifiers

    /// What identifiers look like.
    package enum IdentifierShape: Sendable, CaseIterable {
        case constant, hex32, hex16, uuid, text, mixed, repeated
    }

    /// An identifier vector.
    package mutating func identifiers(
        _ shape: IdentifierShape, _ count: Int, nulls: NullPattern = .none
    ) -> ColumnVector {
        let validity = validity(nulls, count)
        var vector = IdentifierVector()
        let known = (0..<5).map { _ in packed(.hex32) }
        for row in 0..<count {
            if validity?[row] != 0 {
                switch shape {
                case .repeated: vector.bytes += known[Int(next() % 5)]
                case .constant: vector.bytes += known[0]
                default: vector.bytes += packed(shape)
                }
            }
            vector.ends.append(UInt32(vector.bytes.count))
        }
        return .identifier(vector)
    }

    private mutating func packed(_ shape: IdentifierShape) -> [UInt8] {
        switch shape {
        case .hex16: return [2] + (0..<8).map { _ in UInt8(truncatingIfNeeded: next()) }
        case .uuid: return [3] + (0..<16).map { _ in UInt8(truncatingIfNeeded: next()) }
        case .text:
            let length = Int.random(in: 1...12, using: &self)
            return [4] + (0..<length).map { _ in UInt8.random(in: 103...122, using: &self) }
        case .mixed: return packed([.hex16, .hex32, .uuid, .text][Int(next() % 4)])
        default: return [1] + (0..<16).map { _ in UInt8(truncatingIfNeeded: next()) }
        }
    }

    // MARK: Strings and texts

    /// What codes look like.
    package enum StringShape: Sendable, CaseIterable {
        case constant, runs, few, distinct
    }

    /// A string vector with a dictionary of its own.
    package mutating func strings(
        _ shape: StringShape, _ count: Int, nulls: NullPattern = .none
    ) -> ColumnVector {
        let validity = validity(nulls, count)
        var interner = StringInterner()
        var codes: [UInt32] = []
        for row in 0..<count {
            let number =
                switch shape {
                case .constant: 0
                case .runs: row / 25
                case .few: Int(next() % 40)
                case .distinct: row
                }
            let code = interner.intern("string \(number)")
            codes.append(validity?[row] == 0 ? StringVector.nullCode : code)
        }
        return .string(StringVector(codes: codes, dictionary: interner.dictionary()))
    }

    /// What texts look like; `shuffled` lies in its blocks in another order than its rows.
    package enum TextShape: Sendable, CaseIterable {
        case short, long, shuffled
    }

    /// The texts that `texts` puts into rows; nil: null.
    package mutating func textValues(
        _ shape: TextShape, _ count: Int, nulls: NullPattern = .none
    ) -> [String?] {
        let validity = validity(nulls, count)
        return (0..<count).map { row in
            let words = Int(next() % (shape == .long ? 60 : 6))
            let text = (0..<words).map { _ in "word\(next() % 1_000)" }.joined(separator: " ")
            return validity?[row] == 0 ? nil : text
        }
    }

    /// A text vector of these values, in one or more memory blocks.
    package static func texts(_ values: [String?], shuffled: Bool = false) -> ColumnVector {
        var builder = TextBlockBuilder()
        var references = [TextReference](repeating: .null, count: values.count)
        let order = shuffled ? Array(values.indices.reversed()) : Array(values.indices)
        for row in order {
            guard var value = values[row] else { continue }
            references[row] = value.withUTF8 { builder.append(UnsafeRawBufferPointer($0)) }
        }
        return .text(TextVector(references: references, blocks: builder.finish()))
    }
}
