// `spanq doctor`: what is wrong with a store or will soon be, from what is known without reading it:
// whether it takes writes, space, quarantine, what was set aside, and work that waits.

import SpanColumns
import SpanFormat
import SpanModel
import SpanPlatform

extension Store {
    /// Rows of findings, one for each subject at least.
    package func diagnose() throws(StoreError) -> ResultTable {
        var findings = FindingTable()
        if let failure {
            findings.add(.error, "writes", "\(failure): restart spand")
        } else {
            findings.add(.ok, "writes", "are taken")
        }
        try diagnoseSpace(&findings)
        diagnoseSegments(&findings)
        try diagnoseQuarantine(&findings)
        return findings.table()
    }

    private func diagnoseSpace(_ findings: inout FindingTable) throws(StoreError) {
        let free = try fileSystem.freeBytes(directory)
        if files.headroom.isSpent {
            findings.add(
                .error, "disk",
                "full: \(free) bytes are free, writes wait for the "
                    + "\(options.headroomBytes) that are kept aside")
        } else if free < UInt64(options.memtableBytesMax) {
            findings.add(.warning, "disk", "\(free) bytes are free, less than one seal may take")
        } else {
            findings.add(.ok, "disk", "\(free) bytes are free")
        }
    }

    private func diagnoseSegments(_ findings: inout FindingTable) {
        var count = 0
        for segment in tables.flatMap(\.index.segments) {
            count += 1
            if segment.quarantine.isEmpty { continue }
            findings.add(
                .error, "segments",
                "\(segment.entry.summary) is in quarantine: "
                    + "\(segment.quarantine): put its file back or start once with --recover")
        }
        findings.add(.ok, "segments", "\(count) are listed")
    }

    private func diagnoseQuarantine(_ findings: inout FindingTable) throws(StoreError) {
        let names = try fileSystem.list(directory)
        guard names.contains(FileNames.quarantine) else { return }
        let kept = try fileSystem.list(files.path(FileNames.quarantine))
        if kept.isEmpty { return }
        findings.add(
            .warning, "quarantine",
            "\(kept.count) files were set aside, \(kept[0]) first: read and "
                + "remove them")
    }
}
