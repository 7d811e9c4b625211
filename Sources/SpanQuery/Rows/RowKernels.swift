// The tight loops of filters: concrete, branch-free (a row number is always written, only the
// write position depends on the test).

enum RowKernels {
    /// Rows whose value is (not) inside a range; nulls are in neither. A nil range holds nothing.
    static func select(
        _ values: [Int64], _ validity: [UInt8]?, _ rows: [UInt32], _ range: ClosedRange<Int64>?,
        isInside: Bool
    ) -> [UInt32] {
        guard let range else {
            if isInside { return [] }
            guard let validity else { return rows }
            return rows.filter { validity[Int($0)] != 0 }
        }
        let low = range.lowerBound
        let width = UInt64(bitPattern: range.upperBound &- low)
        return [UInt32](unsafeUninitializedCapacity: rows.count) { out, count in
            values.withUnsafeBufferPointer { values in
                if let validity {
                    for row in rows {
                        let offset = UInt64(bitPattern: values[Int(row)] &- low)
                        out[count] = row
                        count &+=
                            bit((offset <= width) == isInside)
                            & Int(truncatingIfNeeded: validity[Int(row)])
                    }
                } else {
                    for row in rows {
                        let offset = UInt64(bitPattern: values[Int(row)] &- low)
                        out[count] = row
                        count &+= bit((offset <= width) == isInside)
                    }
                }
            }
        }
    }

    /// Rows whose value is (not) one of a set; nulls are in neither.
    static func select(
        _ values: [Int64], _ validity: [UInt8]?, _ rows: [UInt32], in set: Set<Int64>, wanted: Bool
    ) -> [UInt32] {
        rows.filter { validity?[Int($0)] != 0 && set.contains(values[Int($0)]) == wanted }
    }

    /// Rows whose code has the wanted verdict; null codes have none.
    static func select(
        _ codes: [UInt32], _ rows: [UInt32], _ verdicts: [UInt8], equal wanted: UInt8
    ) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: rows.count) { out, count in
            codes.withUnsafeBufferPointer { codes in
                verdicts.withUnsafeBufferPointer { verdicts in
                    for row in rows {
                        let code = Int(codes[Int(row)])
                        out[count] = row
                        if code < verdicts.count { count &+= bit(verdicts[code] == wanted) }
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func bit(_ condition: Bool) -> Int {
        Int(truncatingIfNeeded: unsafeBitCast(condition, to: UInt8.self))
    }
}
