// Series beside each other, as a table of run metrics has them when it is sorted by series and step:
// what was logged together has equal steps and close times and sequences at the same place of every
// series. Some series are stored themselves; the others are one of those plus a constant, but for
// exceptions. Who knows where series start says so; else one starts where values fall.
// Format: schemas/encodings.md, "Aligned".
// Cost: opening about 0.2 ns a series; decoding an addition more than the stored series' own; a single
// row two binary searches.

import SpanModel

/// How a run of integers falls into series.
struct AlignedPlan {
    /// The first row of each series.
    private(set) var starts: [Int] = [0]
    /// By series: the one it repeats, itself when it is stored.
    private(set) var models: [Int] = []
    /// By series: what is added to the model's values; 0 for stored ones.
    private(set) var offsets: [Int64] = []
    private(set) var exceptions: [Int] = []
    /// The values of stored series.
    private(set) var own: [Int64] = []

    /// Series shorter than this on average are not looked at.
    private static let rowsPerSeriesMin = 16
    /// At most one row in so many may be an exception in its series.
    private static let rowsPerExceptionMin = 8

    /// The plan for `values` with series at `known` rows, or where values fall, `fallCount` times;
    /// nil when fewer than half of the rows would lie in series that repeat another.
    init?(_ values: UnsafeBufferPointer<Int64>, known: [Int]?, fallCount: Int) {
        let count = known?.count ?? fallCount + 1
        guard count > 1, count * Self.rowsPerSeriesMin <= values.count else { return nil }
        if let known {
            starts = known
        } else {
            for row in 1..<values.count where values[row] < values[row - 1] { starts.append(row) }
        }
        var model = 0
        for series in starts.indices {
            if series > 0, align(series, with: model, values) { continue }
            model = series
            models.append(series)
            offsets.append(0)
            own.append(contentsOf: values[starts[series]..<end(series, values.count)])
        }
        guard own.count * 2 <= values.count else { return nil }
    }

    private func end(_ series: Int, _ count: Int) -> Int {
        series + 1 < starts.count ? starts[series + 1] : count
    }

    /// Makes a series repeat a model, if it does.
    private mutating func align(
        _ series: Int, with model: Int, _ values: UnsafeBufferPointer<Int64>
    ) -> Bool {
        let (start, first) = (starts[series], starts[model])
        let count = end(series, values.count) - start
        guard count <= end(model, values.count) - first else { return false }
        let offset = Self.commonest(
            values[start] &- values[first],
            values[start + count / 2] &- values[first + count / 2],
            values[start + count - 1] &- values[first + count - 1])
        let before = exceptions.count
        let allowed = count / Self.rowsPerExceptionMin
        for row in 0..<count where values[start + row] &- values[first + row] != offset {
            exceptions.append(start + row)
            if exceptions.count - before > allowed {
                exceptions.removeSubrange(before...)
                return false
            }
        }
        models.append(model)
        offsets.append(offset)
        return true
    }

    /// The value that two of three share, else the second.
    private static func commonest(_ first: Int64, _ second: Int64, _ third: Int64) -> Int64 {
        first == third ? first : second
    }
}

/// Writes the payload of aligned sections.
enum AlignedEncoding {
    /// Bytes of a series in the payload, and of an exception without its value.
    static let seriesBytes = 12
    static let exceptionBytes = 2

    /// The payload.
    static func payload(
        _ plan: AlignedPlan, _ values: UnsafeBufferPointer<Int64>
    ) -> [UInt8] {
        var out: [UInt8] = []
        out.put(UInt32(plan.starts.count))
        out.put(UInt32(plan.exceptions.count))
        for start in plan.starts { out.put(UInt16(start)) }
        for model in plan.models { out.put(UInt16(model)) }
        for offset in plan.offsets { out.put(offset) }
        for row in plan.exceptions { out.put(UInt16(row)) }
        IntegerSection.append(plan.own, to: &out)
        IntegerSection.append(plan.exceptions.map { values[$0] }, allowsDelta: false, to: &out)
        return out
    }
}

/// Reads the payload of an aligned section.
struct AlignedReader {
    private let rowCount: Int
    private let seriesCount: Int
    private let exceptionCount: Int
    private let starts: UnsafeRawBufferPointer
    private let models: UnsafeRawBufferPointer
    private let offsets: UnsafeRawBufferPointer
    private let exceptions: UnsafeRawBufferPointer
    /// The values of the stored series, back to back.
    private let own: IntegerReader
    private let exceptionValues: IntegerReader

    init(_ payload: UnsafeRawBufferPointer, rowCount: Int) throws(StoreError) {
        var cursor = ByteReader(payload, file: "page", region: "aligned")
        self.rowCount = rowCount
        seriesCount = Int(try cursor.uint32())
        exceptionCount = Int(try cursor.uint32())
        guard seriesCount > 0, seriesCount <= rowCount, exceptionCount <= rowCount else {
            throw cursor.damage("\(seriesCount) series, \(exceptionCount) exceptions")
        }
        starts = try cursor.take(seriesCount * 2)
        models = try cursor.take(seriesCount * 2)
        offsets = try cursor.take(seriesCount * 8)
        exceptions = try cursor.take(exceptionCount * 2)
        guard let ownCount = Self.storedRows(starts, models, rowCount) else {
            throw cursor.damage("series are out of order")
        }
        own = try IntegerReader(&cursor, count: ownCount, isNested: true)
        exceptionValues = try IntegerReader(&cursor, count: exceptionCount, isNested: true)
        try cursor.finish()
    }

    /// Rows of the series that are stored; nil unless starts ascend from 0 and no series repeats a later
    /// one.
    private static func storedRows(
        _ starts: UnsafeRawBufferPointer, _ models: UnsafeRawBufferPointer, _ rowCount: Int
    ) -> Int? {
        let last = starts.count / 2 - 1
        let before = storedRows(starts, models, of: 0..<last)
        let rest = rowCount - Int(starts.element(last, as: UInt16.self))
        let model = Int(models.element(last, as: UInt16.self))
        guard before.isOrdered, rest > 0, model <= last,
            starts.element(0, as: UInt16.self) == 0
        else { return nil }
        return before.rows + (model == last ? rest : 0)
    }

    /// Rows of those of some series that are stored, and whether each starts before the next one and
    /// repeats none behind it. The last series of all is not among them.
    private static func storedRows(
        _ starts: UnsafeRawBufferPointer, _ models: UnsafeRawBufferPointer, of series: Range<Int>
    ) -> (rows: Int, isOrdered: Bool) {
        var isWrong = SIMDMask<SIMD8<Int16>>(repeating: false)
        // No lane can pass 65,535, which is beyond every start.
        var lengths = SIMD8<UInt16>()
        var numbers =
            SIMD8<UInt16>(0, 1, 2, 3, 4, 5, 6, 7)
            &+ UInt16(truncatingIfNeeded: series.lowerBound)
        var next = series.lowerBound
        while next + 8 <= series.upperBound {
            let start = starts.loadUnaligned(fromByteOffset: next * 2, as: SIMD8<UInt16>.self)
            let end = starts.loadUnaligned(fromByteOffset: next * 2 + 2, as: SIMD8<UInt16>.self)
            let model = models.loadUnaligned(fromByteOffset: next * 2, as: SIMD8<UInt16>.self)
            isWrong .|= (start .>= end) .| (model .> numbers)
            lengths &+= (end &- start).replacing(with: 0, where: model .!= numbers)
            numbers &+= 8
            next += 8
        }
        var rows = Int(SIMD8<UInt32>(truncatingIfNeeded: lengths).wrappedSum())
        var isOrdered = isWrong == SIMDMask(repeating: false)
        while next < series.upperBound {
            let start = Int(starts.element(next, as: UInt16.self))
            let end = Int(starts.element(next + 1, as: UInt16.self))
            let model = Int(models.element(next, as: UInt16.self))
            if start >= end || model > next { isOrdered = false }
            if model == next { rows += end - start }
            next += 1
        }
        return (rows, isOrdered)
    }

    /// Throws `corruption` when the series of `rows`, their exceptions or the stored values contradict
    /// themselves.
    func check(_ rows: Range<Int>) throws(StoreError) {
        if rows.isEmpty { return }
        try own.check(0..<own.count)
        try exceptionValues.check(0..<exceptionCount)
        for series in series(of: rows.lowerBound)...series(of: rows.upperBound - 1)
        where !isSound(series) {
            throw damaged("series \(series) repeats no stored one of its length")
        }
        var last = rows.lowerBound - 1
        for index in firstException(from: rows.lowerBound)..<firstException(from: rows.upperBound) {
            let row = exception(index)
            guard row > last else { throw damaged("exceptions are out of order") }
            last = row
        }
        guard last < rows.upperBound else { throw damaged("exceptions are out of order") }
    }

    private func damaged(_ reason: String) -> StoreError {
        .corruption(file: "page", offset: 0, region: "aligned", reason: reason)
    }

    /// Whether a series is stored or repeats one that is, and is as long.
    private func isSound(_ series: Int) -> Bool {
        let model = model(series)
        return self.model(model) == model && length(series) <= length(model)
    }

    /// The value of a row; 0 where `check` would throw.
    func value(at row: Int) -> Int64 {
        let index = firstException(from: row)
        if index < exceptionCount, exception(index) == row {
            return exceptionValues.value(at: index)
        }
        let series = series(of: row)
        guard isSound(series) else { return 0 }
        var place = StoredPlace()
        return own.value(at: start(of: model(series), &place) + row - start(series))
            &+ offsets.element(series, as: Int64.self)
    }

    /// Writes the values of `rows`; `check` of them comes first.
    func decode(_ rows: Range<Int>, into out: UnsafeMutablePointer<Int64>) {
        guard !rows.isEmpty else { return }
        var place = StoredPlace()
        var series = series(of: rows.lowerBound)
        var row = rows.lowerBound
        while row < rows.upperBound {
            precondition(isSound(series))
            let end = min(start(series + 1), rows.upperBound)
            let first = start(of: model(series), &place) + row - start(series)
            let target = out + (row - rows.lowerBound)
            own.decode(first..<first + end - row, into: target)
            let offset = offsets.element(series, as: Int64.self)
            for index in 0..<end - row { target[index] = target[index] &+ offset }
            row = end
            series += 1
        }
        for index in firstException(from: rows.lowerBound)..<firstException(from: rows.upperBound) {
            out[exception(index) - rows.lowerBound] = exceptionValues.value(at: index)
        }
    }

    /// A series, and the rows of stored ones before it.
    private struct StoredPlace {
        var series = 0
        var rows = 0
    }

    /// Where the values of a stored series start. `place` is where one before was found, from which the
    /// search goes on if it can.
    private func start(of stored: Int, _ place: inout StoredPlace) -> Int {
        if stored < place.series { place = StoredPlace() }
        place.rows += Self.storedRows(starts, models, of: place.series..<stored).rows
        place.series = stored
        return place.rows
    }

    private func model(_ series: Int) -> Int { Int(models.element(series, as: UInt16.self)) }

    private func length(_ series: Int) -> Int { start(series + 1) - start(series) }

    private func start(_ series: Int) -> Int {
        series < seriesCount ? Int(starts.element(series, as: UInt16.self)) : rowCount
    }

    private func exception(_ index: Int) -> Int {
        Int(exceptions.element(index, as: UInt16.self))
    }

    /// The series that holds a row; they lie in order.
    private func series(of row: Int) -> Int {
        var low = 0
        var high = seriesCount - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if start(middle) <= row { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// The number of the first exception at `row` or behind it.
    private func firstException(from row: Int) -> Int {
        (0..<exceptionCount).partitionPoint { exception($0) < row }
    }
}
