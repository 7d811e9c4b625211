// POST /api/v1/erase: erases rows and their bytes, for good. GET /api/v1/retain: how long rows are kept;
// POST sets that, or with `now=true` erases what is past. POST /api/v1/backup: makes a store of what
// there is in another directory of the daemon's machine. A request of a web page in somebody's
// browser cannot get here: it must say that it is JSON, which a page may not without being asked.

import NIOHTTP1
import SpanAnalytics
import SpanColumns
import SpanModel
import SpanStorage

/// The routes that end the life of rows.
struct LifecycleRoutes: Sendable {
    let services: RouteServices

    var routes: [Route] {
        [
            .post("/api/v1/erase") { request throws(RequestFailure) in
                try await erase(request)
            },
            .get("/api/v1/retain") { request throws(RequestFailure) in
                try await answerPolicies(request)
            },
            .post("/api/v1/retain") { request throws(RequestFailure) in
                try await retain(request)
            },
            .post("/api/v1/backup") { request throws(RequestFailure) in
                try await backup(request)
            },
        ]
    }

    private func erase(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        try requireJSON(request)
        let workspace = try RequestNames.workspace(request.headers)
        let parameters = request.parameters.filter { !AnswerFormat.parameters.contains($0.key) }
        let (erasure, isDryRun): (EraseRequest, Bool)
        do throws(StoreError) {
            (erasure, isDryRun) = try EraseSelector.request(parameters, workspace: workspace)
        } catch {
            throw RequestFailure(error)
        }
        if !isDryRun { try await keepRunIDs(workspace) }
        return try await services.perform(.erase(erasure, isDryRun: isDryRun), request)
    }

    /// The policies of the workspace.
    private func answerPolicies(
        _ request: RouteRequest
    ) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try RequestNames.workspace(request.headers)
        let format = try AnswerFormat(request)
        return try await services.workers.run(.answer) { () throws(StoreError) in
            let tables = try services.store.tables(workspace: workspace)
            return try format.encode(try RetentionPolicies(tables: tables).table())
        }
    }

    /// Sets or ends a policy, or erases what is past.
    private func retain(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        try requireJSON(request)
        let workspace = try RequestNames.workspace(request.headers)
        let parameters = request.parameters.filter { !AnswerFormat.parameters.contains($0.key) }
        if parameters == ["now": "true"] {
            return try await services.perform(.sweep(workspace: workspace), request)
        }
        let batch: ColumnBatch
        do throws(StoreError) {
            batch = try RetentionPolicies.entity(parameters)
        } catch {
            throw RequestFailure(error)
        }
        try await commit(batch, workspace)
        return try await answerPolicies(request)
    }

    private func backup(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        try requireJSON(request)
        let known = AnswerFormat.parameters.union(["directory"])
        for name in request.parameters.keys.sorted() where !known.contains(name) {
            throw RequestFailure(.invalidArgument, "\(name): 'backup' has no such parameter")
        }
        guard let directory = request.parameters["directory"], directory.hasPrefix("/") else {
            throw RequestFailure(.invalidArgument, "directory: must be an absolute path")
        }
        return try await services.perform(.backup(directory: directory), request)
    }

    /// Ids of runs are never given twice, also when nothing is left of the run that had the highest.
    private func keepRunIDs(_ workspace: String) async throws(RequestFailure) {
        let highest = try await services.workers.run(.answer) { () throws(StoreError) in
            try RunDirectory.unkeptID(tables: try services.store.tables(workspace: workspace))
        }
        guard let highest else { return }
        var rows = BatchBuilder(schema: Tables.entities)
        rows.setString(EntityColumn.kind, RunDirectory.idsKind)
        rows.setString(EntityColumn.project, "default")
        rows.setString(EntityColumn.name, RunDirectory.idsName)
        Array("{\"highest\":\(highest)}".utf8).withUnsafeBytes {
            rows.setText(EntityColumn.body, $0)
        }
        rows.endRow()
        try await commit(rows.finish(), workspace)
    }

    private func commit(
        _ batch: ColumnBatch, _ workspace: String
    ) async throws(RequestFailure) {
        let commit = CommitRequest(
            workspace: workspace, batches: [batch], idempotency: nil, isAlone: false)
        if case .failure(let error) = await services.store.submit(commit) {
            throw RequestFailure(error)
        }
    }

    private func requireJSON(_ request: RouteRequest) throws(RequestFailure) {
        let type = request.headers[.contentType] ?? ""
        guard type.prefix(while: { $0 != ";" }).lowercased() == "application/json" else {
            throw RequestFailure(
                .unsupportedMediaType, "\(request.path): the Content-Type must be application/json")
        }
    }
}
