// How the daemon is: /healthz (the process answers), /readyz (writes are taken), /metrics.

import SpanModel

/// The routes of contract §5.
struct OperationsRoutes: Sendable {
    let store: any StoreService
    let metrics: ServerMetrics
    /// Numbers of the server itself.
    let serverGauges: @Sendable () -> [StoreGauge]

    var routes: [Route] {
        [
            .get("/healthz") { _ throws(RequestFailure) in
                RouteAnswer(text: "{\"status\":\"ok\"}\n")
            },
            .get("/readyz") { [store] _ throws(RequestFailure) in
                guard store.isWritable else {
                    throw RequestFailure(
                        .readOnly, "the store does not take writes", retryAfterSeconds: 30)
                }
                return RouteAnswer(text: "{\"status\":\"ready\"}\n")
            },
            .get("/metrics") { [store, metrics, serverGauges] _ throws(RequestFailure) in
                RouteAnswer(
                    contentType: "text/plain; version=0.0.4; charset=utf-8",
                    body: Array(metrics.render(gauges: serverGauges() + store.gauges).utf8))
            },
        ]
    }
}
