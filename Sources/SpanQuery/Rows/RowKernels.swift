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
        return values.withUnsafeBufferPointer { values in
            guard let validity else {
                return select(rows, of: values.count) { row in
                    bit((UInt64(bitPattern: values[row] &- low) <= width) == isInside)
                }
            }
            return validity.withUnsafeBufferPointer { validity in
                select(rows, of: values.count) { row in
                    bit((UInt64(bitPattern: values[row] &- low) <= width) == isInside)
                        & Int(truncatingIfNeeded: validity[row])
                }
            }
        }
    }

    /// Rows whose value is (not) finite; nulls are in neither.
    static func select(
        finite values: [Double], _ validity: [UInt8]?, _ rows: [UInt32], isFinite: Bool
    ) -> [UInt32] {
        // Mostly all or none of them are, which needs no list of rows.
        let others = values.withUnsafeBufferPointer { values in
            values.reduce(into: 0) { $0 &+= bit($1.isFinite != isFinite) }
        }
        if others == 0, validity == nil { return rows }
        return values.withUnsafeBufferPointer { values in
            guard let validity else {
                return select(rows, of: values.count) { row in
                    bit(values[row].isFinite == isFinite)
                }
            }
            return validity.withUnsafeBufferPointer { validity in
                select(rows, of: values.count) { row in
                    bit(values[row].isFinite == isFinite)
                        & Int(truncatingIfNeeded: validity[row])
                }
            }
        }
    }

    /// The rows for which a test, which must not branch, says 1 and not 0. A list of all rows is
    /// not read.
    @inline(__always)
    static func select(
        _ rows: [UInt32], of count: Int, where isWanted: (Int) -> Int
    ) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: rows.count) { out, kept in
            var next = 0
            if rows.count == count {
                for row in 0..<count {
                    out[next] = UInt32(truncatingIfNeeded: row)
                    next &+= isWanted(row)
                }
            } else {
                for row in rows {
                    out[next] = row
                    next &+= isWanted(Int(row))
                }
            }
            kept = next
        }
    }

    /// Rows whose value is (not) one of a set; nulls are in neither.
    static func select(
        _ values: [Int64], _ validity: [UInt8]?, _ rows: [UInt32], in set: Set<Int64>, wanted: Bool
    ) -> [UInt32] {
        rows.filter { validity?[Int($0)] != 0 && set.contains(values[Int($0)]) == wanted }
    }

    /// Rows whose code has the wanted verdict: `verdicts` starts with that of nulls, then has one
    /// for each code.
    static func select(
        _ codes: [UInt32], _ rows: [UInt32], _ verdicts: [UInt8], equal wanted: UInt8
    ) -> [UInt32] {
        codes.withUnsafeBufferPointer { codes in
            verdicts.withUnsafeBufferPointer { verdicts in
                // The code of a null is all ones, so that the next one is 0.
                select(rows, of: codes.count) { row in
                    bit(verdicts[Int(codes[row] &+ 1)] == wanted)
                }
            }
        }
    }

    /// Rows whose bytes (do not) equal `wanted`; empty rows are null and in neither.
    static func select(
        _ ends: [UInt32], _ bytes: [UInt8], _ rows: [UInt32], equal expected: [UInt8], wanted: Bool
    ) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: rows.count) { out, count in
            ends.withUnsafeBufferPointer { ends in
                bytes.withUnsafeBytes { bytes in
                    expected.withUnsafeBytes { expected in
                        for row in rows {
                            let start = row == 0 ? 0 : Int(ends[Int(row) &- 1])
                            let end = Int(ends[Int(row)])
                            out[count] = row
                            if start == end { continue }
                            let isEqual = areEqual(
                                UnsafeRawBufferPointer(rebasing: bytes[start..<end]), expected)
                            count &+= bit(isEqual == wanted)
                        }
                    }
                }
            }
        }
    }

    /// Whether two runs of bytes are equal, eight at a time.
    @inline(__always)
    static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        let count = left.count
        guard count == right.count else { return false }
        var offset = 0
        while offset &+ 8 <= count {
            let leftWord = left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let rightWord = right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if leftWord != rightWord { return false }
            offset &+= 8
        }
        while offset < count {
            if left[offset] != right[offset] { return false }
            offset &+= 1
        }
        return true
    }

    @inline(__always)
    private static func bit(_ condition: Bool) -> Int {
        Int(truncatingIfNeeded: unsafeBitCast(condition, to: UInt8.self))
    }
}
