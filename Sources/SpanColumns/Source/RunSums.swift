// What is known of a float column by runs of superseded rows of one series whose steps lie close together.
// Superseded rows are few and far between: a block of as many rows as a live one has would reach over many
// ranges of steps. Records of schemas/segment.md, read in place: about 3 ns a run, as callers inline it: the
// compiler does so with public types alone.

import SpanModel

/// Runs that follow each other. Rows are counted from the first one that was asked for.
public struct RunSums {
    /// The first row of the first run: 0, or less.
    package let start: Int
    package let count: Int
    @usableFromInline let records: UnsafeRawBufferPointer
    /// What the records count before the first row that was asked for.
    @usableFromInline let origin: Int
    /// Keeps the records where they are.
    private let owner: AnyObject

    /// Runs whose records, which were checked, lie still while `owner` lives.
    package init(start: Int, records: UnsafeRawBufferPointer, origin: Int, owner: AnyObject) {
        self.start = start
        count = records.count / RunSum.recordBytes
        self.records = records
        self.origin = origin
        self.owner = owner
    }

    @inlinable package subscript(number: Int) -> RunSum {
        RunSum(number, of: records, origin: origin)
    }
}

/// What is known of a run.
public struct RunSum: Equatable {
    /// The row behind the last.
    public let end: Int
    public let steps: ClosedRange<Int64>
    /// What the sort key has behind the step, of the first row; 0 for null.
    public let time: Int64
    /// Of the finite values: their sum, the least and the greatest; 0 without any.
    public let sum: Double
    public let least: Double
    public let greatest: Double
    /// The number of values that are not finite × 8, plus their flags: 1 NaN, 2 +Inf, 4 −Inf;
    /// `BlockSums.unknown`: only the rows tell.
    public let others: Int64
    /// Whether every step from the first to the last has one row.
    public let isGapless: Bool

    @inlinable package static var recordBytes: Int { 48 }
    @usableFromInline static var unknown: UInt16 { 0x7fff }
    @usableFromInline static var gapless: UInt16 { 0x8000 }

    /// Steps are less than 2³² apart, rows at most 65,536.
    package init(
        end: Int, steps: ClosedRange<Int64>, time: Int64, sum: Double, least: Double,
        greatest: Double, others: Int64, isGapless: Bool
    ) {
        self.end = end
        self.steps = steps
        self.time = time
        self.sum = sum
        self.least = least
        self.greatest = greatest
        self.others = others
        self.isGapless = isGapless
    }

    /// The run of a record; what it counts before row `origin` is taken off.
    @inlinable package init(_ number: Int, of records: UnsafeRawBufferPointer, origin: Int) {
        let place = number * Self.recordBytes
        func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _: T.Type) -> T {
            T(littleEndian: records.loadUnaligned(fromByteOffset: place + offset, as: T.self))
        }
        let step = load(0, Int64.self)
        let last = step.addingReportingOverflow(Int64(load(40, UInt32.self)))
        steps = ClosedRange(
            uncheckedBounds: (step, last.overflow ? .max : last.partialValue))
        time = load(8, Int64.self)
        sum = Double(bitPattern: load(16, UInt64.self))
        least = Double(bitPattern: load(24, UInt64.self))
        greatest = Double(bitPattern: load(32, UInt64.self))
        end = Int(load(44, UInt16.self)) + 1 - origin
        let flags = load(46, UInt16.self)
        let others = flags & ~Self.gapless
        self.others = others == Self.unknown ? -1 : Int64(others)
        isGapless = flags & Self.gapless != 0
    }

    /// Appends the record; rows are counted from the row group's first.
    package func put(into out: inout [UInt8]) {
        out.put(steps.lowerBound)
        out.put(time)
        out.put(sum.bitPattern)
        out.put(least.bitPattern)
        out.put(greatest.bitPattern)
        out.put(UInt32(truncatingIfNeeded: steps.upperBound &- steps.lowerBound))
        out.put(UInt16(end - 1))
        let others = others == BlockSums.unknown ? Self.unknown : UInt16(others)
        out.put(isGapless ? others | Self.gapless : others)
    }
}
