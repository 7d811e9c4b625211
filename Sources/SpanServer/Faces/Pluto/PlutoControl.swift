// Pluto's control calls: login, and the life of a run. Each change of a run is a patch of one of its
// entities, so that calls of several processes never lose each other's.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanPlatform

/// POST /api/slug and /api/runs/….
struct PlutoControl: Sendable {
    private let services: RouteServices
    private let runs: PlutoRuns

    init(_ services: RouteServices, _ runs: PlutoRuns) {
        self.services = services
        self.runs = runs
    }

    var routes: [Route] {
        [
            route("/api/slug") { request throws(RequestFailure) in
                let workspace = try RequestNames.workspace(request.headers)
                return JSONBody.object {
                    $0.key("organization")
                    $0.object { $0.string("slug", workspace) }
                }
            },
            route("/api/runs/create") { request throws(RequestFailure) in
                try await create(request)
            },
            route("/api/runs/resume") { request throws(RequestFailure) in
                try await resume(request)
            },
            route("/api/runs/trigger") { request throws(RequestFailure) in
                let run = try await run(of: try PlutoBody(request), request)
                let status = run.text("status")
                return JSONBody.object { $0.string("status", status) }
            },
            change("/api/runs/status/update", of: .run) { body, now throws(RequestFailure) in
                let status = try body.required("status")
                let metadata = try body.embedded("statusMetadata")
                let time = try body.milliseconds("statusUpdated") ?? now
                return JSONBody.object {
                    $0.string("status", status)
                    $0.string("status_updated_at", Instant.format(time))
                    if let metadata { $0.json("status_metadata", metadata) }
                    $0.string("updated_at", Instant.format(now))
                }
            },
            change("/api/runs/tags/update", of: .run) { body, now throws(RequestFailure) in
                let tags = try body.strings("tags")
                return JSONBody.object {
                    $0.json("tags", Self.array(tags))
                    $0.string("updated_at", Instant.format(now))
                }
            },
            change("/api/runs/config/update", of: .config) { body, _ throws(RequestFailure) in
                try body.embedded("config") ?? Array("{}".utf8)
            },
            change("/api/runs/logName/add", of: .logNames) { body, _ throws(RequestFailure) in
                let names = try body.strings("logName")
                let type = try body.required("logType")
                return JSONBody.object { for name in names { $0.string(name, type) } }
            },
        ]
    }

    private func route(
        _ pattern: String,
        _ answer: @escaping @Sendable (RouteRequest) async throws(RequestFailure) -> [UInt8]
    ) -> Route {
        .post(pattern, encodeFailure: PlutoFailure.encode) { request throws(RequestFailure) in
            RouteAnswer(body: try await answer(request))
        }
    }

    /// A route that patches an entity of the run its body names by `runId`.
    private func change(
        _ pattern: String, of kind: RunEntity,
        _ patch: @escaping @Sendable (PlutoBody, _ now: Int64) throws(RequestFailure) -> [UInt8]
    ) -> Route {
        route(pattern) { request throws(RequestFailure) in
            let body = try PlutoBody(request)
            let run = try await run(of: body, request)
            let members = try patch(body, services.clock.wallNanoseconds())
            try await services.commit(
                [(kind, members)], of: run, .patch,
                workspace: try RequestNames.workspace(request.headers))
            return Array("{\"success\":true}".utf8)
        }
    }

    private func create(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
        let body = try PlutoBody(request)
        let workspace = try RequestNames.workspace(request.headers)
        let now = services.clock.wallNanoseconds()
        var wanted = PlutoRunRequest(
            name: try body.required("runName"), project: try body.required("projectName"),
            externalID: try body.text("externalId"),
            tags: Self.array(try body.strings("tags")),
            config: try body.embedded("config") ?? Array("{}".utf8),
            systemMetadata: try body.embedded("systemMetadata"),
            loggerSettings: try body.embedded("loggerSettings"),
            createdAt: try body.milliseconds("createdAt") ?? now)
        if let parent = try body.integer("forkRunId") {
            try await fork(&wanted, off: parent, body, workspace)
        }
        let (run, resumed) = try await runs.create(wanted, workspace: workspace)
        if resumed {
            // Another process of the same run: what it configures is added.
            try await services.commit(
                [(.config, wanted.config)], of: run, .patch, workspace: workspace)
        }
        return answer(run, resumed: resumed, workspace, request)
    }

    /// Makes a wanted run the child of another one, whose configuration and tags it may take over.
    private func fork(
        _ wanted: inout PlutoRunRequest, off parent: Int64, _ body: PlutoBody, _ workspace: String
    ) async throws(RequestFailure) {
        guard let step = try body.integer("forkStep"), step >= 0 else {
            throw RequestFailure(.invalidArgument, "forkRunId and forkStep go together")
        }
        let services = services
        let project = wanted.project
        let found = try await services.workers.run(.answer) { () throws(StoreError) in
            let tables = try services.store.tables(workspace: workspace)
            let name = "\(parent)"
            let steps = try Questions.answer(
                "metrics/names", parameters: ["run": name, "project": project, "view": "raw"],
                tables: tables, now: 0)
            return (
                run: try RunDirectory.documents(.run, project: project, run: name, tables: tables)
                    .first,
                config: try RunDirectory.documents(
                    .config, project: project, run: name, tables: tables
                ).first,
                step: try steps.table.column("max_step").values.integers().compactMap { $0 }.max()
            )
        }
        guard let run = found.run else { throw Self.noRun }
        if let last = found.step, step > last {
            throw RequestFailure(
                .invalidArgument,
                "forkStep (\(step)) exceeds the parent run's max step (\(last))")
        }
        wanted.fork = (parent, step)
        if try body.flag("inheritConfig") ?? true, let config = found.config {
            wanted.config = PlutoJSON.merged(config.body, wanted.config)
        }
        if try body.flag("inheritTags") ?? false, let tags = run.json("tags") {
            let own = try body.strings("tags")
            let inherited = PlutoJSON.strings(in: tags) ?? []
            wanted.tags = Self.array(inherited + own.filter { !inherited.contains($0) })
        }
    }

    private func resume(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
        let body = try PlutoBody(request)
        let workspace = try RequestNames.workspace(request.headers)
        let run = try await run(of: body, request)
        let now = Instant.format(services.clock.wallNanoseconds())
        let members = JSONBody.object {
            $0.string("status", "RUNNING")
            $0.string("updated_at", now)
        }
        try await services.commit([(.run, members)], of: run, .patch, workspace: workspace)
        return answer(run, resumed: true, workspace, request)
    }

    private func answer(
        _ run: RunDocument, resumed: Bool, _ workspace: String, _ request: RouteRequest
    ) -> [UInt8] {
        JSONBody.object {
            $0.integer("runId", Int64(run.run))
            $0.json("number", run.json("number"))
            $0.string("displayId", run.text("display_id"))
            $0.string("projectName", run.project)
            $0.string("organizationSlug", workspace)
            $0.string("url", PlutoRunReads.url(of: run.run, request))
            $0.key("resumed")
            $0.bool(resumed)
            $0.json("forkedFromRunId", run.json("forked_from_run_id"))
            $0.json("forkStep", run.json("fork_step"))
        }
    }

    /// The run that a body names by `runId`, `displayId`, or `externalId` and project.
    private func run(
        of body: PlutoBody, _ request: RouteRequest
    ) async throws(RequestFailure) -> RunDocument {
        let services = services
        let workspace = try RequestNames.workspace(request.headers)
        let id = try body.integer("runId")
        let display = try body.text("displayId")
        let external = try body.text("externalId")
        let project = try body.text("projectName")
        let run = try await services.workers.run(.answer) { () throws(StoreError) in
            try RunDirectory.documents(
                .run, project: id == nil && display == nil ? project : nil,
                run: id.map { "\($0)" },
                tables: try services.store.tables(workspace: workspace)
            ).first { run in
                if id != nil { return true }
                if let display { return run.text("display_id") == display }
                return external != nil && run.text("external_id") == external
            }
        }
        guard let run else { throw Self.noRun }
        return run
    }

    static let noRun = RequestFailure(.notFound, "Run not found")

    private static func array(_ strings: [String]) -> [UInt8] {
        var body = JSONBody()
        body.array { for text in strings { $0.string(text) } }
        return body.bytes
    }
}
