// Connections: pipelining, slow heads, limits, disconnects, stopping.

import SpanClient
import SpanModel
import SpanPlatform
import SpanServer
import Testing

extension ServerTests {
    @Suite struct ConnectionTests {
        private static let get = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

        @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
            try await withServer { server async throws in
                let connection = try server.connect()
                let body = spanLine(1)
                let post =
                    "POST /api/v1/spans HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)"
                    + "\r\n\r\n" + body
                try await connection.send(Self.get + post + "GET /nope HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.read(through: "}\n").contains("\"status\":\"ok\""))
                #expect(try await connection.read(through: "}\n").contains("{\"accepted\":1}"))
                #expect(try await connection.read(through: "}\n").contains("not_found"))
            }
        }

        @Test func aSlowHeadIsCutOff() async throws {
            var limits = ServerLimits()
            limits.headSecondsMax = 0.2
            try await withServer(limits) { server async throws in
                let silent = try server.connect()
                let slow = try server.connect()
                try await slow.send("GET /healthz HT")
                #expect(try await slow.readToEnd() == "")
                #expect(try await silent.readToEnd() == "")
            }
        }

        @Test func aStalledBodyIsCutOff() async throws {
            var limits = ServerLimits()
            limits.headSecondsMax = 0.4
            limits.stallSecondsMax = 0.2
            try await withServer(limits) { server async throws in
                let connection = try server.connect()
                try await connection.send(
                    "POST /api/v1/spans HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
                _ = try await connection.readToEnd()
                while try await server.metric("spand_ingest_budget_used_bytes") != "0" {}
                #expect(server.store.rows() == 0)
            }
        }

        @Test func atTheLimitTheLongestIdleConnectionGoes() async throws {
            var limits = ServerLimits()
            limits.connectionsMax = 3
            try await withServer(limits) { server async throws in
                var connections: [RawConnection] = []
                for _ in 0..<3 {
                    let connection = try server.connect()
                    try await connection.send(Self.get)
                    _ = try await connection.read(through: "}\n")
                    connections.append(connection)
                }
                try await connections[0].send(Self.get)
                _ = try await connections[0].read(through: "}\n")
                let newcomer = try server.connect()
                try await newcomer.send(Self.get)
                _ = try await newcomer.read(through: "}\n")
                #expect(try await connections[1].readToEnd() == "")
                for index in [0, 2] {
                    try await connections[index].send(Self.get)
                    #expect(try await connections[index].read(through: "}\n").contains("ok"))
                }
            }
        }

        @Test func busyConnectionsAreNotTheOnesToGo() async throws {
            var limits = ServerLimits()
            limits.connectionsMax = 2
            try await withServer(limits) { server async throws in
                server.store.gate.close()
                async let first = server.post("/api/v1/spans", spanLine(1))
                await server.store.gate.waitForVisitor()
                let idle = try server.connect()
                try await idle.send(Self.get)
                _ = try await idle.read(through: "}\n")
                #expect(try await server.request("GET", "/healthz").status == 200)
                #expect(try await idle.readToEnd() == "")
                server.store.gate.open()
                #expect(try await first.status == 200)
            }
        }

        @Test func manyAtOnce() async throws {
            try await withServer { server async throws in
                try await withThrowingTaskGroup { group in
                    for client in 0..<16 {
                        group.addTask {
                            try await blocking {
                                let http = HTTPClient(server.address)
                                for number in 0..<20 {
                                    let line = spanLine(client * 100 + number)
                                    let reply = try http.send(
                                        "POST", "/api/v1/spans", body: Array(line.utf8))
                                    #expect(reply.status == 200)
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(server.store.rows() == 320)
            }
        }

        @Test func requestsInFlightAreAnsweredWhenTheServerStops() async throws {
            try await withServer { server async throws in
                let idle = try server.connect()
                try await idle.send(Self.get)
                _ = try await idle.read(through: "}\n")
                server.store.gate.close()
                async let reply = server.post("/api/v1/spans", spanLine(1))
                await server.store.gate.waitForVisitor()
                server.server.stop()
                #expect(try await idle.readToEnd() == "")
                server.store.gate.open()
                #expect(try await reply.status == 200)
                #expect(server.store.rows() == 1)
            }
        }

        @Test func whatDoesNotEndInTimeIsCutOff() async throws {
            var limits = ServerLimits()
            limits.drainSecondsMax = 0.1
            try await withServer(limits) { server async throws in
                let connection = try server.connect()
                try await connection.send(
                    "POST /api/v1/spans HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
                        + "Expect: 100-continue\r\n\r\n")
                _ = try await connection.read(through: "\r\n\r\n")
                server.server.stop()
                _ = try await connection.readToEnd()
            }
        }

        @Test(arguments: [
            "nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
            "GET /healthz HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            "POST /api/v1/spans HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "GET /healthz HTTP/1.1\r\n: x\r\n\r\n",
        ])
        func garbageEndsItsConnectionOnly(_ text: String) async throws {
            try await withServer { server async throws in
                let connection = try server.connect()
                try await connection.send(text)
                let answer = try await connection.readToEnd()
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "))
                #expect(try await server.request("GET", "/healthz").status == 200)
            }
        }

        @Test func tokensOpenTCP() async throws {
            let token = "0123456789abcdef0123456789abcdef"
            try await withServer(tokens: try BearerTokens([token]), tcpPort: 41_873) {
                server async throws in
                let address = try #require(server.tcp)
                for (shown, status) in [
                    (nil, 401), ("wrong", 401), (token + "x", 401), (String(token.dropLast()), 401),
                    (token, 200),
                ] as [(String?, Int)] {
                    let reply = try await blocking {
                        try HTTPClient(address, token: shown).send("GET", "/healthz")
                    }
                    #expect(reply.status == status)
                }
                // The address of a file is its own key.
                for method in ["GET", "PUT"] {
                    let reply = try await blocking {
                        try HTTPClient(address, token: nil).send(method, "/files/default/1/none")
                    }
                    #expect(reply.status == 404)
                }
                #expect(try await server.request("GET", "/healthz").status == 200)
            }
        }
    }
}
