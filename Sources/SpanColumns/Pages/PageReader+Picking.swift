// Single rows of a page as a vector, for the few rows that a filter left. Pages of integers and strings
// give them without decoding the rows between; of others nothing is won.

import SpanModel

extension PageReader {
    /// The values of `picked`, ascending and counted from the first of `rows`, which hold them; nil for
    /// pages that must be decoded. Codes must be codes of `dictionary`, as in `decode`. Throws
    /// `corruption`.
    package func pick(
        _ picked: [UInt32], of rows: Range<Int>, dictionary: StringDictionary?
    ) throws(StoreError) -> ColumnVector? {
        switch body {
        case .null: return .null(count: picked.count)
        case .integer(let section, let nulls):
            return .integer(try integers(section, nulls, picked, of: rows))
        case .string(let section):
            return .string(try strings(section, picked, of: rows, dictionary ?? .empty))
        default: return nil
        }
    }

    /// The same of the distances that a page holds; nil when it holds values.
    package func pickDistances(
        _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> IntegerVector? {
        guard case .distance(let section, let nulls) = body else { return nil }
        return try integers(section, nulls, picked, of: rows)
    }

    private func integers(
        _ section: IntegerReader, _ nulls: NullReader, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> IntegerVector {
        var values = try numbers(section, picked, of: rows)
        guard let validity = try nulls.decode(rows) else { return IntegerVector(values: values) }
        let flags = picked.map { validity[Int($0)] }
        for (place, flag) in flags.enumerated() { values[place] &= 0 &- Int64(flag) }
        return IntegerVector(values: values, validity: flags)
    }

    private func strings(
        _ section: IntegerReader, _ picked: [UInt32], of rows: Range<Int>,
        _ dictionary: StringDictionary
    ) throws(StoreError) -> StringVector {
        let numbers = try numbers(section, picked, of: rows)
        let limit = Int64(dictionary.count)
        var bits: Int64 = 0
        let codes = [UInt32](unsafeUninitializedCapacity: numbers.count) { out, count in
            numbers.withUnsafeBufferPointer { numbers in
                for place in numbers.indices {
                    // Negative unless between 0 and the limit.
                    bits |= (limit &- numbers[place]) | numbers[place]
                    // Stored is code + 1, so that a null (all ones in memory) is 0.
                    out[place] = UInt32(truncatingIfNeeded: numbers[place]) &- 1
                }
            }
            count = numbers.count
        }
        guard bits >= 0 else { throw Self.codeOutOfRange() }
        return StringVector(codes: codes, dictionary: dictionary)
    }

    private func numbers(
        _ section: IntegerReader, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> [Int64] {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount)
        try section.check(rows)
        return [Int64](unsafeUninitializedCapacity: picked.count) { buffer, initialized in
            if let out = buffer.baseAddress { section.pick(picked, of: rows, into: out) }
            initialized = picked.count
        }
    }
}
