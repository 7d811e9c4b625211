// What is written below `quarantine/` beside the bytes themselves: a report per damaged segment and
// one per recovery, as JSON, without any payload.

import SpanFormat
import SpanModel
import SpanPlatform

extension StoreFiles {
    /// The directory for what was set aside, made durably.
    func quarantineDirectory() throws(StoreError) -> String {
        let folder = path(FileNames.quarantine)
        try fileSystem.createDirectory(folder)
        try fileSystem.syncDirectory(directory)
        return folder
    }

    /// The last component of a path.
    func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// Reports a segment that went into quarantine; the first report stays.
    func writeReport(_ segment: SegmentEntry, reason: String) throws(StoreError) {
        var object = JSONReport()
        object.add("segment", segment.file)
        object.add("workspace", UInt64(segment.workspace))
        object.add("table", Tables.numbered(segment.table)?.name ?? "")
        object.add("live_rows", UInt64(segment.liveRows))
        object.add("history_rows", UInt64(segment.historyRows))
        object.add("first_sequence", segment.sequences.lowerBound)
        object.add("last_sequence", segment.sequences.upperBound)
        object.add("reason", reason)
        try write(object, to: FileNames.segmentReport(segment.file))
    }

    /// Reports what a recovery found and did.
    func writeReport(_ findings: [String], edit: UInt64) throws(StoreError) {
        var object = JSONReport()
        for (number, finding) in findings.enumerated() {
            object.add("finding_\(number + 1)", finding)
        }
        try write(object, to: FileNames.recoveryReport(edit))
    }

    private func write(_ report: JSONReport, to name: String) throws(StoreError) {
        let target = try quarantineDirectory() + "/" + name
        guard try fileSystem.size(target) == nil else { return }
        try write(target) { sink throws(StoreError) in try sink.append(report.bytes) }
    }
}

/// A flat JSON object.
private struct JSONReport {
    private var members: [UInt8] = []

    var bytes: [UInt8] { [UInt8(ascii: "{")] + members + Array("}\n".utf8) }

    mutating func add(_ name: String, _ value: String) {
        add(name)
        JSONWriter.appendString(value, to: &members)
    }

    mutating func add(_ name: String, _ value: UInt64) {
        add(name)
        members.append(contentsOf: "\(value)".utf8)
    }

    private mutating func add(_ name: String) {
        if !members.isEmpty { members.append(UInt8(ascii: ",")) }
        JSONWriter.appendString(name, to: &members)
        members.append(UInt8(ascii: ":"))
    }
}
