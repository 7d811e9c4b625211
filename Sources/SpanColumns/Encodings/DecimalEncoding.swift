// Doubles that are short decimals (0.25, 17.3): the integer value × 10^e, and the power. A row
// whose bits do not come back exactly (−0, NaN, long fractions) is an exception with its own bits.
// Format: schemas/encodings.md, "Decimal".
// Cost: decoding about 1 ns a row (a division, which unlike a product is exact).

import SpanModel

/// Writes decimal bodies.
enum DecimalEncoding {
    static let headerBytes = 8
    /// Powers of ten up to here are tried; doubles hold 15 decimal digits.
    static let exponentMax = 15
    /// Rows looked at to choose the power.
    private static let sampleRows = 256
    /// Adding it leaves a number of up to 51 bits rounded in the low bits.
    private static let rounder = 0x1.8p52

    /// Integers, power and exceptions for some doubles.
    struct Plan {
        let exponent: Int
        let integers: [Int64]
        let exceptions: [Int]
        let integerPlan: IntegerPlan

        /// Bytes of the body.
        var byteCount: Int { headerBytes + integerPlan.byteCount + exceptions.count * 10 }
    }

    /// The plan for `values`; nil when more than one row in eight would be an exception.
    static func plan(_ values: UnsafeBufferPointer<Double>) -> Plan? {
        guard let exponent = bestExponent(values) else { return nil }
        let power = powers[exponent]
        var integers: [Int64] = []
        integers.reserveCapacity(values.count)
        var exceptions: [Int] = []
        var previous: Int64 = 0
        for row in values.indices {
            if let integer = integer(values[row], power) {
                previous = integer
            } else {
                exceptions.append(row)
            }
            integers.append(previous)
        }
        guard exceptions.count * 8 <= values.count else { return nil }
        let integerPlan = integers.withUnsafeBufferPointer {
            IntegerPlan($0, IntegerStatistics($0))
        }
        return Plan(
            exponent: exponent, integers: integers, exceptions: exceptions,
            integerPlan: integerPlan)
    }

    /// Appends the body.
    static func append(
        _ values: UnsafeBufferPointer<Double>, _ plan: Plan, to out: inout [UInt8]
    ) {
        out.append(UInt8(plan.exponent))
        out.append(contentsOf: [0, 0, 0])
        out.put(UInt32(plan.exceptions.count))
        plan.integers.withUnsafeBufferPointer {
            IntegerSection.append($0, plan.integerPlan, to: &out)
        }
        for row in plan.exceptions { out.put(UInt16(row)) }
        for row in plan.exceptions { out.put(values[row].bitPattern) }
    }

    /// 10^0 … 10^15, all exact.
    static let powers: [Double] = (0...exponentMax).map { exponent in
        (0..<exponent).reduce(1.0) { power, _ in power * 10 }
    }

    /// The integer that gives `value` back bit for bit, if there is one.
    @inline(__always)
    private static func integer(_ value: Double, _ power: Double) -> Int64? {
        let shifted = value * power + rounder
        let integer =
            Int64(bitPattern: shifted.bitPattern) &- Int64(bitPattern: rounder.bitPattern)
        return (Double(integer) / power).bitPattern == value.bitPattern ? integer : nil
    }

    /// The least power that represents most of a sample; nil when none represents most of it.
    private static func bestExponent(_ values: UnsafeBufferPointer<Double>) -> Int? {
        let step = max(1, values.count / sampleRows)
        var best: (exponent: Int, exact: Int)?
        var rows = 0
        for exponent in 0...exponentMax {
            var exact = 0
            rows = 0
            for row in stride(from: 0, to: values.count, by: step) {
                if integer(values[row], powers[exponent]) != nil { exact += 1 }
                rows += 1
            }
            if exact > best?.exact ?? 0 { best = (exponent, exact) }
            if exact == rows { break }
        }
        guard let best, best.exact * 8 >= rows * 7 else { return nil }
        return best.exponent
    }
}

/// Reads a decimal body.
struct DecimalReader {
    private let power: Double
    private let integers: IntegerReader
    private let rows: UnsafeRawBufferPointer
    private let bits: UnsafeRawBufferPointer
    private let exceptionCount: Int

    init(_ cursor: inout ByteReader, rowCount: Int) throws(StoreError) {
        let exponent = Int(try cursor.uint8())
        try cursor.reserved(3)
        exceptionCount = Int(try cursor.uint32())
        guard exponent <= DecimalEncoding.exponentMax, exceptionCount <= rowCount else {
            throw cursor.damage("10^\(exponent), \(exceptionCount) exceptions")
        }
        power = DecimalEncoding.powers[exponent]
        integers = try IntegerReader(&cursor, count: rowCount)
        rows = try cursor.take(exceptionCount * 2)
        bits = try cursor.take(exceptionCount * 8)
    }

    /// The values of `rows`.
    func decode(_ rows: Range<Int>) throws(StoreError) -> [Double] {
        let numbers = try integers.decode(rows)
        var values = [Double](unsafeUninitializedCapacity: numbers.count) { out, initialized in
            for row in numbers.indices { out[row] = Double(numbers[row]) / power }
            initialized = numbers.count
        }
        for index in firstException(from: rows.lowerBound)..<exceptionCount {
            let row = exceptionRow(index)
            guard row < rows.upperBound else {
                guard row < integers.count else { throw outOfRange(row) }
                break
            }
            guard row >= rows.lowerBound else { throw outOfRange(row) }
            values[row - rows.lowerBound] = Double(
                bitPattern: bits.element(index, as: UInt64.self))
        }
        return values
    }

    private func exceptionRow(_ index: Int) -> Int { Int(rows.element(index, as: UInt16.self)) }

    /// The first exception at `row` or behind it; exceptions lie in order of row.
    private func firstException(from row: Int) -> Int {
        (0..<exceptionCount).partitionPoint { exceptionRow($0) < row }
    }

    private func outOfRange(_ row: Int) -> StoreError {
        .corruption(
            file: "page", offset: 0, region: "decimal",
            reason: "exception for row \(row) of \(integers.count), or out of order")
    }
}
