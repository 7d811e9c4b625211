// Values as one byte each: boundaries cut the values of a segment into up to 255 parts of about
// equally many, and a row's code is the number of its part. Counting bytes then tells between which
// boundaries a rank lies, and only values between them have to be looked at.
// Cost: 4 ns a value to find its code; a code that is stored is read in place.

import SpanModel

/// Boundaries between the parts. Compared by identity: codes of the same object compare.
package final class RankBounds: Sendable {
    /// The code of a row without a value.
    package static let null: UInt8 = 255
    /// Codes, that of null among them.
    package static let codeCount = 256
    /// Boundaries that codes have room for.
    package static let countMax = 254
    /// Values that are looked at to choose boundaries.
    private static let sampleMax = 1 << 16

    /// Ascending, distinct. A value's code is the number of boundaries that are not above it.
    package let values: [Int64]
    /// `values`, filled up for a search in eight steps.
    private let padded: [Int64]

    /// Boundaries as given: ascending, distinct, at most `countMax`.
    package init(_ values: [Int64]) {
        precondition(values.count <= Self.countMax)
        self.values = values
        padded = values + Array(repeating: .max, count: Self.codeCount - values.count)
    }

    /// Every `step`-th of the boundaries: code ÷ `step` is the code of a value by these.
    package func coarser(by step: Int) -> RankBounds {
        RankBounds(stride(from: step - 1, to: values.count, by: step).map { values[$0] })
    }

    /// The code of a value.
    package func code(of value: Int64) -> Int {
        padded.withUnsafeBufferPointer { min(Self.search($0, value), values.count) }
    }

    /// Boundaries that part `values`, in any order, about evenly; nulls have validity 0.
    package convenience init(parting values: [Int64], _ validity: [UInt8]? = nil) {
        let step = max(1, values.count / Self.sampleMax)
        var sample: [Int64] = []
        for row in stride(from: 0, to: values.count, by: step) where validity?[row] != 0 {
            sample.append(values[row])
        }
        sample.sort()
        var bounds: [Int64] = []
        for part in 1..<(Self.countMax + 1) {
            let place = sample.count * part / (Self.countMax + 1)
            // A boundary at the least value would part nothing off.
            guard place < sample.count, sample[place] > bounds.last ?? sample[0] else { continue }
            bounds.append(sample[place])
        }
        self.init(bounds)
    }

    /// The codes of values; nulls have validity 0.
    package func codes(_ values: [Int64], _ validity: [UInt8]? = nil) -> [UInt8] {
        let last = self.values.count
        return [UInt8](unsafeUninitializedCapacity: values.count) { out, count in
            padded.withUnsafeBufferPointer { bounds in
                values.withUnsafeBufferPointer { values in
                    for row in values.indices {
                        let code = min(Self.search(bounds, values[row]), last)
                        out[row] = UInt8(truncatingIfNeeded: code)
                    }
                }
            }
            if let validity {
                for row in values.indices where validity[row] == 0 { out[row] = Self.null }
            }
            count = values.count
        }
    }

    /// Boundaries that are not above `value`, or with the padding more. Every step moves or not
    /// without a branch.
    @inline(__always)
    private static func search(_ bounds: UnsafeBufferPointer<Int64>, _ value: Int64) -> Int {
        var place = 0
        var step = codeCount / 2
        while step > 0 {
            let isPassed = unsafeBitCast(
                bounds[place &+ step &- 1] <= value, to: UInt8.self)
            place &+= step & (0 &- Int(truncatingIfNeeded: isPassed))
            step >>= 1
        }
        return place
    }
}

/// The codes of some rows.
package struct RankCodes: Sendable {
    package let bounds: RankBounds
    /// A byte for each row.
    package let codes: [UInt8]

    package init(bounds: RankBounds, codes: [UInt8]) {
        self.bounds = bounds
        self.codes = codes
    }
}
