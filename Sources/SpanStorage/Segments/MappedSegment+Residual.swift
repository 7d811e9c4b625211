// Texts of a JSON column whose key columns hold parts of them: a residual block and the values of its
// rows make the block that was left out.
// Cost: about 40 µs a block of 64 KiB, as much as to decompress it.

import SpanColumns
import SpanFormat
import SpanModel

extension MappedSegment {
    /// The texts of a residual block back to back. Throws `corruption`.
    func assembled(
        _ bytes: UnsafeRawBufferPointer, _ entry: TextBlockEntry, _ column: Int
    ) throws(StoreError) -> [UInt8] {
        let keys = try keys().all(of: column)
        return try located("residual block of \(schema.columns[column].name)") {
            () throws(StoreError) in
            let block = try ResidualBlock(
                ByteReader(
                    bytes, file: name, region: "residual block", base: entry.section.offset))
            guard block.rows.upperBound <= footer.rowCount,
                block.keys >> UInt64(keys.count) == 0
            else { throw damage(column, "a residual block of other rows or keys") }
            var columns: [ResidualKey?] = []
            for (number, key) in keys.enumerated() {
                let isUsed = block.keys >> UInt64(number) & 1 == 1
                columns.append(isUsed ? try residualKey(key, block.rows) : nil)
            }
            return try block.assemble(columns, rawLength: Int(entry.rawLength))
        }
    }

    /// The values of a key in some rows of the segment.
    private func residualKey(
        _ key: (section: SectionEntry, keys: KeyColumn), _ rows: Range<Int>
    ) throws(StoreError) -> ResidualKey {
        let bytes = try bytes(of: key.section, region: "key column")
        var parts: [ColumnVector] = []
        for group in groupRows.indices {
            let part = rows.clamped(to: groupStarts[group]..<groupStarts[group + 1])
            if part.isEmpty { continue }
            let local = part.lowerBound - groupStarts[group]..<part.upperBound - groupStarts[group]
            parts.append(try key.keys.stored(group: group, rows: local, section: bytes))
        }
        return ResidualKey(
            key: key.keys.key,
            values: try ColumnVector.concatenate(parts, form: key.keys.storedForm))
    }
}
