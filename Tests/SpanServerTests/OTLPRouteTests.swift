// The OTLP routes: content types, partial success, error bodies.

import SpanClient
import SpanModel
import SpanServer
import Testing

extension ServerTests {
    @Suite struct OTLPRouteTests {
        private static let json = [(name: "Content-Type", value: "application/json; charset=utf-8")]
        private static let protobuf = [(name: "Content-Type", value: "application/x-protobuf")]

        private static func traces(_ spanIDs: [String]) -> String {
            let spans = spanIDs.map { id in
                "{\"traceId\":\"0af7651916cd43dd8448eb211c80319c\",\"spanId\":\"\(id)\","
                    + "\"name\":\"n\",\"startTimeUnixNano\":\"1000\",\"endTimeUnixNano\":\"2000\"}"
            }
            return "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":["
                + spans.joined(separator: ",") + "]}]}]}"
        }

        @Test func storesTracesInBothFormats() async throws {
            try await withServer { server async throws in
                let reply = try await server.post(
                    "/v1/traces", Self.traces(["b7ad6b7169203331"]), headers: Self.json)
                #expect(reply.status == 200)
                #expect(reply.header("content-type") == "application/json")
                #expect(reply.text == "{}")
                #expect(server.store.rows() == 1)
                let empty = try await server.request(
                    "POST", "/v1/traces", headers: Self.protobuf, body: [])
                #expect(empty.status == 200)
                #expect(empty.header("content-type") == "application/x-protobuf")
                #expect(empty.body.isEmpty)
            }
        }

        @Test func rejectedSpansArePartialSuccess() async throws {
            try await withServer { server async throws in
                let body = Self.traces(["b7ad6b7169203331", "0000000000000000"])
                let reply = try await server.post("/v1/traces", body, headers: Self.json)
                #expect(reply.status == 200)
                #expect(reply.text.contains("\"rejectedSpans\":\"1\""))
                #expect(reply.header("x-accepted") == "1")
                #expect(server.store.rows() == 1)
            }
        }

        @Test func logsAndMetricsAreCountedNotStored() async throws {
            try await withServer { server async throws in
                let logs = try await server.post(
                    "/v1/logs",
                    "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{},{}]}]}]}",
                    headers: Self.json)
                #expect(logs.status == 200)
                #expect(
                    logs.text
                        == "{\"partialSuccess\":{\"rejectedLogRecords\":\"2\","
                        + "\"errorMessage\":\"only traces are stored\"}}")
                let none = try await server.post("/v1/metrics", "{}", headers: Self.json)
                #expect(none.text == "{}")
            }
        }

        @Test func failuresAreStatusesInTheFormatOfTheRequest() async throws {
            try await withServer { server async throws in
                let json = try await server.post(
                    "/v1/traces", "{\"resourceSpans\":", headers: Self.json)
                #expect(json.status == 400)
                #expect(json.header("content-type") == "application/json")
                #expect(json.text.hasPrefix("{\"code\":3,\"message\":\"malformed body"))
                let binary = try await server.request(
                    "POST", "/v1/traces", headers: Self.protobuf, body: [0x0A, 0xFF])
                #expect(binary.status == 400)
                #expect(binary.header("content-type") == "application/x-protobuf")
                #expect(binary.body.prefix(2).elementsEqual([0x08, 3]))
                for type in ["text/plain", ""] {
                    let other = try await server.post(
                        "/v1/traces", "{}", headers: [("Content-Type", type)])
                    #expect(other.status == 415)
                }
                server.store.fail(.overloaded(limit: "queue", retryAfterSeconds: 2))
                let busy = try await server.post(
                    "/v1/traces", Self.traces(["b7ad6b7169203331"]), headers: Self.json)
                #expect(busy.status == 429)
                #expect(busy.header("retry-after") == "2")
                #expect(busy.text.hasPrefix("{\"code\":8,"))
            }
        }
    }
}
