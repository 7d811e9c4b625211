// Request bodies: compression, bombs, limits, budget.

import SpanClient
import SpanModel
import SpanServer
import Testing

extension ServerTests {
    @Suite struct RequestBodyTests {
        private func post(
            _ server: TestServer, _ encoding: String, _ body: [UInt8]
        ) async throws -> HTTPReply {
            try await server.request(
                "POST", "/api/v1/spans", headers: [("Content-Encoding", encoding)], body: body)
        }

        @Test func compressedBodies() async throws {
            try await withServer { server async throws in
                let text = Array(spanLines(500).utf8)
                let half = Array(spanLines(250).utf8)
                #expect(try await post(server, "gzip", gzip(text)).text == "{\"accepted\":500}\n")
                #expect(try await post(server, "zstd", zstd(text)).text == "{\"accepted\":500}\n")
                let members = gzip(half) + gzip(half)
                #expect(try await post(server, "x-gzip", members).text == "{\"accepted\":500}\n")
                let frames = zstd(half) + zstd(half)
                #expect(try await post(server, "zstd", frames).text == "{\"accepted\":500}\n")
                #expect(try await post(server, "identity", text).text == "{\"accepted\":500}\n")
                #expect(try await post(server, "gzip", gzip([])).text == "{\"accepted\":0}\n")
                #expect(try await post(server, "gzip", []).text == "{\"accepted\":0}\n")
            }
        }

        @Test(arguments: ["gzip", "zstd"])
        func everyTruncationIsAnError(_ encoding: String) async throws {
            try await withServer { server async throws in
                let whole =
                    encoding == "gzip"
                    ? gzip(Array(spanLines(2).utf8))
                    : zstd(Array(spanLines(2).utf8))
                let replies = try await blocking { [whole] in
                    let client = HTTPClient(server.address)
                    return try (1..<whole.count).map { count in
                        try client.send(
                            "POST", "/api/v1/spans", headers: [("Content-Encoding", encoding)],
                            body: Array(whole[..<count]))
                    }
                }
                for reply in replies {
                    #expect(reply.status == 400)
                    #expect(reply.text.contains("\"code\":\"malformed_body\""))
                    #expect(reply.text.contains("ends early"))
                }
                #expect(server.store.rows() == 0)
            }
        }

        @Test func damagedCompressionIsAnError() async throws {
            try await withServer { server async throws in
                var body = gzip(Array(spanLines(100).utf8))
                body[body.count - 6] ^= 1
                let reply = try await post(server, "gzip", body)
                #expect(reply.status == 400)
                #expect(reply.text.contains("damaged"))
                #expect(try await post(server, "zstd", Array("not zstd".utf8)).status == 400)
                #expect(server.store.rows() == 0)
            }
        }

        @Test func unknownEncodingIs415() async throws {
            try await withServer { server async throws in
                for encoding in ["br", "gzip, zstd", "snappy"] {
                    let reply = try await post(server, encoding, [1, 2, 3])
                    #expect(reply.status == 415)
                    #expect(reply.text.contains("\"code\":\"unsupported_media_type\""))
                    #expect(reply.header("connection") == "close")
                }
            }
        }

        @Test func bombsAreRefusedByRatioAndBySize() async throws {
            let zeros = [UInt8](repeating: 0x20, count: 100 << 20)
            let bombs = [("gzip", gzip(zeros)), ("zstd", zstd(zeros))]
            try await withServer { server async throws in
                for (encoding, bomb) in bombs {
                    let reply = try await post(server, encoding, bomb)
                    #expect(reply.status == 413, "\(encoding)")
                    #expect(reply.text.contains("decompression ratio"))
                }
                #expect(try await server.metric("spand_ingest_budget_used_bytes") == "0")
            }
            var limits = ServerLimits()
            limits.decompressionRatioMax = 1 << 30
            try await withServer(limits) { server async throws in
                for (encoding, bomb) in bombs {
                    let reply = try await post(server, encoding, bomb)
                    #expect(reply.status == 413, "\(encoding)")
                    #expect(reply.text.contains("request body"))
                }
                #expect(try await server.metric("spand_ingest_budget_used_bytes") == "0")
            }
        }

        @Test func aBodyOf100MiBIsAnsweredThoughItIsSentWhole() async throws {
            try await withServer { server async throws in
                let body = [UInt8](repeating: 0x20, count: 100 << 20)
                let reply = try await server.request("POST", "/api/v1/spans", body: body)
                #expect(reply.status == 413)
                #expect(reply.text.contains("\"code\":\"limit_exceeded\""))
            }
        }

        @Test func theLargestBodyIsTaken() async throws {
            try await withServer { server async throws in
                let filler = String(repeating: " ", count: 1 << 20)
                let body =
                    Array(String(repeating: filler, count: 63).utf8) + Array(spanLine(1).utf8)
                let reply = try await server.request("POST", "/api/v1/spans", body: body)
                #expect(reply.text == "{\"accepted\":1}\n")
            }
        }

        @Test func tooLargeIsRefusedBeforeItIsRead() async throws {
            try await withServer { server async throws in
                let connection = try server.connect()
                try await connection.send(
                    "POST /api/v1/spans HTTP/1.1\r\nHost: x\r\nContent-Length: 68719476736\r\n"
                        + "Expect: 100-continue\r\n\r\n")
                let head = try await connection.read(through: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 413 "))
                #expect(head.contains("Connection: close"))
            }
        }

        @Test func bodiesBeyondTheDiscardLimitEndTheConnection() async throws {
            var limits = ServerLimits()
            limits.bodyBytesMax = 1_000
            limits.discardBytesMax = 10_000
            try await withServer(limits) { server async throws in
                let connection = try server.connect()
                try await connection.send(
                    "POST /api/v1/spans HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
                _ = try await connection.read(through: "}\n")
                do {
                    for _ in 0..<100 {
                        try await connection.send(String(repeating: "x", count: 10_000))
                    }
                    Issue.record("the connection stayed open")
                } catch is StoreError {}
            }
        }

        @Test func expectContinueIsAnsweredAtOnce() async throws {
            try await withServer { server async throws in
                let connection = try server.connect()
                let body = spanLine(1)
                try await connection.send(
                    "POST /api/v1/spans HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n"
                        + "Expect: 100-continue\r\n\r\n")
                #expect(
                    try await connection.read(through: "\r\n\r\n")
                        == "HTTP/1.1 100 Continue\r\n\r\n")
                try await connection.send(body)
                #expect(try await connection.read(through: "}\n").contains("{\"accepted\":1}"))
            }
        }

        @Test func chunkedBodies() async throws {
            var limits = ServerLimits()
            limits.bodyBytesMax = 100_000
            try await withServer(limits) { server async throws in
                let head =
                    "POST /api/v1/spans HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                let connection = try server.connect()
                try await connection.send(head)
                for byte in spanLine(1).unicodeScalars {
                    try await connection.send("1\r\n\(byte)\r\n")
                }
                try await connection.send("0\r\n\r\n")
                #expect(try await connection.read(through: "}\n").contains("{\"accepted\":1}"))

                try await connection.send(head)
                for _ in 0..<20 {
                    try await connection.send(
                        "2710\r\n\(String(repeating: " ", count: 10_000))\r\n")
                }
                #expect(try await connection.read(through: "}\n").hasPrefix("HTTP/1.1 413 "))

                let broken = try server.connect()
                try await broken.send(head + "zz\r\n")
                #expect(try await broken.readToEnd().hasPrefix("HTTP/1.1 400 "))
            }
        }

        @Test func beyondTheBudgetIs429AndTheRestGoesOn() async throws {
            var limits = ServerLimits()
            limits.budgetBytes = 100_000
            try await withServer(limits) { server async throws in
                let body = spanLine(1) + String(repeating: " ", count: 40_000)
                let first = try server.connect()
                try await first.send(
                    "POST /api/v1/spans HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n"
                        + "Expect: 100-continue\r\n\r\n")
                _ = try await first.read(through: "\r\n\r\n")

                let refused = try await server.post("/api/v1/spans", body)
                #expect(refused.status == 429)
                #expect(refused.header("retry-after") == "1")
                #expect(refused.text.contains("\"code\":\"overloaded\""))
                let packed = try await server.request(
                    "POST", "/api/v1/spans", headers: [("Content-Encoding", "gzip")],
                    body: gzip(Array(body.utf8)))
                #expect(packed.status == 429)
                #expect(try await server.post("/api/v1/spans", spanLine(2)).status == 200)

                try await first.send(body)
                #expect(try await first.read(through: "}\n").contains("{\"accepted\":1}"))
                #expect(try await server.metric("spand_ingest_budget_used_bytes") == "0")
            }
        }

        @Test func aClientThatGoesAwayStoresNothingAndGivesItsBudgetBack() async throws {
            try await withServer { server async throws in
                let connection = try server.connect()
                try await connection.send(
                    "POST /api/v1/spans HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
                        + "Expect: 100-continue\r\n\r\n")
                _ = try await connection.read(through: "\r\n\r\n")
                try await connection.send(spanLine(1))
                #expect(try await server.metric("spand_ingest_budget_used_bytes") != "0")
                connection.finishWriting()
                _ = try await connection.readToEnd()
                while try await server.metric("spand_ingest_budget_used_bytes") != "0" {}
                #expect(server.store.rows() == 0)
            }
        }
    }
}
