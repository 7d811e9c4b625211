// Intake's experiments: documents that are created, and read with the roll-ups of their runs. Reading
// one does not fail when the telemetry cannot be read: its figures are then null.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanPlatform
import SpanWire

/// The experiment routes.
struct IntakeExperiments: Sendable {
    private let services: RouteServices
    private let pipeline: IngestPipeline

    init(_ services: RouteServices) {
        self.services = services
        pipeline = IngestPipeline(services)
    }

    /// That an experiment was never created, or was deleted.
    static func unknown(_ name: String, _ workspace: String) -> RequestFailure {
        RequestFailure(.notFound, "Experiment '\(workspace)/\(name)' not found.")
    }

    /// 201 with the experiment; 409 when it exists.
    func create(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try request.intakeWorkspace()
        let now = services.clock.wallNanoseconds()
        let store = services.store
        let draft = try IntakeExperimentDraft(request.body, workspace: workspace, now: now)
        let tables = try await services.workers.run(.answer) { () throws(StoreError) in
            try ExperimentEntities.read(
                name: draft.name, tables: try store.tables(workspace: workspace))
        }
        guard tables.isEmpty else {
            throw RequestFailure(
                .idempotencyConflict,
                "Experiment '\(workspace)/\(draft.name)' already exists.")
        }
        _ = try await pipeline.ingest(request, policy: .allOrNothing, workspace: workspace) {
            _ throws(StoreError) in try NDJSONDecoder.decode(draft.line, table: Tables.entities)
        }
        let entity = ExperimentEntity(name: draft.name, body: draft.body, ingestTime: now)
        return RouteAnswer(
            status: 201,
            body: IntakeExperimentBody.json(entity, workspace, ExperimentRollup()))
    }

    /// One experiment with its roll-up.
    func get(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try request.intakeWorkspace()
        let name = request.pathValues["name"] ?? ""
        let outcome = try await services.workers.run(.answer) {
            () throws(StoreError) -> Result<RouteAnswer, RequestFailure> in
            let tables = try services.store.tables(workspace: workspace)
            let found = try ExperimentEntities.read(name: name, tables: tables)
            guard let entity = found.first else { return .failure(Self.unknown(name, workspace)) }
            let rollups = Self.rollups([name], tables)
            let rollup = rollups.map { $0[name] ?? ExperimentRollup() }
            return .success(
                RouteAnswer(body: IntakeExperimentBody.json(entity, workspace, rollup)))
        }
        return try outcome.get()
    }

    /// A page of experiments with their roll-ups.
    func list(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try request.intakeWorkspace()
        try IntakeParameters.check(request, ["page", "page_size", "sort"]) { _ in true }
        let page = try IntakePage(request.parameters)
        let query = try IntakeExperimentQuery(request.parameters)
        let outcome = try await services.workers.run(.answer) {
            () throws(StoreError) -> Result<RouteAnswer, RequestFailure> in
            let tables = try services.store.tables(workspace: workspace)
            let entities = try ExperimentEntities.read(tables: tables)
            let rollups = Self.rollups(entities.map(\.name), tables)
            if rollups == nil, query.needsRollups {
                return .failure(RequestFailure(.unavailable, "Telemetry store unavailable."))
            }
            let items = entities.map { entity in
                IntakeExperimentItem(
                    entity: entity, rollup: rollups.map { $0[entity.name] ?? ExperimentRollup() })
            }
            let found = query.apply(to: items)
            let rows = page.items(of: found).map { item in
                IntakeExperimentBody.json(item.entity, workspace, item.rollup)
            }
            return .success(
                RouteAnswer(body: page.body(rows, total: found.count, sort: query.sort)))
        }
        return try outcome.get()
    }

    /// Nil when the telemetry cannot be read.
    private static func rollups(
        _ names: [String], _ tables: any TableProvider
    ) -> [String: ExperimentRollup]? {
        do throws(StoreError) {
            var questions = try ExperimentRuns(tables: tables)
            return try ExperimentRollup.read(experiments: names, &questions)
        } catch {
            return nil
        }
    }
}
