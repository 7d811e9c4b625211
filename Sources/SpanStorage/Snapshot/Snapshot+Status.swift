// What a snapshot consists of, for `spanq status`: a finding per row.

import SpanColumns
import SpanFormat
import SpanModel

extension Snapshot {
    /// Rows of `item`, `workspace`, `table`, `value`: the last sequence, then for each table its
    /// segments and their bytes, rows by where they lie, and what waits or is damaged. Costs a
    /// scan of identities only for tables that hold patches.
    package func status() throws(StoreError) -> ResultTable {
        var findings = StatusTable()
        findings.add("last_sequence", value: Int(clamping: sequence))
        findings.add("workspaces", value: workspaces.count)
        for name in workspaceNames {
            guard let workspace = workspaces[name] else { continue }
            for table in workspace.tables {
                try table.addStatus(to: &findings, workspace: name)
            }
        }
        return findings.table()
    }
}

extension TableSnapshot {
    fileprivate func addStatus(
        to findings: inout StatusTable, workspace: String
    ) throws(StoreError) {
        let segments = index.segments
        let memtableRows = writes.reduce(0) { $0 + $1.rowCount }
        if segments.isEmpty, memtableRows == 0 { return }
        let parts = try segmentParts()
        let figures: [(String, Int)] = [
            ("memtable_rows", memtableRows),
            ("segments", segments.count),
            ("segment_bytes", segments.reduce(0) { $0 + Int(clamping: $1.entry.byteCount) }),
            ("text_bytes", parts.text),
            ("text_index_bytes", parts.textIndex),
            ("recompression_debt_bytes", parts.undenseText),
            ("live_rows", segments.reduce(0) { $0 + Int($1.entry.liveRows) }),
            ("history_rows", segments.reduce(0) { $0 + Int($1.entry.historyRows) }),
            ("superseded_live_rows", segments.reduce(0) { $0 + $1.kills.count }),
            ("waiting_patches", try waitingPatches()),
            ("quarantined_segments", segments.count { !$0.quarantine.isEmpty }),
        ]
        for (item, value) in figures {
            findings.add(item, workspace: workspace, table: schema.name, value: value)
        }
    }

    /// Bytes of text blocks, of those that are to be packed anew, and of term dictionaries, of the
    /// segments that can be read.
    private func segmentParts() throws(StoreError) -> (
        text: Int, undenseText: Int, textIndex: Int
    ) {
        var parts = (text: 0, undenseText: 0, textIndex: 0)
        for segment in index.segments where segment.quarantine.isEmpty {
            let footer = try segment.mapped().footer
            parts.text += footer.textBytes
            if segment.entry.level < SegmentLevel.dense.rawValue {
                parts.undenseText += footer.textBytes
            }
            parts.textIndex += footer.bytes(of: .termDictionary)
        }
        return parts
    }

    /// Identities that have patches and no complete record yet.
    private func waitingPatches() throws(StoreError) -> Int {
        var containers: [any RowContainer] = writes
        for segment in index.segments where segment.quarantine.isEmpty {
            containers.append(try segment.mapped())
        }
        let groups = RewriteInput(schema: schema, containers: containers).groups
        var patched: Set<UInt64> = []
        let patch = Int64(WriteKind.patch.rawValue)
        for group in groups {
            guard let kinds = try group.kinds(), kinds.contains(patch) else { continue }
            for (kind, hash) in zip(kinds, try hashes(of: group)) where kind == patch {
                patched.insert(hash)
            }
        }
        if patched.isEmpty { return 0 }
        for group in groups {
            let kinds = try group.kinds()
            for (row, hash) in try hashes(of: group).enumerated() where kinds?[row] != patch {
                patched.remove(hash)
            }
        }
        return patched.count
    }

    private func hashes(of group: RewriteInput.Group) throws(StoreError) -> [UInt64] {
        var columns = [ColumnVector](
            repeating: .null(count: group.rowCount), count: schema.columns.count)
        for column in schema.identity { columns[column] = try group.vector(column) }
        return hasher.hashes(of: columns, rowCount: group.rowCount).map(\.whole)
    }
}

extension RewriteInput.Group {
    /// The kinds of the rows, nil when all are complete.
    fileprivate func kinds() throws(StoreError) -> [Int64]? {
        guard case .integer(let vector) = try vector(SystemColumn.writeKind) else { return nil }
        return vector.values
    }
}

/// Collects findings.
private struct StatusTable {
    private var items: [String?] = []
    private var workspaces: [String?] = []
    private var tables: [String?] = []
    private var values: [Int64] = []

    mutating func add(
        _ item: String, workspace: String? = nil, table: String? = nil, value: Int
    ) {
        items.append(item)
        workspaces.append(workspace)
        tables.append(table)
        values.append(Int64(value))
    }

    func table() -> ResultTable {
        ResultTable(
            columns: [
                ResultColumn(name: "item", type: .string, values: .strings(items)),
                ResultColumn(name: "workspace", type: .string, values: .strings(workspaces)),
                ResultColumn(name: "table", type: .string, values: .strings(tables)),
                ResultColumn(
                    name: "value", type: .int64,
                    values: .integer(IntegerVector(values: values))),
            ], rowCount: values.count)
    }
}
