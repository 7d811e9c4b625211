// Finds the route of a request. Routes are tried in order, so a literal path comes before a
// pattern that also fits it. Cost: a few string comparisons for some tens of routes.

import NIOHTTP1
import SpanModel

/// All routes of a server.
package struct RouteTable: Sendable {
    private let routes: [Route]

    package init(_ routes: [Route]) { self.routes = routes }

    /// The route and the values in its path. Throws `notFound`, or `methodNotAllowed` with the
    /// methods that the path knows. HEAD is answered where GET is.
    func find(
        _ method: HTTPMethod, _ path: [String]
    ) throws(RequestFailure) -> (route: Route, values: [String: String]) {
        let wanted = method == .HEAD ? .GET : method
        var allowed: [String] = []
        for route in routes {
            guard let values = route.match(path) else { continue }
            if route.method == wanted { return (route, values) }
            allowed.append(route.method.rawValue)
        }
        let name = "/" + path.joined(separator: "/")
        guard !allowed.isEmpty else {
            throw RequestFailure(.notFound, "there is no \(name)")
        }
        var failure = RequestFailure(
            .methodNotAllowed, "\(name) takes \(allowed.joined(separator: ", "))")
        failure.allowedMethods = allowed
        throw failure
    }
}
