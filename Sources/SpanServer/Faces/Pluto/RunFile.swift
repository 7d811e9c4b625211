// A file of a run as rows of entities: what is said of it is a write of the run's entity `run_file`, and
// its bytes are entities `run_file_part`, each named `run/id/part` and holding up to
// `Limits.filePartBytes` in base64. So files are as durable as rows are, go into backups, and go with
// their run when it is erased. Cost: four bytes of text for three of the file, before compression.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanQuery
import SpanWire

/// What a run's file is called, and where its bytes are.
struct RunFile: Sendable {
    /// The JSON object that is stored: `id`, and the members that the client sent.
    let document: RunDocument

    /// Names the bytes; 128 random bits, so that who knows it was told.
    var id: String { document.text("id") ?? "" }

    /// What makes two announcements the same file: a client that tries again announces it again.
    var place: [String?] {
        ["logName", "step", "sampleIndex", "fileName"].map { document.text($0) }
    }

    /// Files in the order in which they were logged: by step, place in the logged list and name;
    /// those without a step first.
    static func isBefore(_ left: RunFile, _ right: RunFile) -> Bool {
        left.order < right.order
    }

    private var order: (Int64, Int64, String) {
        (
            document.text("step").flatMap { Int64($0) } ?? -1,
            document.text("sampleIndex").flatMap { Int64($0) } ?? 0,
            document.text("fileName") ?? ""
        )
    }

    /// The files of a run, or of one project's: of several announcements of a file the last.
    static func all(
        run: String, project: String?, tables: any TableProvider
    ) throws(StoreError) -> [RunFile] {
        var places: [[String?]: Int] = [:]
        var files: [RunFile] = []
        for document in try RunDirectory.writes(
            .file, project: project, run: run, tables: tables)
        {
            let file = RunFile(document: document)
            if let index = places[[document.project] + file.place] {
                files[index] = file
            } else {
                places[[document.project] + file.place] = files.count
                files.append(file)
            }
        }
        return files
    }

    /// A new id.
    static func newID() -> String {
        let bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        var digits: [UInt8] = []
        bytes.withUnsafeBytes { Hex.append($0, to: &digits) }
        return String(decoding: digits, as: UTF8.self)
    }

    // MARK: Bytes

    /// The entities that hold `bytes` as the content of this file; those of an earlier content that
    /// had more parts are no longer read.
    func parts(_ bytes: [UInt8]) -> ColumnBatch {
        let count = max(1, (bytes.count + Limits.filePartBytes - 1) / Limits.filePartBytes)
        var rows = BatchBuilder(schema: Tables.entities)
        for part in 0..<count {
            let start = part * Limits.filePartBytes
            let piece = bytes[start..<min(start + Limits.filePartBytes, bytes.count)]
            var body = Array("{\"parts\":\(count),\"data\":\"".utf8)
            piece.withUnsafeBytes { Base64.append($0, to: &body) }
            body += Array("\"}".utf8)
            rows.setString(EntityColumn.kind, RunEntity.filePart.rawValue)
            rows.setString(EntityColumn.project, document.project)
            rows.setString(EntityColumn.name, partName(part))
            body.withUnsafeBytes { rows.setText(EntityColumn.body, $0) }
            rows.endRow()
        }
        return rows.finish()
    }

    /// The file's bytes; nil when they are not there, or not as `parts` makes them.
    func bytes(tables: any TableProvider) throws(StoreError) -> [UInt8]? {
        var bytes: [UInt8] = []
        var part = 0
        var count = 1
        while part < count {
            let stored = try RunDirectory.documents(
                .filePart, project: document.project, run: partName(part), tables: tables
            ).first
            guard let parts = stored?.text("parts").flatMap({ Int($0) }),
                let data = stored?.text("data").flatMap({ Base64.decode($0.utf8) })
            else { return nil }
            if part == 0 { count = parts }
            bytes += data
            part += 1
        }
        return bytes
    }

    private func partName(_ part: Int) -> String { "\(document.run)/\(id)/\(part)" }
}
