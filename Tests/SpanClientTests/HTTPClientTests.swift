// The client against scripted servers: framing, keep-alive, time-outs, refusals.

import Dispatch
import Glibc
import SpanClient
import SpanModel
import SpanPlatform
import Testing

/// Accepts connections one after the other and plays a script on each: read a head, write bytes.
private final class ScriptedServer: @unchecked Sendable {
    let address: SocketAddress
    private let descriptor: Int32
    private let done = DispatchSemaphore(value: 0)
    private(set) var heads: [String] = []

    /// `connections` lists, for each connection, the answers to its requests; then it is closed.
    init(_ path: String, _ connections: [[String]]) throws {
        address = .unix(path: path)
        descriptor = try ListeningSocket.bindUnix(path: path)
        DispatchQueue.global().async {
            for answers in connections { self.serve(answers) }
            self.done.signal()
        }
    }

    deinit { close(descriptor) }

    func wait() { done.wait() }

    private func serve(_ answers: [String]) {
        let connection = accept(descriptor, nil, nil)
        defer { close(connection) }
        for answer in answers {
            var head: [UInt8] = []
            var byte: UInt8 = 0
            while !head.suffix(4).elementsEqual([13, 10, 13, 10]),
                read(connection, &byte, 1) == 1
            {
                head.append(byte)
            }
            heads.append(String(decoding: head, as: UTF8.self))
            let bytes = Array(answer.utf8)
            // One byte at a time: answers arrive in any pieces.
            for byte in bytes {
                _ = withUnsafeBytes(of: byte) { write(connection, $0.baseAddress, 1) }
            }
        }
    }
}

@Suite(.serialized) struct HTTPClientTests {
    private func withScript(
        _ connections: [[String]], _ body: (HTTPClient, ScriptedServer) throws -> Void
    ) throws {
        var template = Array("/tmp/spanc-test-XXXXXX".utf8CString)
        let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer {
            unlink(directory + "/s")
            rmdir(directory)
        }
        let server = try ScriptedServer(directory + "/s", connections)
        try body(HTTPClient(server.address, timeoutSeconds: 5, token: "tok"), server)
        server.wait()
    }

    @Test func contentLengthAndKeepAlive() throws {
        let answer = "HTTP/1.1 201 Created\r\nX-A:  b c\r\nContent-Length: 5\r\n\r\nhello"
        try withScript([[answer, answer]]) { client, server throws in
            let reply = try client.send("POST", "/x?y=1", headers: [("X-Q", "1")], body: [])
            #expect(reply.status == 201)
            #expect(reply.body == Array("hello".utf8))
            #expect(reply.header("x-a") == "b c")
            #expect(
                server.heads[0]
                    == "POST /x?y=1 HTTP/1.1\r\nHost: localhost\r\nX-Q: 1\r\n"
                    + "Authorization: Bearer tok\r\nContent-Length: 0\r\n\r\n")
            #expect(try client.send("GET", "/").status == 201)
        }
    }

    @Test func chunksWithExtensionsAndTrailers() throws {
        let answer =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5;x=y\r\nhello\r\nA \r\n, world!!!\r\n0\r\nTrailer: 1\r\n\r\n"
        try withScript([[answer, answer]]) { client, _ throws in
            for _ in 0..<2 {
                let reply = try client.send("GET", "/")
                #expect(String(decoding: reply.body, as: UTF8.self) == "hello, world!!!")
            }
        }
    }

    /// Chunks of a successful answer are handed on as they come; a refusal is read as a whole.
    @Test func chunksGoToASink() throws {
        let chunks = "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2\r\n, \r\n0\r\n\r\n"
        let answers = ["200 OK", "400 Bad Request"].map { "HTTP/1.1 \($0)\r\n\(chunks)" }
        try withScript([answers]) { client, _ throws in
            var pieces: [String] = []
            func sink(_ piece: [UInt8]) { pieces.append(String(decoding: piece, as: UTF8.self)) }
            #expect(try client.send("GET", "/", sink: sink).body.isEmpty)
            #expect(pieces == ["hello", ", "])
            #expect(try client.send("GET", "/", sink: sink).body == Array("hello, ".utf8))
            #expect(pieces.count == 2)
        }
    }

    @Test func aSinkThatFailsEndsTheAnswer() throws {
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
        try withScript([[answer]]) { client, _ throws in
            let failure = StoreError.io(operation: "write", path: "p", errno: ENOSPC)
            #expect(throws: failure) {
                try client.send("GET", "/") { _ throws(StoreError) in throw failure }
            }
        }
    }

    @Test func informationalHeadsAreSkippedAndEmptyAnswersEnd() throws {
        let answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
        try withScript([[answer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]]) {
            client, _ throws in
            #expect(try client.send("GET", "/").status == 204)
            #expect(try client.send("HEAD", "/").body.isEmpty)
        }
    }

    @Test func theEndOfTheStreamEndsABody() throws {
        try withScript([["HTTP/1.0 200 OK\r\n\r\nabc"]]) { client, _ throws in
            #expect(try client.send("GET", "/").body == Array("abc".utf8))
        }
    }

    @Test func aClosedConnectionIsMadeAgain() throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
        let closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na"
        try withScript([[closing], [answer]]) { client, _ throws in
            #expect(try client.send("GET", "/").status == 200)
            #expect(try client.send("GET", "/").status == 200)
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "SSH-2.0-x\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    ])
    func brokenAnswersAreErrors(_ answer: String) throws {
        try withScript([[answer]]) { client, _ throws in
            let error = #expect(throws: StoreError.self) { () throws in try client.send("GET", "/")
            }
            #expect(error?.code == .ioError)
        }
    }

    @Test func nobodyThere() throws {
        let client = HTTPClient(.unix(path: "/tmp/spanc-nobody.sock"))
        let error = #expect(throws: StoreError.self) { () throws in try client.send("GET", "/") }
        guard case .io(let operation, _, ENOENT)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(operation == "connect")
    }

    @Test func aSilentServerTimesOut() throws {
        var template = Array("/tmp/spanc-test-XXXXXX".utf8CString)
        let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer {
            unlink(directory + "/s")
            rmdir(directory)
        }
        let descriptor = try ListeningSocket.bindUnix(path: directory + "/s")
        defer { close(descriptor) }
        let client = HTTPClient(.unix(path: directory + "/s"), timeoutSeconds: 1)
        let error = #expect(throws: StoreError.self) { () throws in try client.send("GET", "/") }
        #expect(error == .io(operation: "read", path: directory + "/s", errno: EAGAIN))
    }
}
