// ATIF trajectories (one JSON document a body) → rows of spans and scores. All or nothing: a
// trajectory that breaks a rule is refused with the path of what breaks it.
// Cost: one pass over the JSON, and texts copied once.

import SpanColumns
import SpanModel

/// Decodes a trajectory.
package enum ATIFDecoder {
    /// A trajectory as rows.
    package struct Decoded: Sendable {
        /// Batches of spans, then of scores.
        package let body: DecodedBody
        package let sessionID: String
        /// The span of the trajectory itself; all others are under it.
        package let rootSpanID: String
        /// The experiment that it says it belongs to.
        package let experiment: String?
    }

    /// Decodes a body. `workspace` is part of the spans' ids; `ingestTime` stands in for a missing
    /// start. Without a session id the trajectory's id names the session, without that the content
    /// does. Throws `invalidRecord`, whose field is the path, `malformedBody` for bytes that are no
    /// UTF-8, and `limitExceeded`.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, workspace: String, ingestTime: Int64,
        depthMax: Int = Limits.trajectoryDepthMax
    ) throws(StoreError) -> Decoded {
        try OTLPTraceDecoder.check(bytes)
        if let offset = UTF8Validation.firstInvalidByte(in: bytes) {
            throw .malformedBody(offset: offset, reason: "invalid UTF-8")
        }
        var grammar = ATIFGrammar(reader: ATIFReader(bytes), depthMax: depthMax)
        let trajectory: ATIFTrajectory
        do throws(RecordError) { trajectory = try grammar.trajectory() } catch {
            throw .invalidRecord(line: 0, field: error.field, reason: error.reason)
        }
        let session =
            trajectory.sessionID ?? trajectory.trajectoryID
            ?? StableID.make("session", [String(decoding: bytes, as: UTF8.self)])
        var writer = ATIFSpanWriter(
            workspace: workspace, session: session, ingestTime: ingestTime)
        // A session may hold several trajectories, which their ids keep apart.
        let identity = trajectory.trajectoryID.map { $0 == session ? [] : [$0] } ?? []
        let root = writer.write(trajectory, ATIFSpanWriter.Position(identity: identity))
        return Decoded(
            body: writer.finish(), sessionID: session, rootSpanID: root,
            experiment: trajectory.experiment)
    }
}
