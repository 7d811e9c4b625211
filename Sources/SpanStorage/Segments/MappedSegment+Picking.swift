// What filters need of a segment: rows that a condition on a string selects, found in its packed codes, and
// the values of the few rows that are left.

import SpanColumns
import SpanFormat
import SpanModel

extension MappedSegment {
    /// The rows of `rows` of a row group, counted from their first, for whose string a condition is true
    /// (`wanted`) or false; nil when `verdicts` are of another dictionary.
    func select(
        _ column: Int, group: Int, rows: Range<Int>, _ verdicts: CodeVerdicts, wanted: Bool
    ) throws(StoreError) -> [UInt32]? {
        guard try dictionary(column) === verdicts.dictionary else { return nil }
        guard let reader = try pageReader(column, group: group) else { return [] }
        return try located(schema.columns[column].name) { () throws(StoreError) in
            try reader.keys(verdicts.dictionary)?.select(rows, verdicts, wanted: wanted)
        }
    }

    /// The values of a column in some of `rows` of a row group; nil for pages that must be decoded.
    func pick(
        _ column: Int, group: Int, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> ColumnVector? {
        guard let reader = try pageReader(column, group: group) else {
            return .null(count: picked.count)
        }
        let isString = schema.columns[column].type.form == .string
        let dictionary = isString ? try self.dictionary(column) : nil
        return try located(schema.columns[column].name) { () throws(StoreError) in
            try reader.pick(picked, of: rows, dictionary: dictionary)
        }
    }

    /// End − start in some of `rows` of a row group; nil unless the page of the ends holds just that.
    func pick(
        _ interval: ColumnInterval, group: Int, _ picked: [UInt32], of rows: Range<Int>
    ) throws(StoreError) -> IntegerVector? {
        // Without a start there is no distance, whatever the page says.
        guard interval == schema.interval, zone(interval.start, group: group).nullCount == 0,
            let reader = try pageReader(interval.end, group: group)
        else { return nil }
        return try located(schema.columns[interval.end].name) { () throws(StoreError) in
            try reader.pickDistances(picked, of: rows)
        }
    }
}
