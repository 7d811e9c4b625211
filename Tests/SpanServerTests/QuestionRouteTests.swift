// Questions over HTTP: parameters, formats, errors.

import Dispatch
import SpanClient
import SpanModel
import SpanServer
import Testing

extension ServerTests {
    @Suite struct QuestionRouteTests {
        private static let spans =
            "{\"trace_id\":\"t1\",\"span_id\":\"a\",\"start_time_unix_nano\":1000000,"
            + "\"end_time_unix_nano\":3000000,\"name\":\"root\",\"agent_name\":\"x\","
            + "\"session_id\":\"s/1\"}\n"
            + "{\"trace_id\":\"t1\",\"span_id\":\"b\",\"parent_span_id\":\"a\","
            + "\"start_time_unix_nano\":2000000,\"end_time_unix_nano\":3000000,"
            + "\"name\":\"child\",\"agent_name\":\"y z\",\"session_id\":\"s/1\"}\n"

        @Test func answersAnObjectOfRows() async throws {
            try await withServer { server async throws in
                #expect(try await server.post("/api/v1/spans", Self.spans).status == 200)
                let reply = try await server.request("GET", "/api/v1/latency?by=agent_name")
                #expect(reply.status == 200)
                #expect(reply.header("content-type") == "application/json")
                #expect(reply.text.hasPrefix("{\"rows\":[{\"agent_name\":\"x\",\"count\":1,"))
                #expect(reply.text.contains("\"p95_ms\":2.0"))
                #expect(reply.text.hasSuffix("],\"truncated\":false}\n"))
                let empty = try await server.request(
                    "GET", "/api/v1/latency", headers: [("X-Workspace", "other")])
                #expect(empty.text == "{\"rows\":[],\"truncated\":false}\n")
                let explained = try await server.request("GET", "/api/v1/latency?explain=true")
                #expect(explained.text.contains("\"explain\":{\"row_groups_considered\":1,"))
            }
        }

        @Test func subCommandsAndPositionalsArePathParts() async throws {
            try await withServer { server async throws in
                _ = try await server.post("/api/v1/spans", Self.spans)
                for target in ["/api/v1/session/s%2F1", "/api/v1/session?id=s%2F1"] {
                    let session = try await server.request("GET", target)
                    #expect(session.text.contains("\"span_id\":\"a\""))
                    #expect(session.text.contains("\"span_id\":\"b\""))
                }
                let series = try await server.request(
                    "GET", "/api/v1/metrics/series?run=7&name=loss")
                #expect(series.text == "{\"rows\":[],\"truncated\":false}\n")
            }
        }

        @Test func statementsOfSQL() async throws {
            try await withServer { server async throws in
                _ = try await server.post("/api/v1/spans", Self.spans)
                let statement = "SELECT agent_name AS a, count(*) AS n FROM spans GROUP BY a"
                let reply = try await server.post("/api/v1/sql", statement)
                #expect(reply.header("content-type") == "application/json")
                #expect(
                    reply.text
                        == "{\"rows\":[{\"a\":\"x\",\"n\":1},{\"a\":\"y z\",\"n\":1}],"
                        + "\"truncated\":false}\n")
                let csv = try await server.post("/api/v1/sql?format=csv", statement)
                #expect(csv.text == "a,n\r\nx,1\r\ny z,1\r\n")
                let ndjson = try await server.post(
                    "/api/v1/sql", statement, headers: [("Accept", "application/x-ndjson")])
                #expect(ndjson.text == "{\"a\":\"x\",\"n\":1}\n{\"a\":\"y z\",\"n\":1}\n")
                let limited = try await server.post("/api/v1/sql", statement + " LIMIT 1")
                #expect(limited.text.hasSuffix("],\"truncated\":true}\n"))
                let explained = try await server.post("/api/v1/sql?explain=true", statement)
                #expect(explained.text.contains("\"explain\":{\"row_groups_considered\":1,"))
                let sessions = try await server.post(
                    "/api/v1/sql", "SELECT session_id, span_count FROM sessions")
                #expect(sessions.text.contains("{\"session_id\":\"s/1\",\"span_count\":2}"))
            }
        }

        @Test func errorsOfSQL() async throws {
            try await withServer { server async throws in
                let refused = try await server.post("/api/v1/sql", "SELECT nam FROM spans")
                #expect(refused.status == 400)
                #expect(
                    refused.text.contains(
                        "unknown column 'nam' at line 1, column 8: did you mean 'name'?"))
                let parameter = try await server.post(
                    "/api/v1/sql?limit=3", "SELECT 1 FROM spans")
                #expect(parameter.status == 400)
                let bytes = try await server.request(
                    "POST", "/api/v1/sql", body: Array("SELECT '".utf8) + [0xFF])
                #expect(bytes.status == 400)
                #expect(try await server.request("GET", "/api/v1/sql").status == 405)
            }
        }

        @Test func formatsByParameterAndAccept() async throws {
            try await withServer { server async throws in
                _ = try await server.post("/api/v1/spans", Self.spans)
                let ndjson = try await server.request(
                    "GET", "/api/v1/latency?by=agent_name",
                    headers: [("Accept", "application/x-ndjson")])
                #expect(ndjson.header("content-type") == "application/x-ndjson")
                #expect(ndjson.text.split(separator: "\n").count == 2)
                let csv = try await server.request("GET", "/api/v1/latency?format=csv")
                #expect(csv.header("content-type") == "text/csv; charset=utf-8")
                #expect(csv.text.hasPrefix("agent_name,count,"))
                for arrow in [
                    try await server.request("GET", "/api/v1/latency?format=arrow"),
                    try await server.request(
                        "GET", "/api/v1/latency",
                        headers: [("Accept", "application/vnd.apache.arrow.stream")]),
                ] {
                    #expect(arrow.header("content-type") == "application/vnd.apache.arrow.stream")
                    #expect(arrow.body.prefix(4) == [0xFF, 0xFF, 0xFF, 0xFF])
                }
                let array = try await server.request("GET", "/api/v1/latency?format=array")
                #expect(array.text.hasPrefix("[{"))
                let tree = try await server.request("GET", "/api/v1/trace/t1?format=table&width=80")
                #expect(tree.header("content-type") == "text/plain; charset=utf-8")
                #expect(tree.text.contains("└─child"))
                for target in ["format=xml", "format=table&width=0", "width=x"] {
                    let bad = try await server.request("GET", "/api/v1/latency?\(target)")
                    #expect(bad.status == 400)
                }
            }
        }

        @Test func badArgumentsAreNamed() async throws {
            try await withServer { server async throws in
                let bucket = try await server.request("GET", "/api/v1/latency?bucket=bad")
                #expect(bucket.status == 400)
                #expect(
                    bucket.text.hasPrefix(
                        "{\"error\":{\"code\":\"invalid_argument\",\"message\":\"bucket: "))
                let unknown = try await server.request("GET", "/api/v1/latency?run=7")
                #expect(unknown.status == 400)
                let column = try await server.request("GET", "/api/v1/latency?by=nope")
                #expect(column.status == 400)
            }
        }

        @Test func aQuestionThatIsAloneIsAnsweredAlikeWhateverItReads() async throws {
            try await withServer { server async throws in
                // The first run is small enough for the event loop, the second is not.
                let counts = [3, Limits.loopRowsMax + 1]
                let lines = counts.enumerated().flatMap { run, count in
                    (0..<count).map {
                        "{\"project\":\"p\",\"run_id\":\"\(run)\",\"name\":\"loss\","
                            + "\"step\":\($0),\"time_unix_nano\":\($0),\"value\":\($0).5}\n"
                    }
                }
                let stored = try await server.post("/api/v1/metrics", lines.joined())
                #expect(stored.status == 200)
                for (run, count) in counts.enumerated() {
                    let series = try await server.request(
                        "GET", "/api/v1/metrics/series?run=\(run)&name=loss&format=csv")
                    #expect(series.text.split(separator: "\r\n").count == count + 1)
                    let stats = try await server.request(
                        "GET", "/api/v1/metrics/stats?run=\(run)")
                    #expect(stats.text.contains("\"count\":\(count),"))
                    let bad = try await server.request(
                        "GET", "/api/v1/metrics/series?run=\(run)&name=loss&limit=x")
                    #expect(bad.status == 400)
                }
            }
        }

        @Test func commandsOfTheStore() async throws {
            try await withServer { server async throws in
                let status = try await server.request("GET", "/api/v1/status")
                #expect(status.text.contains("\"rows\":[{\"operation\":\"status\"}]"))
                let compact = try await server.request("POST", "/api/v1/compact", body: [])
                #expect(compact.text.contains("\"rows\":[{\"operation\":\"compact\"}]"))
            }
        }

        @Test func aLongQuestionHoldsUpNeitherWritesNorHealth() async throws {
            try await withServer { server async throws in
                server.store.questions.lower()
                async let slow = [
                    server.request("GET", "/api/v1/latency"),
                    server.request("GET", "/api/v1/latency"),
                    server.request("GET", "/api/v1/latency"),
                ]
                for _ in 0..<5 {
                    #expect(try await server.request("GET", "/healthz").status == 200)
                    #expect(try await server.post("/api/v1/spans", spanLines(1)).status == 200)
                }
                server.store.questions.signal()
                for reply in try await slow { #expect(reply.status == 200) }
            }
        }
    }
}
