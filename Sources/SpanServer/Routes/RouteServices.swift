// What routes are made from.

import SpanPlatform

/// The services that every route may use.
package struct RouteServices: Sendable {
    package let store: any StoreService
    package let workers: Workers
    package let metrics: ServerMetrics
    package let clock: any Clock
    package let openRequests: OpenRequests
}
