// Least and greatest strings and identifiers of groups: by the places of a small dictionary, and by comparing
// where there are more; identifiers of several forms order as their texts.

import SpanColumns
import SpanModel
import SpanQuery
import SpanTesting
import Testing

@Suite struct StringExtremeTests {
    private typealias Random = SpanGenerator.Random

    /// Rows with a name, some of them null or empty, an id, and one of a few groups.
    private func rows(
        _ count: Int, distinct: Int, _ random: inout Random
    ) -> [(group: String, name: String?, id: String)] {
        (0..<count).map { row in
            let number = Int.random(in: 0..<distinct, using: &random)
            let name: String? =
                random.chance(5) ? nil : random.chance(5) ? "" : "name \(number * 7_919 % distinct)"
            let digits = String(number, radix: 16)
            let hex = String(repeating: "0", count: 16 - digits.count) + digits
            let id = [
                hex, hex + hex, "id-\(number)",
                "\(hex.suffix(8))-0000-4000-8000-\(hex.suffix(12))",
            ].randomElement(using: &random)
            return ("group \(row % 5)", name, id ?? hex)
        }
    }

    @Test(arguments: [3, 900, 5_000])
    func extremesAreThoseOfTheirTexts(distinct: Int) throws {
        var random = Random(seed: UInt64(distinct))
        let rows = rows(4_000, distinct: distinct, &random)
        var builder = BatchBuilder(schema: Tables.spans)
        for row in rows {
            builder.setString(SpanColumn.source, row.group)
            if let name = row.name { builder.setString(SpanColumn.name, name) }
            _ = Array(row.id.utf8).withUnsafeBytes {
                builder.setIdentifier(SpanColumn.spanID, text: $0)
            }
            builder.endRow()
        }
        let table = MemoryTable(builder.finish(), groupSizes: [700, 90])
        let found = try SQLSupport.rows(
            "SELECT source, min(name), max(name), min(span_id), max(span_id) FROM spans_raw GROUP BY source",
            [table])
        let groups = Dictionary(grouping: rows, by: \.group)
        let expected = groups.keys.sorted().map { group in
            let names = groups[group, default: []].compactMap(\.name)
            let ids = groups[group, default: []].map(\.id)
            return [group, names.min(), names.max(), ids.min(), ids.max()].map { $0 ?? "null" }
                .joined(separator: "|")
        }
        #expect(found == expected)
    }
}
