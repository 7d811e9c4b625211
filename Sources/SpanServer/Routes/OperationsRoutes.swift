// How the daemon is: /healthz (the process answers), /readyz (writes are taken), /metrics, and where
// it listens.

import SpanColumns
import SpanModel

/// The routes of contract §5.
struct OperationsRoutes: Sendable {
    let services: RouteServices
    /// Numbers of the server itself.
    let serverGauges: @Sendable () -> [StoreGauge]
    /// Where the server listens.
    let addresses: [ListeningAddress]

    var routes: [Route] {
        [
            .get("/healthz") { _ throws(RequestFailure) in
                RouteAnswer(text: "{\"status\":\"ok\"}\n")
            },
            .get("/api/v1/endpoints") { request throws(RequestFailure) in
                try answerAddresses(request)
            },
            .get("/readyz") { _ throws(RequestFailure) in
                guard services.store.isWritable else {
                    throw RequestFailure(
                        .readOnly, "the store does not take writes", retryAfterSeconds: 30)
                }
                return RouteAnswer(text: "{\"status\":\"ready\"}\n")
            },
            .get("/metrics") { _ throws(RequestFailure) in
                let page = try await services.workers.run(.answer) { () throws(StoreError) in
                    services.metrics.render(gauges: serverGauges() + services.store.gauges)
                }
                return RouteAnswer(
                    contentType: "text/plain; version=0.0.4; charset=utf-8",
                    body: Array(page.utf8))
            },
        ]
    }

    private func answerAddresses(_ request: RouteRequest) throws(RequestFailure) -> RouteAnswer {
        let format = try AnswerFormat(request)
        let table = ResultTable(
            columns: [
                Self.column("protocol", addresses.map(\.wireProtocol.rawValue)),
                Self.column("address", addresses.map(\.address)),
            ], rowCount: addresses.count)
        do throws(StoreError) {
            return try format.encode(table)
        } catch {
            throw RequestFailure(error)
        }
    }

    private static func column(_ name: String, _ texts: [String]) -> ResultColumn {
        var bytes: [UInt8] = []
        var ends: [UInt32] = []
        for text in texts {
            bytes += text.utf8
            ends.append(UInt32(bytes.count))
        }
        let codes = texts.indices.map { UInt32($0) }
        let vector = StringVector(
            codes: codes, dictionary: StringDictionary(ends: ends, bytes: bytes))
        return ResultColumn(name: name, type: .string, values: .string(vector))
    }
}

/// A place where the server listens, as clients name it: HOST:PORT or the path of a socket.
package struct ListeningAddress: Sendable {
    package let wireProtocol: WireProtocol
    package let address: String

    package init(_ wireProtocol: WireProtocol, _ address: String) {
        self.wireProtocol = wireProtocol
        self.address = address
    }
}
