// Erase, retention and backup over HTTP: what is refused, and what reaches the store.

import SpanClient
import SpanServer
import Testing

extension ServerTests {
    @Suite struct LifecycleRouteTests {
        private static let json = [(name: "Content-Type", value: "application/json")]

        @Test(arguments: [
            ("/api/v1/erase?session=a&dry_run=true", "[\\\"spans\\\", \\\"scores\\\"] true"),
            ("/api/v1/erase?run=7", "[\\\"spans\\\", \\\"metrics\\\", \\\"entities\\\"] false"),
            ("/api/v1/erase?run=7&before=2026-01-01", "[\\\"spans\\\", \\\"metrics\\\"] false"),
            ("/api/v1/erase?user=u&project=p", "[\\\"spans\\\"] false"),
            ("/api/v1/backup?directory=/a/b", "backup /a/b"),
            ("/api/v1/retain?now=true", "sweep"),
        ])
        func operationsReachTheStore(target: String, operation: String) async throws {
            try await withServer { server async throws in
                let reply = try await server.request("POST", target, headers: Self.json, body: [])
                #expect(reply.status == 200)
                #expect(reply.text.contains(operation), "\(reply.text)")
            }
        }

        @Test(arguments: [
            ("/api/v1/erase", 400), ("/api/v1/erase?dry_run=true", 400),
            ("/api/v1/erase?before=2026-01-01", 400), ("/api/v1/erase?session=", 400),
            ("/api/v1/erase?session=a&before=soon", 400), ("/api/v1/erase?sessions=a", 400),
            ("/api/v1/backup", 400), ("/api/v1/backup?directory=here", 400),
            ("/api/v1/retain", 400), ("/api/v1/retain?days=0", 400),
            ("/api/v1/retain?now=true&days=3", 400),
        ])
        func whatIsIncompleteIsRefused(target: String, status: Int) async throws {
            try await withServer { server async throws in
                let reply = try await server.request("POST", target, headers: Self.json, body: [])
                #expect(reply.status == status, "\(reply.text)")
                // A page in a browser may not say that it sends JSON.
                let simple = try await server.request(
                    "POST", target, headers: [("Content-Type", "text/plain")], body: [])
                #expect(simple.status == 415)
                let get = try await server.request("GET", target)
                #expect(get.status == (target.contains("retain") ? 200 : 405))
            }
        }
    }
}
