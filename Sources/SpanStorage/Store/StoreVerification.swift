// `spanq verify`: every byte of a store is read and checked, and every damage is a finding. Segments
// and runs are immutable, so they are read beside the writer; the manifest, the kills file and the
// log are read between two commits, which wait for about a second per 2 GiB of log.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

extension StoreWriter {
    /// A row per damage; none when the store is whole.
    package func verify() throws(StoreError) -> ResultTable {
        var findings = try run { store throws(StoreError) in
            var findings = FindingTable()
            store.verifyFiles(&findings)
            return findings
        }.get()
        snapshots.latest.verify(&findings)
        return findings.table()
    }
}

extension ReadOnlyStore {
    /// A row per damage in segments and runs; the manifest, the kills and the log were read whole
    /// when the store was opened.
    package func verify() -> ResultTable {
        var findings = FindingTable()
        snapshot.verify(&findings)
        return findings.table()
    }
}

extension Store {
    /// Reads what the writer alone may change.
    fileprivate func verifyFiles(_ findings: inout FindingTable) {
        findings.collect("manifest") { () throws(StoreError) in
            guard try ManifestFile.read(directory, fileSystem) == manifest else {
                throw .corruption(
                    file: files.path(FileNames.manifest), offset: 0, region: "manifest",
                    reason: "is not the one that was written")
            }
        }
        if manifest.killsFile != 0 {
            let path = files.path(FileNames.kills(manifest.killsFile))
            findings.collect("kills") { () throws(StoreError) in
                let region = try fileSystem.mapReadOnly(path)
                try region.ensureReadable(region.bytes.indices)
                _ = try KillsFile.decode(region.bytes, file: manifest.killsFile, name: path)
            }
        }
        for run in window.runs {
            findings.collect("idempotency window") { () throws(StoreError) in
                try run.run.verify()
            }
        }
        findings.collect("log") { () throws(StoreError) in
            _ = try WriteAheadLog.read(
                directory: directory, fileSystem: fileSystem, from: manifest.walLowWater
            ) { _ throws(StoreError) in }
        }
    }
}

extension Snapshot {
    /// Reads every segment and identity run.
    fileprivate func verify(_ findings: inout FindingTable) {
        for name in workspaceNames {
            for table in workspaces[name]?.tables ?? [] {
                let subject = "\(name) \(table.schema.name)"
                for run in table.index.runs {
                    findings.collect(subject) { () throws(StoreError) in try run.run.verify() }
                }
                for segment in table.index.segments {
                    for damage in segment.verify() {
                        findings.add(damage, subject)
                        segment.quarantine(ifNamedBy: damage)
                    }
                }
            }
        }
    }
}

extension FindingTable {
    /// Runs a check; what it throws is a finding.
    fileprivate mutating func collect(
        _ subject: String, _ body: () throws(StoreError) -> Void
    ) {
        do { try body() } catch { add(error, subject) }
    }
}
