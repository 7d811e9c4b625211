// POST /api/v1/atif and the export of what it stored.

import SpanClient
import SpanModel
import SpanServer
import SpanTesting
import Testing

extension ServerTests {
    @Suite struct ATIFRouteTests {
        @Test func aTrajectoryIsStoredWithItsScores() async throws {
            try await withServer { server async throws in
                let judged = ATIFSamples.judged(
                    "case-a", reward: "1.0", cost: "0.05", milliseconds: 1_000, prompt: 100,
                    completion: 10, start: "0")
                let reply = try await server.post("/api/v1/atif", judged)
                #expect(reply.status == 201)
                #expect(
                    reply.text == "{\"accepted\":1,\"session_id\":\"sessions-exp-run-0-case-a\","
                        + "\"spans\":3,\"scores\":1}\n")
                #expect(server.store.rows() == 3)
                #expect(server.store.rows("default", "scores") == 1)
            }
        }

        @Test func aRefusalNamesThePlaceAndStoresNothing() async throws {
            try await withServer { server async throws in
                let bad = ATIFSamples.small.replacing("\"step_id\":2", with: "\"step_id\":3")
                let reply = try await server.post("/api/v1/atif", bad)
                #expect(reply.status == 400)
                #expect(
                    reply.text == "{\"error\":{\"code\":\"invalid_record\",\"message\":"
                        + "\"steps[1].step_id: expected 2 (sequential from 1), got 3\"}}\n")
                #expect(server.store.rows() == 0)
            }
        }

        @Test func exports() async throws {
            try await withServer { server async throws in
                _ = try await server.post("/api/v1/atif", ATIFSamples.small)
                let reply = try await server.request("GET", "/api/v1/export/atif?id=s-small")
                #expect(reply.status == 200)
                #expect(reply.text.hasPrefix("{\"schema_version\":\"ATIF-v1.4\""))
                let none = try await server.request("GET", "/api/v1/export/atif?id=x")
                #expect(none.status == 400)
                let unnamed = try await server.request("GET", "/api/v1/export/atif")
                #expect(unnamed.status == 400)
            }
        }
    }
}
