// Which row groups may hold a row whose value of a key meets a condition, as the zones of its column
// tell. A column of strings says nothing about numbers: its texts may be numbers written otherwise, or
// none, which a query has to find out.

import SpanColumns
import SpanFormat
import SpanModel
import SpanSketch

extension KeyColumn {
    /// Whether a row group of `rowCount` rows may hold a row that meets the condition.
    func mayHold(_ condition: KeyCondition, group: Int, rowCount: Int) -> Bool {
        guard let zone = zone(of: group) else {
            return maySomewhereHold(condition)
        }
        if condition == .isNull { return zone.nullCount > 0 }
        guard zone.nullCount < rowCount, let values = zone.integers else { return false }
        switch condition {
        case .isNull, .isPresent: return true
        case .textIn(let texts):
            return texts.contains { place(of: $0).map(values.contains) ?? false }
        case .integerIn(let ranges):
            guard type != .string, let integers = integers(values) else { return true }
            return ranges.contains { $0.overlaps(integers) }
        case .doubleIn(let ranges):
            guard type != .string else { return true }
            let doubles = doubles(values)
            return ranges.contains { $0.overlaps(doubles) }
        }
    }

    /// Whether any row group may, where there are no zones.
    private func maySomewhereHold(_ condition: KeyCondition) -> Bool {
        guard case .textIn(let texts) = condition else { return true }
        return texts.contains { place(of: $0) != nil }
    }

    /// Where a text stands in zones; nil when no row has it.
    private func place(of text: String) -> Int64? {
        var text = text
        return text.withUTF8 { text in
            let bytes = UnsafeRawBufferPointer(text)
            if type == .string { return dictionary?.code(of: bytes).map { Int64($0) } }
            return type.number(bytes).map { type.ordered($0) }
        }
    }

    /// Values cast to integers, halves away from zero as texts are; nil when one may not fit.
    private func integers(_ values: ClosedRange<Int64>) -> ClosedRange<Int64>? {
        if type == .integer { return values }
        let rounded = [values.lowerBound, values.upperBound].compactMap {
            Int64(exactly: OrderedDouble.value($0).rounded(.toNearestOrAwayFromZero))
        }
        return rounded.count == 2 && rounded[0] <= rounded[1] ? rounded[0]...rounded[1] : nil
    }

    /// Values cast to doubles, as `OrderedDouble` keys.
    private func doubles(_ values: ClosedRange<Int64>) -> ClosedRange<Int64> {
        if type == .double { return values }
        return OrderedDouble.key(
            Double(values.lowerBound))...OrderedDouble.key(Double(values.upperBound))
    }
}
