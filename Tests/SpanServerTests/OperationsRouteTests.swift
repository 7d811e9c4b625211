// Health, readiness and the metrics page.

import SpanClient
import SpanModel
import SpanServer
import Testing

extension ServerTests {
    @Suite struct OperationsRouteTests {
        @Test func healthAndReadiness() async throws {
            try await withServer { server async throws in
                let health = try await server.request("GET", "/healthz")
                #expect(health.status == 200)
                #expect(try await server.request("GET", "/readyz").status == 200)
                server.store.setWritable(false)
                let ready = try await server.request("GET", "/readyz")
                #expect(ready.status == 503)
                #expect(ready.header("retry-after") == "30")
                #expect(ready.text.contains("\"code\":\"read_only\""))
                #expect(try await server.request("GET", "/healthz").status == 200)
            }
        }

        @Test func unknownPathAndMethod() async throws {
            try await withServer { server async throws in
                let unknown = try await server.request("GET", "/nope/%7Bx%22")
                #expect(unknown.status == 404)
                #expect(unknown.header("content-type") == "application/json")
                #expect(
                    unknown.text
                        == "{\"error\":{\"code\":\"not_found\","
                        + "\"message\":\"there is no /nope/{x\\\"\"}}\n")
                let method = try await server.request("DELETE", "/api/v1/metrics")
                #expect(method.status == 405)
                #expect(method.header("allow") == "POST")
                #expect(method.text.contains("\"code\":\"method_not_allowed\""))
                let malformed = try await server.request("GET", "/%zz")
                #expect(malformed.status == 400)
            }
        }

        @Test func headHasNoBody() async throws {
            try await withServer { server async throws in
                let reply = try await server.request("HEAD", "/healthz")
                #expect(reply.status == 200)
                #expect(reply.header("content-length") == "16")
                #expect(reply.body.isEmpty)
            }
        }

        @Test func metricsPageIsValid() async throws {
            try await withServer { server async throws in
                _ = try await server.post("/api/v1/spans", spanLines(3))
                _ = try await server.request("GET", "/never/seen")
                let page = try await server.request("GET", "/metrics")
                #expect(page.header("content-type")?.hasPrefix("text/plain; version=0.0.4") == true)
                let lines = page.text.split(separator: "\n").map(String.init)
                #expect(lines.contains("spand_ingest_rows_total{table=\"spans\"} 3"))
                #expect(lines.contains("spand_store_rows 3"))
                #expect(
                    lines.contains(
                        "spand_http_requests_total{method=\"POST\",route=\"/api/v1/spans\","
                            + "status=\"200\"} 1"))
                #expect(
                    lines.contains(
                        "spand_http_requests_total{method=\"other\",route=\"none\",status=\"404\"} 1"
                    ))
                var family = ""
                var families: Set<String> = []
                for line in lines {
                    if line.hasPrefix("# HELP ") {
                        family = String(line.split(separator: " ")[2])
                        #expect(families.insert(family).inserted)
                    } else if line.hasPrefix("# TYPE ") {
                        #expect(line.split(separator: " ")[2] == family)
                    } else {
                        #expect(line.hasPrefix(family))
                        #expect(line.split(separator: " ").last.flatMap { Double($0) } != nil)
                    }
                }
            }
        }
    }
}
