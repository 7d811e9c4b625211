// Integer expressions over whole vectors. A null operand's value is 0 and its validity 0, as in
// every `IntegerVector`.

import SpanColumns

enum IntegerExpressions {
    /// left − right; null where either is null or the result does not fit.
    static func difference(_ left: IntegerVector, _ right: IntegerVector) -> ColumnVector {
        let (difference, overflows) = subtract(left.values, right.values)
        var values = difference
        var validity = both(left.validity, right.validity)
        if overflows {
            var flags = validity ?? [UInt8](repeating: 1, count: values.count)
            for row in flags.indices
            where left.values[row].subtractingReportingOverflow(right.values[row]).overflow {
                flags[row] = 0
            }
            validity = flags
        }
        if let validity { clear(&values, validity) }
        return .integer(IntegerVector(values: values, validity: validity))
    }

    /// The differences, wrapped, and whether one of them did.
    private static func subtract(_ left: [Int64], _ right: [Int64]) -> ([Int64], Bool) {
        var signs: Int64 = 0
        let values = left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                [Int64](unsafeUninitializedCapacity: left.count) { out, count in
                    for row in left.indices {
                        let difference = left[row] &- right[row]
                        // Negative where the signs differed and the result's is not the left one's.
                        signs |= (left[row] ^ right[row]) & (left[row] ^ difference)
                        out[row] = difference
                    }
                    count = left.count
                }
            }
        }
        return (values, signs < 0)
    }

    /// Where both have a value; nil: everywhere.
    private static func both(_ left: [UInt8]?, _ right: [UInt8]?) -> [UInt8]? {
        guard let left, let right else { return left ?? right }
        return left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                [UInt8](unsafeUninitializedCapacity: left.count) { out, count in
                    for row in left.indices { out[row] = left[row] & right[row] }
                    count = left.count
                }
            }
        }
    }

    /// Makes the values of nulls 0.
    private static func clear(_ values: inout [Int64], _ validity: [UInt8]) {
        values.withUnsafeMutableBufferPointer { values in
            validity.withUnsafeBufferPointer { validity in
                for row in values.indices { values[row] &= 0 &- Int64(validity[row]) }
            }
        }
    }

    /// The sum of the operands that are not null.
    static func sumOfPresent(_ parts: [IntegerVector]) -> ColumnVector {
        guard var sum = parts.first else { return .null(count: 0) }
        for part in parts.dropFirst() {
            let (values, overflows) = add(sum.values, part.values)
            if overflows { return wideSumOfPresent(parts) }
            sum = IntegerVector(values: values, validity: either(sum.validity, part.validity))
        }
        return .integer(sum)
    }

    /// The sums, wrapped, and whether one of them did.
    private static func add(_ left: [Int64], _ right: [Int64]) -> ([Int64], Bool) {
        var signs: Int64 = 0
        let values = left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                [Int64](unsafeUninitializedCapacity: left.count) { out, count in
                    for row in left.indices {
                        let sum = left[row] &+ right[row]
                        signs |= (left[row] ^ sum) & (right[row] ^ sum)
                        out[row] = sum
                    }
                    count = left.count
                }
            }
        }
        return (values, signs < 0)
    }

    /// Where one of them has a value; nil: everywhere.
    private static func either(_ left: [UInt8]?, _ right: [UInt8]?) -> [UInt8]? {
        guard let left, let right else { return nil }
        return left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                [UInt8](unsafeUninitializedCapacity: left.count) { out, count in
                    for row in left.indices { out[row] = left[row] | right[row] }
                    count = left.count
                }
            }
        }
    }

    /// Sums of which some do not fit in 64 bits on the way, or at all; those are null.
    private static func wideSumOfPresent(_ parts: [IntegerVector]) -> ColumnVector {
        let count = parts[0].values.count
        var values = [Int64](repeating: 0, count: count)
        var validity = [UInt8](repeating: 0, count: count)
        for row in 0..<count {
            var sum: Int128 = 0
            for part in parts {
                sum += Int128(part.values[row])
                validity[row] |= part.validity?[row] ?? 1
            }
            if let value = Int64(exactly: sum) { values[row] = value } else { validity[row] = 0 }
        }
        return .integer(IntegerVector(values: values, validity: validity))
    }

    /// The first operand that is not null.
    static func coalesce(_ parts: [IntegerVector]) -> ColumnVector {
        guard var first = parts.first else { return .null(count: 0) }
        for part in parts.dropFirst() {
            guard var validity = first.validity else { break }
            for row in validity.indices where validity[row] == 0 {
                first.values[row] = part.values[row]
                validity[row] = part.validity?[row] ?? 1
            }
            first.validity = validity
        }
        return .integer(first)
    }

    /// Values as doubles, divided.
    static func quotient(_ part: IntegerVector, _ divisor: Double) -> ColumnVector {
        .float(
            FloatVector(values: part.values.map { Double($0) / divisor }, validity: part.validity))
    }

    private static func starts(_ values: [Int64], _ bucket: TimeBucket.Regular) -> [Int64] {
        values.withUnsafeBufferPointer { values in
            [Int64](unsafeUninitializedCapacity: values.count) { out, count in
                for row in values.indices { out[row] = bucket.start(of: values[row]) }
                count = values.count
            }
        }
    }

    /// Bucket starts. Neighbouring rows usually share a bucket, whose range is remembered.
    static func buckets(_ part: IntegerVector, _ bucket: TimeBucket) -> ColumnVector {
        if let bucket = bucket.regular {
            var values = starts(part.values, bucket)
            if let validity = part.validity { clear(&values, validity) }
            return .integer(IntegerVector(values: values, validity: part.validity))
        }
        var values = part.values
        var known: Range<Int64> = 0..<0
        for row in values.indices where part.validity?[row] != 0 {
            if !known.contains(values[row]) { known = bucket.range(containing: values[row]) }
            values[row] = known.lowerBound
        }
        return .integer(IntegerVector(values: values, validity: part.validity))
    }
}
