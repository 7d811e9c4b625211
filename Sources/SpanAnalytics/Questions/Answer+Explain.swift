// What `--explain` adds to an answer, as JSON for the wire and for local output.

import SpanModel
import SpanQuery

extension Answer {
    /// One JSON object: counts of rows, row groups, pages and bytes, times in milliseconds, notes.
    package var explainJSON: [UInt8] {
        let counts = [
            ("row_groups_considered", explain.rowGroupsConsidered),
            ("row_groups_pruned", explain.rowGroupsPruned),
            ("rows_skipped", explain.rowsSkipped), ("rows_scanned", explain.rowsScanned),
            ("rows_matched", explain.rowsMatched), ("rows_rescanned", explain.rowsRescanned),
            ("rows_produced", explain.rowsProduced), ("pages_read", explain.pagesRead),
            ("bytes_read", explain.bytesRead), ("text_blocks_read", explain.textBlocksRead),
            ("text_bytes_read", explain.textBytesRead),
        ]
        let times = [
            ("prune_ms", explain.pruneNanoseconds), ("scan_ms", explain.scanNanoseconds),
            ("rescan_ms", explain.rescanNanoseconds), ("finish_ms", explain.finishNanoseconds),
        ]
        let members =
            counts.map { name, count in "\"\(name)\":\(count)" }
            + times.map { name, nanoseconds in "\"\(name)\":\(Double(nanoseconds) / 1e6)" }
        var json = Array("{\(members.joined(separator: ",")),\"notes\":[".utf8)
        for (index, note) in explain.notes.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            JSONWriter.appendString(note, to: &json)
        }
        return json + Array("]}".utf8)
    }
}
