// Identifiers kept as references to rows that have them in another column.

import SpanColumns
import SpanFormat
import SpanModel

extension MappedSegment {
    /// The identifiers of a page of back references; nil for any other page. Throws `corruption`.
    func referred(
        _ reader: PageReader, to target: Int, group: Int, rows: Range<Int>
    ) throws(StoreError) -> IdentifierVector? {
        guard let targets = try pageReader(target, group: group) else { return nil }
        return try located(schema.columns[target].name) { () throws(StoreError) in
            try reader.identifiers(rows, over: targets)
        }
    }
}
