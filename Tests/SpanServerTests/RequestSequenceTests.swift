// Requests of one connection, one after the other: parked while one is answered, ended by the
// client, by its version, or by bytes that are no HTTP.

import SpanClient
import SpanModel
import SpanServer
import Testing

extension ServerTests {
    @Suite struct RequestSequenceTests {
        private static let get = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        private static let nowhere = "GET /nope HTTP/1.1\r\nHost: x\r\n\r\n"

        private static func post(_ number: Int, extra: String = "") -> String {
            let body = spanLine(number)
            return "POST /api/v1/spans HTTP/1.1\r\nHost: x\r\n\(extra)"
                + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
        }

        @Test func laterRequestsWaitForTheAnswerOfAnEarlierOne() async throws {
            try await withServer { server async throws in
                server.store.gate.close()
                let connection = try server.connect()
                try await connection.send(Self.post(1) + Self.get)
                await server.store.gate.waitForVisitor()
                try await connection.send(Self.post(2) + Self.nowhere)
                server.store.gate.open()
                #expect(try await connection.read(through: "}\n").contains("{\"accepted\":1}"))
                #expect(try await connection.read(through: "}\n").contains("\"status\":\"ok\""))
                #expect(try await connection.read(through: "}\n").contains("{\"accepted\":1}"))
                #expect(try await connection.read(through: "}\n").contains("not_found"))
                #expect(server.store.rows() == 2)
            }
        }

        @Test func aRequestThatCameInPartIsReadOnAfterTheAnswer() async throws {
            try await withServer { server async throws in
                server.store.gate.close()
                let connection = try server.connect()
                try await connection.send(Self.post(1))
                await server.store.gate.waitForVisitor()
                let next = Self.post(2)
                try await connection.send(String(next.dropLast(20)))
                #expect(try await server.request("GET", "/healthz").status == 200)
                server.store.gate.open()
                #expect(try await connection.read(through: "}\n").contains("{\"accepted\":1}"))
                try await connection.send(String(next.suffix(20)))
                #expect(try await connection.read(through: "}\n").contains("{\"accepted\":1}"))
                #expect(server.store.rows() == 2)
            }
        }

        @Test func thousandsOfRequestsInOneRead() async throws {
            try await withServer { server async throws in
                server.store.gate.close()
                let connection = try server.connect()
                let count = 5_000
                let requests = String(repeating: Self.nowhere, count: count)
                async let sent: Void = connection.send(Self.post(1) + requests)
                await server.store.gate.waitForVisitor()
                server.store.gate.open()
                for _ in 0...count { _ = try await connection.read(through: "}\n") }
                try await sent
                #expect(server.store.rows() == 1)
            }
        }

        @Test func aClientThatHasSaidAllIsStillAnswered() async throws {
            try await withServer { server async throws in
                server.store.gate.close()
                let connection = try server.connect()
                try await connection.send(Self.post(1) + Self.get)
                await server.store.gate.waitForVisitor()
                connection.finishWriting()
                server.store.gate.open()
                let all = try await connection.readToEnd()
                #expect(all.contains("{\"accepted\":1}"))
                #expect(all.hasSuffix("{\"status\":\"ok\"}\n"))
            }
        }

        @Test func connectionCloseEndsIt() async throws {
            try await withServer { server async throws in
                let connection = try server.connect()
                try await connection.send(Self.post(1, extra: "Connection: close\r\n"))
                let all = try await connection.readToEnd()
                #expect(all.contains("\r\nConnection: close\r\n"))
                #expect(all.hasSuffix("{\"accepted\":1}\n"))
            }
        }

        @Test func garbageAfterARequestIsAnsweredAfterIt() async throws {
            try await withServer { server async throws in
                let connection = try server.connect()
                try await connection.send(Self.post(1) + "nonsense\r\n\r\n")
                let all = try await connection.readToEnd()
                #expect(all.contains("{\"accepted\":1}\nHTTP/1.1 400 Bad Request\r\n"))
                #expect(all.contains("\"code\":\"malformed_body\""))
                #expect(all.hasSuffix("}\n"))
            }
        }

        @Test func aRefusedRequestWithoutABodyKeepsItsConnection() async throws {
            try await withServer { server async throws in
                let connection = try server.connect()
                for request in [Self.nowhere, "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n"] {
                    try await connection.send(request + Self.get)
                    #expect(try await connection.read(through: "}\n").contains("\"error\""))
                    #expect(try await connection.read(through: "}\n").contains("ok"))
                }
            }
        }

        @Test func aBodyThatNobodyReadsIsSkipped() async throws {
            try await withServer { server async throws in
                let connection = try server.connect()
                try await connection.send(
                    "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n{\"a\":1}"
                        + Self.get)
                for _ in 0..<2 {
                    #expect(try await connection.read(through: "}\n").contains("ok"))
                }
            }
        }

        @Test func headHasNoBodyWhateverTheAnswer() async throws {
            try await withServer { server async throws in
                #expect(try await server.post("/api/v1/spans", spanLines(20_000)).status == 200)
                let connection = try server.connect()
                for path in ["/healthz", "/api/v1/session/none", "/nope"] {
                    try await connection.send("HEAD \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
                    #expect(try await connection.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 "))
                }
                try await connection.send(Self.get)
                let next = try await connection.read(through: "}\n")
                #expect(next.hasPrefix("HTTP/1.1 200 OK\r\n"))
            }
        }

        @Test func anOldClientGetsALongAnswerWithoutChunks() async throws {
            try await withServer { server async throws in
                #expect(try await server.post("/api/v1/spans", spanLines(20_000)).status == 200)
                let sql = "SELECT trace_id, span_id, input FROM spans"
                let request = "POST /api/v1/sql?format=csv HTTP/1."
                let rest = "\r\nHost: x\r\nContent-Length: \(sql.utf8.count)\r\n"
                let old = try server.connect()
                try await old.send(request + "0" + rest + "\r\n" + sql)
                let all = try await old.readToEnd()
                #expect(!all.contains("Transfer-Encoding"))
                #expect(
                    all.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("t") }.count
                        == 20_001)
                let new = try server.connect()
                try await new.send(request + "1" + rest + "Connection: close\r\n\r\n" + sql)
                let chunked = try await new.readToEnd()
                #expect(chunked.contains("Transfer-Encoding: chunked"))
                #expect(chunked.hasSuffix("\r\n0\r\n\r\n"))
            }
        }
    }
}
