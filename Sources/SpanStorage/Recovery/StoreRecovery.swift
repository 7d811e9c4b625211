// A start in spite of damage (`spand --recover`). Files that do not check are set aside below
// `quarantine/` and made again from the segments, or dropped; segments in quarantine whose files
// are whole again are taken back; others are dropped only when that is asked for. Every loss is
// named. One manifest edit makes all of it durable, before the log is replayed.
// Order of calls: `run` once, on the catalog of a manifest, before any replay.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

/// A file of the manifest that could not be opened.
struct DamagedFile {
    enum Kind {
        case identityRun(TablePlace)
        case idempotencyRun
        case kills
    }

    let kind: Kind
    let path: String
    let error: StoreError
}

/// Repairs what a catalog could not open.
struct StoreRecovery {
    let files: StoreFiles
    let discardsQuarantined: Bool
    /// What was found and done, a line each.
    private(set) var findings: [String] = []
    /// Paths that the next manifest does not list.
    private var setAside: [String] = []

    init(files: StoreFiles, discardsQuarantined: Bool) {
        self.files = files
        self.discardsQuarantined = discardsQuarantined
    }

    /// The manifest after recovery; the same when there was nothing to do.
    mutating func run(
        _ catalog: StoreCatalog, _ manifest: Manifest
    ) throws(StoreError) -> Manifest {
        for file in catalog.damaged { drop(file) }
        let killsLost = catalog.damaged.contains {
            if case .kills = $0.kind { true } else { false }
        }
        for table in catalog.workspaces.flatMap(\.tables) {
            let returned = review(table, in: manifest)
            let runLost = catalog.damaged.contains {
                if case .identityRun(table.place) = $0.kind { true } else { false }
            }
            let unindexed = runLost ? table.index.segments : returned
            try index(unindexed, of: table)
            let unsettled = killsLost ? table.index.segments : returned
            try settle(unsettled, of: table, manifest)
        }
        if findings.isEmpty { return manifest }
        return try install(catalog, manifest)
    }

    private mutating func drop(_ file: DamagedFile) {
        setAside.append(file.path)
        switch file.kind {
        case .identityRun: findings.append("\(file.error): made again from the segments")
        case .kills: findings.append("\(file.error): superseded rows were found again")
        case .idempotencyRun:
            findings.append("\(file.error): its keys are forgotten, their retries are new writes")
        }
    }

    // MARK: Segments in quarantine

    /// Takes back the whole ones, which are returned, and drops the others if that was asked for.
    private mutating func review(_ table: Table, in manifest: Manifest) -> [SegmentHandle] {
        var returned: [SegmentHandle] = []
        for segment in table.index.segments where !segment.quarantine.isEmpty {
            let damage = segment.verify()
            if damage.isEmpty {
                segment.leaveQuarantine()
                returned.append(segment)
                findings.append("\(segment.path) is whole again and was taken back")
            } else if discardsQuarantined {
                table.index.segments.removeAll { $0 === segment }
                setAside.append(segment.path)
                findings.append("\(segment.entry.summary) dropped: \(damage[0])")
            } else {
                findings.append("\(segment.entry.summary) still in quarantine: \(damage[0])")
            }
        }
        return returned
    }

    /// Writes an identity run of segments.
    private mutating func index(
        _ segments: [SegmentHandle], of table: Table
    ) throws(StoreError) {
        guard case .hashed = table.schema.lookup else { return }
        var pairs: [RunPair] = []
        for segment in segments where segment.quarantine.isEmpty {
            let mapped = try segment.mapped()
            for group in mapped.groupRows.indices {
                pairs += try mapped.identityHashes(group, table.hasher)
                    .map { $0.runPair(segment: segment.file) }
            }
        }
        pairs.sort()
        if let run = try IdentityRunFile.write(
            pairs.withoutRepeats, table: table.place, files: files)
        {
            table.index.runs.append(run)
        }
    }

    private func settle(
        _ segments: [SegmentHandle], of table: Table, _ manifest: Manifest
    ) throws(StoreError) {
        var settlement = IdentitySettlement(table: table)
        for segment in segments where segment.quarantine.isEmpty {
            try settlement.settle(try segment.mapped())
        }
        guard let merged = settlement.mergedRows() else { return }
        let written = try WrittenRewrite.write(
            [merged], table: table.place,
            layout: WrittenRewrite.Layout(
                sequence: manifest.nextSequence - 1, isByDay: false, rowsMax: Int.max,
                level: .sealed),
            files: files, identitySeed: manifest.storeID)
        table.index.segments += written.segments
        if let run = written.run { table.index.runs.append(run) }
    }

    // MARK: The edit

    private func install(
        _ catalog: StoreCatalog, _ manifest: Manifest
    ) throws(StoreError) -> Manifest {
        let tables = catalog.workspaces.flatMap(\.tables)
        var edited = manifest
        edited.edit = manifest.edit + 1
        edited.segments = tables.flatMap { $0.index.segments.map(\.listing) }
        edited.identityRuns = tables.flatMap { $0.index.runs.map(\.entry) }
        edited.idempotencyRuns = catalog.window.runs.map(\.entry)
        edited.killsFile = try files.writeKills(of: tables, sealedBelow: manifest.nextSequence)
        edited.nextFileNumber = files.upcomingNumber
        let kept = setAside
        let folder = try files.quarantineDirectory()
        // A second name first: a crash before the edit leaves both, one after it the second.
        for path in kept {
            let name = folder + "/" + files.name(of: path)
            guard try files.fileSystem.size(path) != nil,
                try files.fileSystem.size(name) == nil
            else { continue }
            try files.fileSystem.link(path, to: name)
        }
        try files.writeReport(findings, edit: edited.edit)
        try files.fileSystem.syncDirectory(folder)
        do {
            try ManifestFile.replace(with: edited, files)
        } catch {
            throw error.cause
        }
        for path in kept + [files.path(FileNames.kills(manifest.killsFile))] {
            try? files.fileSystem.unlink(path)
        }
        return edited
    }
}

extension SegmentEntry {
    /// What is lost with the segment, for people.
    var summary: String {
        "segment \(file) (workspace \(workspace), table \(Tables.numbered(table)?.name ?? "?"), "
            + "\(liveRows) live and \(historyRows) superseded rows, sequences "
            + "\(sequences.lowerBound) to \(sequences.upperBound))"
    }
}
