// How the daemon is: /healthz (the process answers), /readyz (writes are taken), /metrics.

import SpanModel

/// The routes of contract §5.
struct OperationsRoutes: Sendable {
    let services: RouteServices
    /// Numbers of the server itself.
    let serverGauges: @Sendable () -> [StoreGauge]

    var routes: [Route] {
        [
            .get("/healthz") { _ throws(RequestFailure) in
                RouteAnswer(text: "{\"status\":\"ok\"}\n")
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
}
