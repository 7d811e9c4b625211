import Dispatch
import SpanClient
import SpanServer
import Testing

extension ServerTests {
    @Suite struct QuestionRouteTests {
        @Test func answersAnObjectOfRows() async throws {
            try await withServer { server async throws in
                let reply = try await server.request(
                    "GET", "/api/v1/latency?by=model&where=name+%3D+%27a%26b%27")
                #expect(reply.status == 200)
                #expect(reply.header("content-type") == "application/json")
                #expect(
                    reply.text
                        == "{\"rows\":[{\"by\":\"model\",\"question\":\"latency\","
                        + "\"where\":\"name = 'a&b'\"}],\"truncated\":false}\n")
            }
        }

        @Test func subCommandsAndPositionalsArePathParts() async throws {
            try await withServer { server async throws in
                let series = try await server.request("GET", "/api/v1/metrics/series?run=7")
                #expect(series.text.contains("\"question\":\"metrics series\",\"run\":\"7\""))
                for target in ["/api/v1/session/a%2Fb", "/api/v1/session?id=a%2Fb"] {
                    let session = try await server.request("GET", target)
                    #expect(session.text.contains("\"id\":\"a/b\",\"question\":\"session\""))
                }
            }
        }

        @Test func formatsByParameterAndAccept() async throws {
            try await withServer { server async throws in
                let ndjson = try await server.request(
                    "GET", "/api/v1/latency", headers: [("Accept", "application/x-ndjson")])
                #expect(ndjson.header("content-type") == "application/x-ndjson")
                #expect(ndjson.text == "{\"question\":\"latency\"}\n")
                let csv = try await server.request("GET", "/api/v1/latency?format=csv")
                #expect(csv.header("content-type") == "text/csv; charset=utf-8")
                #expect(csv.text.hasPrefix("question"))
                let bad = try await server.request("GET", "/api/v1/latency?format=xml")
                #expect(bad.status == 400)
            }
        }

        @Test func badArgumentsAreNamed() async throws {
            try await withServer { server async throws in
                let reply = try await server.request("GET", "/api/v1/latency?bucket=bad")
                #expect(reply.status == 400)
                #expect(
                    reply.text
                        == "{\"error\":{\"code\":\"invalid_argument\","
                        + "\"message\":\"bucket: not a duration\"}}\n")
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
                async let slow = [
                    server.request("GET", "/api/v1/slow"), server.request("GET", "/api/v1/slow"),
                    server.request("GET", "/api/v1/slow"),
                ]
                for _ in 0..<5 {
                    #expect(try await server.request("GET", "/healthz").status == 200)
                    #expect(try await server.post("/api/v1/spans", spanLines(1)).status == 200)
                }
                for _ in 0..<3 { server.questions.gate.signal() }
                for reply in try await slow { #expect(reply.status == 200) }
            }
        }
    }
}
