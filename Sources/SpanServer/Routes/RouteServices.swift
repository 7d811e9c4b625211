// What routes are made from.

import SpanColumns
import SpanModel
import SpanPlatform
import SpanStorage

/// The services that every route may use.
package struct RouteServices: Sendable {
    package let store: any StoreService
    package let workers: Workers
    package let metrics: ServerMetrics
    package let clock: any Clock
    package let openRequests: OpenRequests
}

extension RouteServices {
    /// The answer of one of the store's own commands; a header says how many findings are errors.
    func perform(
        _ operation: AdminOperation, _ request: RouteRequest
    ) async throws(RequestFailure) -> RouteAnswer {
        let format = try AnswerFormat(request)
        let table: ResultTable
        switch await store.perform(operation) {
        case .failure(let error): throw RequestFailure(error)
        case .success(let findings): table = findings
        }
        return try await workers.run(.answer) { () throws(StoreError) in
            var answer = try format.encode(table)
            if table.errorCount > 0 { answer.headers[.errorFindings] = "\(table.errorCount)" }
            return answer
        }
    }
}
