// GET /api/v1/<question>: the named questions and the store's own commands (contract §3). Flags
// are parameters in snake_case; `format` or the Accept header chooses the encoding.

import HTTPTypes
import SpanColumns
import SpanModel
import SpanPlatform
import SpanWire

/// The query routes.
struct QuestionRoutes: Sendable {
    let services: RouteServices
    let questions: any QuestionService

    var routes: [Route] {
        questions.questions.flatMap(routes) + [
            .get("/api/v1/status") { request throws(RequestFailure) in
                try await perform(.status, request)
            },
            .get("/api/v1/compact") { request throws(RequestFailure) in
                try await perform(.compact, request)
            },
            .post("/api/v1/compact") { request throws(RequestFailure) in
                try await perform(.compact, request)
            },
        ]
    }

    /// A question's routes: its words as path parts, and with a positional argument one part more.
    private func routes(_ question: QuestionRoute) -> [Route] {
        let pattern = "/api/v1/" + question.name.split(separator: " ").joined(separator: "/")
        let handler: Route.Handler = { request throws(RequestFailure) in
            try await answer(question, request)
        }
        guard let positional = question.positional else { return [.get(pattern, handler: handler)] }
        return [
            .get(pattern, handler: handler),
            .get("\(pattern)/{\(positional)}", handler: handler),
        ]
    }

    private func answer(
        _ question: QuestionRoute, _ request: RouteRequest
    ) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try RequestNames.workspace(request.headers)
        let format = try AnswerFormat(request)
        var parameters = request.parameters.merging(request.pathValues) { $1 }
        parameters["format"] = nil
        let asked = parameters
        return try await services.workers.run(.answer) { () throws(StoreError) in
            let answer = try questions.answer(
                question.name, parameters: asked,
                tables: try services.store.tables(workspace: workspace),
                now: services.clock.wallNanoseconds())
            return try format.encode(answer)
        }
    }

    private func perform(
        _ operation: AdminOperation, _ request: RouteRequest
    ) async throws(RequestFailure) -> RouteAnswer {
        let format = try AnswerFormat(request)
        switch await services.store.perform(operation) {
        case .failure(let error): throw RequestFailure(error)
        case .success(let table):
            return try await services.workers.run(.answer) { () throws(StoreError) in
                try format.encode(QuestionAnswer(table: table))
            }
        }
    }
}

/// How an answer is encoded.
struct AnswerFormat: Sendable {
    /// Nil: the object `{"rows":[…],"truncated":…}`.
    private let format: ResultFormat?

    /// The `format` parameter, else the Accept header, else the object.
    init(_ request: RouteRequest) throws(RequestFailure) {
        let accept = request.headers[.accept] ?? ""
        switch request.parameters["format"] {
        case "json": format = nil
        case let name?:
            guard let named = ResultFormat(rawValue: name) else {
                throw RequestFailure(
                    .invalidArgument, "format: must be json, ndjson, csv or table")
            }
            format = named
        case nil where accept.hasPrefix("application/x-ndjson"): format = .ndjson
        case nil where accept.hasPrefix("text/csv"): format = .csv
        case nil: format = nil
        }
    }

    /// The answer with its content type.
    func encode(_ answer: QuestionAnswer) throws(StoreError) -> RouteAnswer {
        guard let format else {
            var body = try ResultEncoder.encodeObject(answer.table, extra: answer.extra)
            body.append(UInt8(ascii: "\n"))
            return RouteAnswer(body: body)
        }
        let contentType =
            switch format {
            case .json: "application/json"
            case .ndjson: "application/x-ndjson"
            case .csv: "text/csv; charset=utf-8"
            case .table: "text/plain; charset=utf-8"
            }
        return RouteAnswer(
            contentType: contentType, body: try ResultEncoder.encode(answer.table, as: format))
    }
}
