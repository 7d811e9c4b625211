// GET /api/v1/<question>: the named questions and the store's own commands (contract §3), and
// POST /api/v1/sql. The routes come from the catalogue; flags are parameters in snake_case.

import SpanAnalytics
import SpanColumns
import SpanModel
import SpanPlatform
import SpanStorage

/// The query routes.
struct QuestionRoutes: Sendable {
    let services: RouteServices

    var routes: [Route] {
        Questions.all.flatMap(routes) + [
            .post("/api/v1/sql") { request throws(RequestFailure) in
                try await answerSQL(request)
            },
            .get("/api/v1/status") { request throws(RequestFailure) in
                try await services.perform(.status, request)
            },
            .get("/api/v1/verify") { request throws(RequestFailure) in
                try await services.perform(.verify, request)
            },
            .get("/api/v1/doctor") { request throws(RequestFailure) in
                try await services.perform(.doctor, request)
            },
            .get("/api/v1/compact") { request throws(RequestFailure) in
                try await compact(request)
            },
            .post("/api/v1/compact") { request throws(RequestFailure) in
                try await compact(request)
            },
        ]
    }

    /// A question's route, and one that has its positional argument as the last part of the path.
    private func routes(_ question: QuestionSpec) -> [Route] {
        let handler: Route.Handler = { request throws(RequestFailure) in
            try await answer(question, request)
        }
        let pattern = "/api/v1/\(question.name)"
        let argument = question.argument.map { "\(pattern)/{\($0.name)}" }
        return [pattern, argument].compactMap { $0 }.map { .get($0, handler: handler) }
    }

    private func answer(
        _ question: QuestionSpec, _ request: RouteRequest
    ) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try RequestNames.workspace(request.headers)
        let format = try AnswerFormat(request)
        let parameters = request.parameters.merging(request.pathValues) { $1 }
            .filter { !AnswerFormat.parameters.contains($0.key) }
        let explains = parameters["explain"].map { $0 != "false" } ?? false
        @Sendable func answer(isSmall: Bool) throws(StoreError) -> RouteAnswer {
            let tables = try services.store.tables(workspace: workspace)
            let answer = try Questions.answer(
                question.name, parameters: parameters,
                tables: isSmall ? SmallTables(tables: tables) : tables,
                now: services.clock.wallNanoseconds())
            return try format.encode(
                answer.table, drawsTree: question.argument != nil,
                explain: explains ? answer.explainJSON : nil, nextCursor: answer.nextCursor)
        }
        // Here, on the event loop, nobody else waits for it. What goes wrong does so again below.
        if question.isOftenSmall,
            services.openRequests.isOfOnlyConnection(now: services.clock.monotonicNanoseconds()),
            let small = try? answer(isSmall: true)
        {
            return small
        }
        return try await services.workers.run(.answer) { () throws(StoreError) in
            try answer(isSmall: false)
        }
    }

    /// The body is the statement.
    private func answerSQL(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let workspace = try RequestNames.workspace(request.headers)
        let format = try AnswerFormat(request)
        let known = AnswerFormat.parameters.union(["explain"])
        for name in request.parameters.keys.sorted() where !known.contains(name) {
            throw RequestFailure(.invalidArgument, "\(name): 'sql' has no such parameter")
        }
        guard let statement = String(validating: request.body, as: UTF8.self) else {
            throw RequestFailure(.invalidArgument, "sql: the body is not UTF-8")
        }
        let explains = request.parameters["explain"].map { $0 != "false" } ?? false
        return try await services.workers.run(.answer) { () throws(StoreError) in
            let answer = try SQLQuestion.answer(
                statement, tables: try services.store.tables(workspace: workspace),
                now: services.clock.wallNanoseconds(), streams: format.isStreamed && !explains)
            return try format.encode(answer.table, explain: explains ? answer.explainJSON : nil)
        }
    }

    private func compact(_ request: RouteRequest) async throws(RequestFailure) -> RouteAnswer {
        let recompresses = request.parameters["recompress"].map { $0 != "false" } ?? false
        return try await services.perform(.compact(recompresses: recompresses), request)
    }
}
