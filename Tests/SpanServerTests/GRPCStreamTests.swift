// Streams of gRPC as bytes: what a client library never does.

import SpanClient
import SpanModel
import SpanPlatform
import SpanServer
import Testing

/// Frames of HTTP/2 (RFC 9113, 4.1): length, type, flags, stream, payload.
private enum Frame {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let settings = bytes(type: 4, flags: 0, stream: 0, [])
    private static let mark = Array("12345678".utf8)
    static let ping = bytes(type: 6, flags: 0, stream: 0, mark)
    static let pong = String(decoding: bytes(type: 6, flags: 1, stream: 0, mark), as: UTF8.self)

    static func bytes(type: UInt8, flags: UInt8, stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF), type, flags, 0, 0, 0, stream]
            + payload
    }

    /// The head of a call, every field a literal (RFC 7541, 6.2.2).
    static func head(stream: UInt8) -> [UInt8] {
        let fields = [
            (":method", "POST"), (":scheme", "http"), (":authority", "x"),
            (":path", "/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ]
        var block: [UInt8] = []
        for (name, value) in fields {
            block += [0, UInt8(name.utf8.count)] + name.utf8
            block += [UInt8(value.utf8.count)] + value.utf8
        }
        return bytes(type: 1, flags: 4, stream: stream, block)
    }
}

extension ServerTests {
    @Suite struct GRPCStreamTests {
        /// A message that does not go on, on a connection that does: the stream alone is closed, though
        /// its message began long after its head.
        @Test func aStalledStreamIsCutOff() async throws {
            var limits = ServerLimits()
            limits.stallSecondsMax = 0.5
            try await withServer(limits) { server async throws in
                let connection = try RawConnection(.unix(path: server.grpcPath))
                try await connection.send(Frame.preface + Frame.settings + Frame.head(stream: 1))
                // A prefix that announces 100 bytes, and one of them.
                try await connection.send(
                    Frame.bytes(type: 0, flags: 0, stream: 1, [0, 0, 0, 0, 100, 1]))
                // RST_STREAM, whatever its code.
                let reset = String(
                    decoding: Frame.bytes(type: 3, flags: 0, stream: 1, [0, 0, 0, 0]).prefix(9),
                    as: UTF8.self)
                // Other bytes keep the connection alive, few enough not to be taken for a flood.
                var isReset = false
                let end = ContinuousClock.now + .seconds(20)
                while !isReset, ContinuousClock.now < end {
                    try await connection.send(Frame.ping)
                    isReset = try await connection.read(through: Frame.pong).contains(reset)
                    let next = ContinuousClock.now + .milliseconds(50)
                    while ContinuousClock.now < next {
                        #expect(try await server.request("GET", "/healthz").status == 200)
                    }
                }
                #expect(isReset)
                while isReset, try await server.metric("spand_ingest_budget_used_bytes") != "0" {}
                #expect(server.store.rows() == 0)
            }
        }
    }
}
