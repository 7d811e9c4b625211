// Integer expressions over whole vectors. A null operand's value is 0 and its validity 0, as in
// every `IntegerVector`.

import SpanColumns

enum IntegerExpressions {
    /// left − right; null where either is null or the result does not fit.
    static func difference(_ left: IntegerVector, _ right: IntegerVector) -> ColumnVector {
        let count = left.values.count
        var values = [Int64](repeating: 0, count: count)
        var validity = [UInt8](repeating: 1, count: count)
        var hasNull = left.validity != nil || right.validity != nil
        for row in 0..<count {
            let (value, overflow) = left.values[row].subtractingReportingOverflow(
                right.values[row])
            values[row] = value
            if overflow {
                validity[row] = 0
                hasNull = true
            }
        }
        clear(&validity, where: left.validity)
        clear(&validity, where: right.validity)
        if hasNull {
            for row in 0..<count where validity[row] == 0 { values[row] = 0 }
        }
        return .integer(IntegerVector(values: values, validity: hasNull ? validity : nil))
    }

    /// The sum of the operands that are not null.
    static func sumOfPresent(_ parts: [IntegerVector]) -> ColumnVector {
        let count = parts.first?.values.count ?? 0
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

    /// Bucket starts. Neighbouring rows usually share a bucket, whose range is remembered.
    static func buckets(_ part: IntegerVector, _ bucket: TimeBucket) -> ColumnVector {
        var values = part.values
        var known: Range<Int64> = 0..<0
        for row in values.indices where part.validity?[row] != 0 {
            if !known.contains(values[row]) { known = bucket.range(containing: values[row]) }
            values[row] = known.lowerBound
        }
        return .integer(IntegerVector(values: values, validity: part.validity))
    }

    private static func clear(_ validity: inout [UInt8], where other: [UInt8]?) {
        guard let other else { return }
        for row in validity.indices { validity[row] &= other[row] }
    }
}
