// Intake's ingest: OTLP protobuf with 200 and a list of errors, ATIF with 201 and an empty body.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanPlatform
import SpanWire

/// The ingest routes.
struct IntakeIngest: Sendable {
    /// Intake's limit of an OTLP body.
    private static let tracesBytesMax = 5 << 20

    private let services: RouteServices
    private let pipeline: IngestPipeline

    init(_ services: RouteServices) {
        self.services = services
        pipeline = IngestPipeline(services)
    }

    /// Stores the good spans of a request and lists the others.
    func storeTraces(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try request.intakeWorkspace()
        guard OTLPMediaType.name(request.headers) == "application/x-protobuf" else {
            throw RequestFailure(
                .unsupportedMediaType, "Content-Type must be application/x-protobuf")
        }
        guard request.body.count <= Self.tracesBytesMax else {
            throw RequestFailure(
                .limitExceeded, "the body exceeds the limit of \(Self.tracesBytesMax) bytes")
        }
        let now = services.clock.wallNanoseconds()
        let decoded = try await pipeline.ingest(
            request, policy: .partial, workspace: workspace, isKeyedByContent: true
        ) { body throws(StoreError) in
            var decoded = try body.reading { bytes throws(StoreError) in
                try OTLPTraceDecoder.decodeProtobuf(bytes, ingestTime: now)
            }
            decoded.batches = decoded.batches.map {
                IntakeSessionID.filled($0, workspace: workspace)
            }
            return decoded
        }
        var body = IntakeObject()
        body.add("errors", decoded.rejections.map(\.error))
        return RouteAnswer(body: body.json)
    }

    /// Stores a trajectory whose experiment exists.
    func storeTrajectory(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try request.intakeWorkspace()
        let now = services.clock.wallNanoseconds()
        let (decoded, isKnown) = try await services.workers.run(.decode) {
            () throws(StoreError) -> (ATIFBody, Bool) in
            let decoded = try ATIFBody(
                request.body, workspace: workspace, now: now, store: services.store)
            guard let name = decoded.experiment, !name.isEmpty else { return (decoded, true) }
            let tables = try services.store.tables(workspace: workspace)
            return (decoded, try !ExperimentEntities.read(name: name, tables: tables).isEmpty)
        }
        guard isKnown else {
            throw RequestFailure(
                .invalidArgument,
                "Experiment '\(decoded.experiment ?? "")' must be created before it can be logged."
            )
        }
        _ = try await pipeline.ingest(request, policy: .allOrNothing, workspace: workspace) {
            _ throws(StoreError) in decoded.body
        }
        return RouteAnswer(status: 201, body: [])
    }
}

/// Sessions of spans that name none: one a trace, the same in every request.
enum IntakeSessionID {
    /// The batch with a session for every span.
    static func filled(_ batch: ColumnBatch, workspace: String) -> ColumnBatch {
        guard case .identifier(let traces) = batch.columns[SpanColumn.traceID] else { return batch }
        var interner = StringInterner()
        var known: [String: UInt32] = [:]
        let codes = (0..<batch.rowCount).map { row -> UInt32 in
            if let session = session(batch, row) { return interner.intern(session) }
            let trace = traces.withBytes(row) { PackedIdentifier.text(of: $0) }
            if let code = known[trace] { return code }
            let code = interner.intern(StableID.make("session", [workspace, trace]))
            known[trace] = code
            return code
        }
        var columns = batch.columns
        columns[SpanColumn.sessionID] = .string(
            StringVector(codes: codes, dictionary: interner.dictionary()))
        return ColumnBatch(schema: batch.schema, rowCount: batch.rowCount, columns: columns)
    }

    private static func session(_ batch: ColumnBatch, _ row: Int) -> String? {
        guard case .string(let sessions) = batch.columns[SpanColumn.sessionID],
            sessions.codes[row] != StringVector.nullCode
        else { return nil }
        return sessions.dictionary.string(sessions.codes[row])
    }
}
