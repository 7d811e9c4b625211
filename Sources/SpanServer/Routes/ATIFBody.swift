// A trajectory as the rows that a commit takes: its own, and tombstones of what it leaves behind of
// the one that it replaces.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanStorage
import SpanWire

/// A decoded trajectory.
struct ATIFBody: Sendable {
    /// Spans, scores, then tombstones.
    let body: DecodedBody
    let sessionID: String
    /// The experiment that it says it belongs to.
    let experiment: String?
    let spanCount: Int
    let scoreCount: Int

    /// Decodes a request's body; reads what the session held before.
    init(
        _ bytes: [UInt8], workspace: String, now: Int64, store: any StoreService
    ) throws(StoreError) {
        let decoded = try bytes.reading { bytes throws(StoreError) in
            try ATIFDecoder.decode(bytes, workspace: workspace, ingestTime: now)
        }
        var body = decoded.body
        spanCount = body.acceptedCount
        scoreCount = body.batches.reduce(0) { $0 + $1.rowCount } - spanCount
        body.batches += try ATIFReplacement.tombstones(
            root: decoded.rootSpanID, session: decoded.sessionID, batches: body.batches,
            tables: try store.tables(workspace: workspace))
        self.body = body
        sessionID = decoded.sessionID
        experiment = decoded.experiment
    }
}
