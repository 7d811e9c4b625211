// Creates runs, one at a time: ids and numbers must not be given twice, and of processes that start at
// the same moment under one external id all but the first must find the run.

import SpanAnalytics
import SpanColumns
import SpanModel

/// What a client asks for when it creates a run.
struct PlutoRunRequest: Sendable {
    var name: String
    var project: String
    var externalID: String?
    /// JSON arrays and objects.
    var tags: [UInt8]
    var config: [UInt8]
    var systemMetadata: [UInt8]?
    var loggerSettings: [UInt8]?
    /// Nanoseconds since the epoch.
    var createdAt: Int64
    var fork: (run: Int64, step: Int64)?
}

/// The runs of a store.
actor PlutoRuns {
    private let services: RouteServices
    /// By workspace: the highest id given so far.
    private var highestIDs: [String: Int64] = [:]
    private var last: Task<Void, Never>?

    init(_ services: RouteServices) { self.services = services }

    /// The run, and whether it existed. Throws `invalidArgument` for a fork off no run.
    func create(
        _ request: PlutoRunRequest, workspace: String
    ) async throws(RequestFailure) -> (run: RunDocument, resumed: Bool) {
        let before = last
        let task = Task { () -> Result<(run: RunDocument, resumed: Bool), RequestFailure> in
            await before?.value
            do throws(RequestFailure) {
                return .success(try await self.createNow(request, workspace))
            } catch {
                return .failure(error)
            }
        }
        last = Task { _ = await task.value }
        return try await task.value.get()
    }

    private func createNow(
        _ request: PlutoRunRequest, _ workspace: String
    ) async throws(RequestFailure) -> (run: RunDocument, resumed: Bool) {
        let services = services
        let known = try await services.workers.run(.answer) { () throws(StoreError) in
            try RunDirectory.documents(
                .run, project: request.project,
                tables: try services.store.tables(workspace: workspace))
        }
        if let external = request.externalID,
            let run = known.first(where: { $0.text("external_id") == external })
        {
            return (run, true)
        }
        let id = try await nextID(workspace)
        let number = known.compactMap { $0.text("number").flatMap { Int64($0) } }.max() ?? 0
        let body = Self.body(request, number: number + 1)
        let run = RunDocument(run: "\(id)", project: request.project, body: body)
        try await services.commit(
            [
                (.run, body), (.config, request.config), (.logNames, Array("{}".utf8)),
            ], of: run, .complete, workspace: workspace)
        return (run, false)
    }

    private func nextID(_ workspace: String) async throws(RequestFailure) -> Int64 {
        let services = services
        let known: Int64
        if let highest = highestIDs[workspace] {
            known = highest
        } else {
            known = try await services.workers.run(.answer) { () throws(StoreError) in
                try RunDirectory.highestID(
                    tables: try services.store.tables(workspace: workspace))
            }
        }
        guard known < .max else {
            throw RequestFailure(.limitExceeded, "there is no number left for a run")
        }
        highestIDs[workspace] = known + 1
        return known + 1
    }

    private static func body(_ request: PlutoRunRequest, number: Int64) -> [UInt8] {
        let created = Instant.format(request.createdAt)
        return JSONBody.object {
            $0.string("name", request.name)
            $0.integer("number", number)
            $0.string("display_id", "\(displayPrefix(request.project))-\(number)")
            $0.string("status", "RUNNING")
            $0.json("tags", request.tags)
            if let external = request.externalID { $0.string("external_id", external) }
            if let metadata = request.systemMetadata { $0.json("system_metadata", metadata) }
            if let settings = request.loggerSettings { $0.json("logger_settings", settings) }
            if let fork = request.fork {
                $0.integer("forked_from_run_id", fork.run)
                $0.integer("fork_step", fork.step)
            }
            $0.string("created_at", created)
            $0.string("updated_at", created)
        }
    }

    /// One to three capitals or digits of a project's name: of one word the first three, of several
    /// the first of each, filled up from the last.
    static func displayPrefix(_ project: String) -> String {
        let words = project.uppercased().utf8.split { !isPrefixByte($0) }
        guard let lastWord = words.last else { return "RUN" }
        var prefix = words.count == 1 ? [] : words.prefix(3).compactMap(\.first)
        prefix += lastWord.dropFirst(words.count == 1 ? 0 : 1).prefix(3 - prefix.count)
        return String(decoding: prefix, as: UTF8.self)
    }

    private static func isPrefixByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

extension RouteServices {
    /// Writes entities of a run, together: whole ones, or patches of the members that they carry.
    func commit(
        _ entities: [(kind: RunEntity, body: [UInt8])], of run: RunDocument, _ kind: WriteKind,
        workspace: String
    ) async throws(RequestFailure) {
        var rows = BatchBuilder(schema: Tables.entities)
        for entity in entities {
            rows.setString(EntityColumn.kind, entity.kind.rawValue)
            rows.setString(EntityColumn.project, run.project)
            rows.setString(EntityColumn.name, run.run)
            entity.body.withUnsafeBytes { rows.setText(EntityColumn.body, $0) }
            if kind != .complete { rows.setKind(kind) }
            rows.endRow()
        }
        let request = CommitRequest(
            workspace: workspace, batches: [rows.finish()], idempotency: nil, isAlone: false)
        if case .failure(let error) = await store.submit(request) { throw RequestFailure(error) }
        metrics.countRows(table: Tables.entities.name, stored: entities.count, rejected: 0)
    }
}
