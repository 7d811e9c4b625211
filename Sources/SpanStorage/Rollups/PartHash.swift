// The hash of the part of a group that a row belongs to, as segments keep it (schemas/segment.md).
// Cost: about 20 ns a row.

import SpanColumns
import SpanModel

/// Hashes rows by group and part.
struct PartHash {
    let addition: GroupAddition
    let group: GroupHash

    /// Calls `body` with the hashes of group and part of some rows, but for those without a group. Throws
    /// what reading does.
    func forEach(
        _ rows: [UInt32], of rowGroup: any RowGroup,
        _ body: (_ row: UInt32, _ group: UInt64, _ part: UInt64) -> Void
    ) throws(StoreError) {
        guard case .string(let keys) = try rowGroup.vector(group.key) else { return }
        let groups = group.hashes(of: keys.dictionary)
        var columns: [[UInt64]] = []
        for column in addition.parts {
            columns.append(group.values(of: try rowGroup.vector(column)))
        }
        for row in rows {
            let code = keys.codes[Int(row)]
            if code == StringVector.nullCode { continue }
            var part = groups[Int(code)]
            for values in columns {
                part = Hash64.combine(part, values.isEmpty ? 0 : values[Int(row)])
            }
            body(row, groups[Int(code)], part)
        }
    }
}
