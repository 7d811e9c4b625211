// Files of runs, media among them. A client announces files, gets an address for each, and puts the bytes
// there without its key, as it would into an object store: the address is the key. Order of calls: POST
// /files, PUT of each file; then /api/runs/files lists them and GET reads them.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanStorage

/// POST /files, PUT and GET /files/…, and GET /api/runs/files.
struct PlutoFiles: Sendable {
    private static let pattern = "/files/{workspace}/{run}/{id}"
    private let services: RouteServices

    init(_ services: RouteServices) { self.services = services }

    var routes: [Route] {
        [
            .post("/files", encodeFailure: PlutoFailure.encodeIngest) {
                request throws(RequestFailure) in try await announce(request)
            },
            .put(Self.pattern, isOpen: true, encodeFailure: PlutoFailure.encode) {
                request throws(RequestFailure) in try await store(request)
            },
            .get(Self.pattern, isOpen: true, encodeFailure: PlutoFailure.encode) {
                request throws(RequestFailure) in try await read(request)
            },
            .pluto("/api/runs/files") { request throws(RequestFailure) in
                try await list(request)
            },
        ]
    }

    // MARK: Announcements

    private func announce(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let (project, run) = try PlutoIngest.target(request)
        let workspace = try RequestNames.workspace(request.headers)
        let announced = try PlutoBody(request).objects("files")
        if announced.isEmpty { return RouteAnswer(text: "{}") }
        let announcedBefore = try await known(run, project, workspace)
        var files: [RunFile] = []
        for body in announced { files.append(try Self.file(body, run, project, announcedBefore)) }
        let named = RunDocument(run: run, project: project, body: [])
        try await services.commit(
            files.map { (.file, $0.document.body) }, of: named, .complete, workspace: workspace)
        let types = Dictionary(grouping: files) { $0.document.text("fileType") ?? "" }
        return RouteAnswer(
            body: JSONBody.object { body in
                for (type, files) in types.sorted(by: { $0.key < $1.key }) {
                    body.key(type)
                    body.array { list in
                        for file in files {
                            let name = file.document.text("fileName") ?? ""
                            let url = Self.url(of: file, workspace, request)
                            list.object { $0.string(name, url) }
                        }
                    }
                }
            })
    }

    /// A checked announcement; one of a file that is known keeps its id.
    private static func file(
        _ body: PlutoBody, _ run: String, _ project: String, _ known: [RunFile]
    ) throws(RequestFailure) -> RunFile {
        let name = try body.required("fileName")
        let size = try body.count("fileSize") ?? 0
        guard size <= Limits.fileBytesMax else {
            throw RequestFailure(
                .limitExceeded,
                "\(name) has \(size) bytes; a file may have \(Limits.fileBytesMax)")
        }
        let type = try body.text("fileType") ?? ""
        let logName = try body.required("logName")
        let time = try body.milliseconds("time").map { $0 / 1_000_000 }
        let step = try body.count("step")
        let place = try body.count("sampleIndex") ?? 0
        let caption = try body.text("caption")
        let annotations = try body.text("annotations")
        func document(_ id: String) -> RunFile {
            let members = JSONBody.object {
                $0.string("id", id)
                $0.string("logName", logName)
                $0.integer("step", step)
                $0.integer("sampleIndex", place)
                $0.string("fileName", name)
                $0.string("fileType", type)
                $0.integer("fileSize", size)
                $0.integer("time", time)
                $0.string("caption", caption)
                $0.string("annotations", annotations)
            }
            return RunFile(document: RunDocument(run: run, project: project, body: members))
        }
        let file = document(RunFile.newID())
        return known.first { $0.place == file.place }.map { document($0.id) } ?? file
    }

    private static func url(
        of file: RunFile, _ workspace: String, _ request: RouteRequest
    ) -> String {
        let host = request.headers[.host] ?? "localhost"
        return "http://\(host)/files/\(workspace)/\(file.document.run)/\(file.id)"
    }

    // MARK: Bytes

    private func store(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let (file, workspace) = try await file(request)
        let bytes = request.body
        guard bytes.count <= Limits.fileBytesMax else {
            throw RequestFailure(
                .limitExceeded, "a file may have \(Limits.fileBytesMax) bytes")
        }
        let parts = try await services.workers.run(.decode) { () throws(StoreError) in
            file.parts(bytes)
        }
        let commit = CommitRequest(
            workspace: workspace, batches: [parts], idempotency: nil, isAlone: false)
        if case .failure(let error) = await services.store.submit(commit) {
            throw RequestFailure(error)
        }
        services.metrics.countRows(
            table: Tables.entities.name, stored: parts.rowCount, rejected: 0)
        return RouteAnswer(body: [])
    }

    private func read(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let (file, workspace) = try await file(request)
        let services = services
        let bytes = try await services.workers.run(.answer) { () throws(StoreError) in
            try file.bytes(tables: try services.store.tables(workspace: workspace))
        }
        guard let bytes else { throw Self.noFile }
        // Never a type that a browser would run.
        return RouteAnswer(contentType: "application/octet-stream", body: bytes)
    }

    private static let noFile = RequestFailure(.notFound, "there is no such file")

    /// The file that an address is of.
    private func file(
        _ request: RouteRequest
    ) async throws(RequestFailure) -> (RunFile, workspace: String) {
        let values = request.pathValues
        let workspace = try RequestNames.checked(workspace: values["workspace"] ?? "")
        let files = try await known(values["run"] ?? "", nil, workspace)
        guard let file = files.first(where: { $0.id == values["id"] }) else { throw Self.noFile }
        return (file, workspace)
    }

    // MARK: Lists

    private func list(_ request: RouteRequest) async throws(RequestFailure) -> [UInt8] {
        let parameters = PlutoParameters(request)
        let run = "\(try parameters.runID())"
        let project = try parameters.required("projectName")
        let limit = Int(try parameters.integer("limit", in: 1...10_000) ?? 1_000)
        let logName = parameters.text("logName")
        let workspace = try RequestNames.workspace(request.headers)
        let all = try await known(run, project, workspace)
        let files = all.filter {
            logName == nil || $0.document.text("logName") == logName
        }.sorted(by: RunFile.isBefore)
        return JSONBody.object { body in
            body.key("files")
            body.array { list in
                for file in files.prefix(limit) {
                    let url = Self.url(of: file, workspace, request)
                    list.object { Self.describe(file.document, url: url, to: &$0) }
                }
            }
            body.integer("total", Int64(files.count))
        }
    }

    private static func describe(
        _ file: RunDocument, url: String, to body: inout JSONBody
    ) {
        for name in [
            "logName", "step", "sampleIndex", "fileName", "fileType", "fileSize", "caption",
            "annotations",
        ] { body.json(name, file.json(name)) }
        body.string("logGroup", file.text("logName").map(PlutoRunReads.group))
        let time = file.text("time").flatMap { Int64($0) }
        body.string("time", time.map { PlutoTime.text($0 &* 1_000_000) })
        body.string("url", url)
        body.string("downloadUrl", url)
    }

    /// The files that were announced of a run.
    private func known(
        _ run: String, _ project: String?, _ workspace: String
    ) async throws(RequestFailure) -> [RunFile] {
        let services = services
        return try await services.workers.run(.answer) { () throws(StoreError) in
            try RunFile.all(
                run: run, project: project,
                tables: try services.store.tables(workspace: workspace))
        }
    }
}
