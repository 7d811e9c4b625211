// What must hold between the parts of a manifest, beyond its checksum: so that no later sum
// overflows, no file is listed twice or will be written over, and every file belongs to a table.

import SpanModel

/// Rules of a manifest.
enum ManifestRules {
    /// The first rule that is broken, as text; nil when all hold.
    static func problem(of manifest: Manifest) -> String? {
        let numberMax = UInt64(Int64.max)
        guard (1...numberMax).contains(manifest.nextFileNumber),
            (1...numberMax).contains(manifest.nextSequence)
        else { return "the next file number or sequence is out of range" }
        return filesProblem(manifest) ?? workspacesProblem(manifest)
            ?? manifest.segments.lazy.compactMap { problem(of: $0, in: manifest) }.first
            ?? runsProblem(manifest)
    }

    private static func filesProblem(_ manifest: Manifest) -> String? {
        var files =
            manifest.segments.map(\.file) + manifest.identityRuns.map(\.file)
            + manifest.idempotencyRuns.map(\.file)
        if manifest.killsFile != 0 { files.append(manifest.killsFile) }
        guard files.allSatisfy({ $0 > 0 && $0 < manifest.nextFileNumber }) else {
            return "a file number is out of range"
        }
        return Set(files).count == files.count ? nil : "a file is listed twice"
    }

    private static func workspacesProblem(_ manifest: Manifest) -> String? {
        for (index, workspace) in manifest.workspaces.enumerated()
        where workspace.number != index + 1 || workspace.name.isEmpty {
            return "workspace \(workspace.number) stands at place \(index + 1)"
        }
        return Set(manifest.workspaces.map(\.name)).count == manifest.workspaces.count
            ? nil : "two workspaces have one name"
    }

    private static func problem(of segment: SegmentEntry, in manifest: Manifest) -> String? {
        guard hasPlace(segment.workspace, segment.table, in: manifest) else {
            return "segment \(segment.file) belongs to no table"
        }
        guard segment.sequences.lowerBound > 0,
            segment.sequences.upperBound < manifest.nextSequence
        else { return "segment \(segment.file) holds rows of the future" }
        let rows = UInt64(segment.liveRows) + UInt64(segment.historyRows)
        return (1...UInt64(UInt32.max)).contains(rows)
            ? nil : "segment \(segment.file) of \(rows) rows"
    }

    private static func runsProblem(_ manifest: Manifest) -> String? {
        manifest.identityRuns.first { !hasPlace($0.workspace, $0.table, in: manifest) }.map {
            "identity run \($0.file) belongs to no table"
        }
    }

    private static func hasPlace(
        _ workspace: UInt32, _ table: UInt8, in manifest: Manifest
    ) -> Bool {
        workspace > 0 && workspace <= manifest.workspaces.count && Tables.numbered(table) != nil
    }
}
