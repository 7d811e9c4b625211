// What Pluto tells of runs: projects, lists, details.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanPlatform

/// GET /api/runs/projects, /list and /details/….
struct PlutoRunReads: Sendable {
    private let services: RouteServices

    init(_ services: RouteServices) { self.services = services }

    var routes: [Route] {
        [
            .pluto("/api/runs/projects") { request throws(RequestFailure) in
                let runs = try await documents(.run, request)
                return JSONBody.object { Self.projects(runs, to: &$0) }
            },
            .pluto("/api/runs/list") { request throws(RequestFailure) in
                try await list(request)
            },
            .pluto("/api/runs/details/{id}") { request throws(RequestFailure) in
                let id = request.pathValues["id"]
                return try await details(request) { $0.run == id }
            },
            .pluto("/api/runs/details/by-display-id/{id}") { request throws(RequestFailure) in
                let id = request.pathValues["id"]?.uppercased()
                return try await details(request) { $0.text("display_id") == id }
            },
        ]
    }

    /// Where a person, or a client, finds a run.
    static func url(of run: String, _ request: RouteRequest) -> String {
        "http://\(request.headers[.host] ?? "localhost")/api/runs/details/\(run)"
    }

    /// The group of a metric: its name up to the last slash; empty without one.
    static func group(_ name: String) -> String {
        name.lastIndex(of: "/").map { String(name[..<$0]) } ?? ""
    }

    /// What lists of several runs say of one, known or not.
    static func identify(
        _ id: Int64?, _ run: RunDocument?, _ request: RouteRequest, to body: inout JSONBody
    ) {
        body.integer("runId", id)
        body.string("runName", run?.text("name"))
        body.string("displayId", run?.text("display_id"))
        body.string("status", run?.text("status"))
        body.json("tags", run?.json("tags") ?? Array("[]".utf8))
        body.string("createdAt", run?.text("created_at"))
        body.string("url", id.map { url(of: "\($0)", request) })
    }

    private func documents(
        _ kind: RunEntity, _ request: RouteRequest, project: String? = nil, run: String? = nil
    ) async throws(RequestFailure) -> [RunDocument] {
        let services = services
        let workspace = try RequestNames.workspace(request.headers)
        return try await services.workers.run(.answer) { () throws(StoreError) in
            try RunDirectory.documents(
                kind, project: project, run: run,
                tables: try services.store.tables(workspace: workspace))
        }
    }

    private static func projects(_ runs: [RunDocument], to body: inout JSONBody) {
        let names = Dictionary(grouping: runs, by: \.project).sorted { $0.key < $1.key }
        body.key("projects")
        body.array { list in
            for (number, (name, runs)) in names.enumerated() {
                list.object {
                    $0.integer("id", Int64(number + 1))
                    $0.string("name", name)
                    $0.string("createdAt", runs.compactMap { $0.text("created_at") }.min())
                    $0.string("updatedAt", runs.compactMap { $0.text("updated_at") }.max())
                    $0.integer("runCount", Int64(runs.count))
                }
            }
        }
    }

    // MARK: Lists

    private func list(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
        let parameters = PlutoParameters(request)
        let project = try parameters.required("projectName")
        let limit = Int(try parameters.integer("limit", in: 1...200) ?? 50)
        let offset = Int(try parameters.integer("offset", in: 0...100_000) ?? 0)
        let order = try PlutoRunOrder(parameters.text("sort"))
        let filter = try parameters.text("filter").map { text throws(RequestFailure) in
            try PlutoRunFilter(text)
        }
        let search = parameters.text("search")?.lowercased() ?? ""
        let tags = parameters.text("tags")?.split(separator: ",").map(String.init) ?? []
        let all = try await facts(
            of: project, Set([order.field] + (filter?.fields ?? [])), request)
        let found = all.filter { facts in
            let name = facts.run.text("name")?.lowercased() ?? ""
            let own = facts.run.json("tags").flatMap(PlutoJSON.strings) ?? []
            return (search.isEmpty || name.contains(search)) && tags.allSatisfy(own.contains)
                && filter?.passes(facts) ?? true
        }
        let listed = order.sorted(found)
        let page = listed.dropFirst(offset).prefix(limit).map(\.run)
        return JSONBody.object { body in
            body.key("runs")
            body.array { list in
                for run in page { list.object { Self.summary(run, request, to: &$0) } }
            }
            body.integer("total", Int64(listed.count))
        }
    }

    private func facts(
        of project: String, _ fields: Set<PlutoRunField>, _ request: RouteRequest
    ) async throws(RequestFailure) -> [PlutoRunFacts] {
        let services = services
        let workspace = try RequestNames.workspace(request.headers)
        return try await services.workers.run(.answer) { () throws(StoreError) in
            try PlutoRunFacts.all(
                of: project, fields, tables: try services.store.tables(workspace: workspace),
                now: services.clock.wallNanoseconds())
        }
    }

    private static func summary(
        _ run: RunDocument, _ request: RouteRequest, to body: inout JSONBody
    ) {
        body.integer("id", Int64(run.run))
        body.string("name", run.text("name"))
        body.json("number", run.json("number"))
        body.string("displayId", run.text("display_id"))
        body.string("status", run.text("status"))
        body.json("tags", run.json("tags") ?? Array("[]".utf8))
        body.string("createdAt", run.text("created_at"))
        body.string("updatedAt", run.text("updated_at"))
        body.string("url", url(of: run.run, request))
    }

    // MARK: Details

    private func details(
        _ request: RouteRequest, _ isWanted: (RunDocument) -> Bool
    ) async throws(RequestFailure) -> [UInt8] {
        let project = request.parameters["projectName"]
        let runs = try await documents(.run, request, project: project)
        guard let run = runs.first(where: isWanted) else { throw PlutoControl.noRun }
        let config = try await documents(
            .config, request, project: run.project, run: run.run
        ).first
        let logNames = try await logNames(of: run, request)
        return JSONBody.object { body in
            Self.summary(run, request, to: &body)
            body.json("config", config?.body)
            body.json("systemMetadata", run.json("system_metadata"))
            body.json("loggerSettings", run.json("logger_settings"))
            body.json("statusMetadata", run.json("status_metadata"))
            body.string("statusUpdated", run.text("status_updated_at"))
            body.string("projectName", run.project)
            body.string("externalId", run.text("external_id"))
            body.json("forkedFromRunId", run.json("forked_from_run_id"))
            body.json("forkStep", run.json("fork_step"))
            body.key("logNames")
            body.array { list in
                for (name, type) in logNames {
                    list.object {
                        $0.string("logName", name)
                        $0.string("logType", type)
                        $0.string("logGroup", Self.group(name))
                    }
                }
            }
        }
    }

    /// The names that a run has points of, and those that its client has announced, by name.
    private func logNames(
        of run: RunDocument, _ request: RouteRequest
    ) async throws(RequestFailure) -> [(String, String)] {
        let services = services
        let workspace = try RequestNames.workspace(request.headers)
        let metrics = try await services.workers.run(.answer) { () throws(StoreError) in
            try Questions.answer(
                "metrics/names", parameters: ["run": run.run, "project": run.project],
                tables: try services.store.tables(workspace: workspace), now: 0
            ).table.column("name").values.strings()
        }
        var types: [String: String] = [:]
        for name in metrics.compactMap({ $0 }) { types[name] = "METRIC" }
        let announced = try await documents(
            .logNames, request, project: run.project, run: run.run
        ).first
        announced?.body.withUnsafeBytes { body in
            JSONObject.forEachMember(of: body) { key, value in
                var name: [UInt8] = []
                var type: [UInt8] = []
                key.appendText(to: &name)
                if value.appendText(to: &type) {
                    types[String(decoding: name, as: UTF8.self)] = String(
                        decoding: type, as: UTF8.self)
                }
            }
        }
        return types.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// Times as Pluto prints them.
enum PlutoTime {
    /// `YYYY-MM-DD HH:MM:SS.mmm`, UTC.
    static func text(_ nanoseconds: Int64) -> String {
        var bytes = Instant.utf8(nanoseconds)[..<23]
        bytes[10] = UInt8(ascii: " ")
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Route {
    /// A read of Pluto's, with its failures.
    static func pluto(
        _ pattern: String,
        _ answer: @escaping @Sendable (RouteRequest) async throws(RequestFailure) -> [UInt8]
    ) -> Route {
        .get(pattern, encodeFailure: PlutoFailure.encode) { request throws(RequestFailure) in
            RouteAnswer(body: try await answer(request))
        }
    }
}
