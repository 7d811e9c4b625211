// A real server on a real socket in a fresh directory, for the length of a closure.

import Glibc
import Logging
import SpanClient
import SpanModel
import SpanPlatform
import SpanServer
import Testing

/// All tests with a server, one at a time: they measure time-outs and hold large bodies.
@Suite(.serialized) struct ServerTests {}

/// A running server and what is behind it.
struct TestServer: Sendable {
    let path: String
    let store = MemoryStore()
    let server: SpanServer
    /// Where TCP listens, if it does.
    var tcp: SocketAddress?

    init(path: String, limits: ServerLimits) {
        self.path = path
        server = SpanServer(
            store: store, limits: limits, clock: SystemClock(),
            logger: Logger(label: "test") { _ in LineLogHandler(level: .critical) })
    }

    var address: SocketAddress { .unix(path: path) }

    /// Where gRPC is spoken.
    var grpcPath: String { path + ".grpc" }

    /// Sends one request over a connection of its own.
    func request(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) async throws -> HTTPReply {
        let address = address
        return try await blocking {
            try HTTPClient(address, timeoutSeconds: 30).send(
                method, target, headers: headers, body: body)
        }
    }

    /// Posts text.
    func post(
        _ target: String, _ text: String, headers: [(name: String, value: String)] = []
    ) async throws -> HTTPReply {
        try await request("POST", target, headers: headers, body: Array(text.utf8))
    }

    /// Opens a raw connection.
    func connect() throws -> RawConnection { try RawConnection(address) }

    /// The value of a sample of /metrics.
    func metric(_ sample: String) async throws -> String? {
        let page = try await request("GET", "/metrics")
        return page.text.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
            .map { String($0.dropFirst(sample.count + 1)) }
    }
}

/// Runs `body` against a server; the server is stopped and has ended when this returns.
func withServer(
    _ limits: ServerLimits = ServerLimits(), tokens: BearerTokens? = nil, tcpPort: UInt16? = nil,
    _ body: @Sendable (TestServer) async throws -> Void
) async throws {
    try await withTemporaryDirectory { directory in
        let path = directory + "/run/s.sock"
        var test = TestServer(path: path, limits: limits)
        var endpoints = [
            ListeningEndpoint.unix(try ListeningSocket.bindUnix(path: path)),
            .unix(try ListeningSocket.bindUnix(path: test.grpcPath), .grpc),
        ]
        if let tcpPort {
            let address = SocketAddress.tcp(host: "127.0.0.1", port: tcpPort)
            endpoints.append(.tcp(try ListeningSocket.bindTCP(address), tokens: tokens))
            test.tcp = address
        }
        let (ready, continuation) = AsyncStream<Void>.makeStream()
        let server = test.server
        let bound = endpoints
        let running = Task { try await server.run(bound) { continuation.finish() } }
        for await _ in ready {}
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(test)) } catch { outcome = .failure(error) }
        server.stop()
        try await running.value
        try outcome.get()
    }
}

/// Runs `body` with a fresh directory of mode 0700, removed afterwards.
func withTemporaryDirectory(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/spand-test-XXXXXX".utf8CString)
    let path = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { removeTree(path) }
    try await body(path)
}

private func removeTree(_ path: String) {
    guard let directory = opendir(path) else { return }
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name == "." || name == ".." { continue }
        let child = path + "/" + name
        if unlink(child) != 0 { removeTree(child) }
    }
    closedir(directory)
    rmdir(path)
}

/// Runs blocking code on a thread of its own: the cooperative threads belong to the server.
func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        let work = Unmanaged.passRetained(
            ThreadWork { continuation.resume(with: Result { try body() }) })
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                if let context {
                    Unmanaged<ThreadWork>.fromOpaque(context).takeRetainedValue().run()
                }
                return nil
            }, work.toOpaque())
        precondition(status == 0)
        pthread_detach(thread)
    }
}

private final class ThreadWork: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

extension HTTPReply {
    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }
}
