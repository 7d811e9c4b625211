// The NDJSON routes: every answer and error body of contract §2.

import SpanClient
import SpanModel
import SpanServer
import Testing

extension ServerTests {
    @Suite struct IngestRouteTests {
        @Test func storesRecordsOfEveryTable() async throws {
            try await withServer { server async throws in
                let bodies = [
                    ("spans", spanLines(2), 2),
                    (
                        "metrics",
                        "{\"project\":\"p\",\"run_id\":7,\"name\":\"loss\",\"step\":1,"
                            + "\"time_unix_nano\":5,\"value\":0.5}\n", 1
                    ),
                    ("scores", "{\"name\":\"n\",\"value\":1,\"trace_id\":\"t\"}", 1),
                    (
                        "entities", "{\"kind\":\"k\",\"project\":\"p\",\"name\":\"n\",\"body\":{}}",
                        1
                    ),
                ]
                for (table, body, count) in bodies {
                    let reply = try await server.post("/api/v1/\(table)", body)
                    #expect(reply.status == 200)
                    #expect(reply.text == "{\"accepted\":\(count)}\n")
                    #expect(server.store.rows("default", table) == count)
                }
            }
        }

        @Test func oneBadLineStoresNothing() async throws {
            try await withServer { server async throws in
                let body = spanLines(3) + "{\"trace_id\":\"t\"}\n" + spanLine(9)
                let reply = try await server.post("/api/v1/spans", body)
                #expect(reply.status == 400)
                #expect(
                    reply.text.hasPrefix(
                        "{\"error\":{\"code\":\"invalid_record\",\"message\":\"1 of 5 records are "
                            + "invalid; nothing was stored\"},\"rejected_count\":1,"
                            + "\"rejected\":[{\"line\":4,\"error\":\""))
                #expect(server.store.rows() == 0)
            }
        }

        @Test func rejectionsAreListedUpToTheLimitAndCountedExactly() async throws {
            try await withServer { server async throws in
                let body = String(repeating: "{}\n", count: 250) + spanLine(1)
                let reply = try await server.post("/api/v1/spans?partial=true", body)
                #expect(reply.status == 200)
                #expect(
                    reply.text.hasPrefix("{\"accepted\":1,\"rejected_count\":250,\"rejected\":[{"))
                #expect(reply.text.split(separator: "\"line\":").count == 101)
                #expect(server.store.rows() == 1)
                let refused = try await server.post("/api/v1/spans", body)
                #expect(refused.text.contains("\"rejected_count\":250"))
            }
        }

        @Test func partialWithoutRejectionsSaysSo() async throws {
            try await withServer { server async throws in
                let reply = try await server.post("/api/v1/spans?partial=true", spanLines(2))
                #expect(reply.text == "{\"accepted\":2,\"rejected_count\":0,\"rejected\":[]}\n")
                let bad = try await server.post("/api/v1/spans?partial=maybe", spanLines(2))
                #expect(bad.status == 400)
                let empty = try await server.post("/api/v1/spans", "")
                #expect(empty.text == "{\"accepted\":0}\n")
            }
        }

        @Test func workspaceComesFromTheHeader() async throws {
            try await withServer { server async throws in
                let good = try await server.post(
                    "/api/v1/spans", spanLines(2), headers: [("X-Workspace", "team-a.1")])
                #expect(good.status == 200)
                #expect(server.store.rows("team-a.1") == 2)
                #expect(server.store.rows() == 0)
                for name in ["../etc", "", ".hidden", "a b", String(repeating: "x", count: 129)] {
                    let bad = try await server.post(
                        "/api/v1/spans", spanLines(1), headers: [("X-Workspace", name)])
                    #expect(bad.status == 400, "workspace \(name)")
                    #expect(bad.text.contains("\"code\":\"invalid_argument\""))
                }
            }
        }

        @Test func idempotencyKeyRepeatsOrConflicts() async throws {
            try await withServer { server async throws in
                let headers = [(name: "Idempotency-Key", value: "k1")]
                for _ in 0..<2 {
                    let reply = try await server.post(
                        "/api/v1/spans", spanLines(2), headers: headers)
                    #expect(reply.status == 200)
                    #expect(reply.text == "{\"accepted\":2}\n")
                }
                #expect(server.store.rows() == 2)
                let packed = try await server.request(
                    "POST", "/api/v1/spans", headers: headers + [("Content-Encoding", "gzip")],
                    body: gzip(Array(spanLines(2).utf8)))
                #expect(packed.status == 200)
                #expect(server.store.rows() == 2)
                let conflict = try await server.post(
                    "/api/v1/spans", spanLines(3), headers: headers)
                #expect(conflict.status == 409)
                #expect(conflict.text.contains("\"code\":\"idempotency_conflict\""))
                let other = try await server.post(
                    "/api/v1/spans?partial=1", spanLines(2), headers: headers)
                #expect(other.status == 409)
                let long = try await server.post(
                    "/api/v1/spans", spanLines(1),
                    headers: [("Idempotency-Key", String(repeating: "k", count: 257))])
                #expect(long.status == 400)
                #expect(try await server.metric("spand_ingest_replays_total") == "2")
            }
        }

        static let storeFailures: [(StoreError, Int, String, String?)] = [
            (.overloaded(limit: "queue", retryAfterSeconds: 3), 429, "overloaded", "3"),
            (.storageFull(path: "/d"), 503, "storage_full", "30"),
            (.readOnly(reason: "fdatasync failed"), 503, "read_only", "30"),
            (.io(operation: "write", path: "/d", errno: 5), 500, "io_error", nil),
            (
                .corruption(file: "f", offset: 1, region: "footer", reason: "checksum"), 500,
                "corruption", nil
            ),
            (
                .limitExceeded(limit: "workspaces", value: 65, maximum: 64), 413, "limit_exceeded",
                nil
            ),
        ]

        @Test(arguments: 0..<storeFailures.count)
        func storeFailuresHaveTheirStatus(_ index: Int) async throws {
            let (error, status, code, retryAfter) = Self.storeFailures[index]
            try await withServer { server async throws in
                server.store.fail(error)
                let reply = try await server.post("/api/v1/spans", spanLines(1))
                #expect(reply.status == status)
                #expect(reply.text.hasPrefix("{\"error\":{\"code\":\"\(code)\",\"message\":\""))
                #expect(reply.header("retry-after") == retryAfter)
            }
        }
    }
}
