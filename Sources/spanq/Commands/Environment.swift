// `spanq env`: the variables with which this program and OpenTelemetry SDKs find a running daemon.
// SDKs speak HTTP over TCP, or gRPC over TCP or a Unix socket; the daemon says where it listens.

import ArgumentParser
import SpanClient
import SpanPlatform

/// `spanq env`.
struct Environment: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env",
        abstract: "Print export lines for programs that send spans.",
        discussion: "Example: eval \"$(spanq env)\"")

    @OptionGroup var store: StoreOptions

    @Option(
        help: ArgumentHelp(
            "Where the daemon listens on TCP (default: SPAND_LISTEN, else it is asked).",
            valueName: "host:port"))
    var listen: String?

    func run() throws {
        var lines = [
            "export SPAND_SOCKET=\(Self.quote(store.socketPath))",
            "export SPAND_WORKSPACE=\(Self.quote(store.workspaceName))",
        ]
        if let (endpoint, wireProtocol) = exporter() {
            lines.append("export OTEL_EXPORTER_OTLP_ENDPOINT=\(Self.quote(endpoint))")
            lines.append("export OTEL_EXPORTER_OTLP_PROTOCOL=\(wireProtocol)")
            if wireProtocol == "grpc" { lines.append("export OTEL_EXPORTER_OTLP_INSECURE=true") }
            lines.append(
                "export OTEL_EXPORTER_OTLP_HEADERS="
                    + Self.quote("x-workspace=\(store.workspaceName)"))
        }
        try Terminal.write(Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// The endpoint that an SDK can use, and its protocol; nil when there is none.
    private func exporter() -> (endpoint: String, wireProtocol: String)? {
        if let listen = listen ?? DefaultPaths.environment("SPAND_LISTEN") {
            return ("http://\(listen)", "http/protobuf")
        }
        let places = addresses()
        if let (_, address) = places.first(where: { $0.0 == "http" && !$0.1.hasPrefix("/") }) {
            return ("http://\(address)", "http/protobuf")
        }
        guard let (_, address) = places.first(where: { $0.0 == "grpc" }) else { return nil }
        return (address.hasPrefix("/") ? "unix://\(address)" : "http://\(address)", "grpc")
    }

    /// Protocol and address of each socket of the daemon; none when no daemon answers.
    private func addresses() -> [(Substring, Substring)] {
        guard let reply = try? store.client(timeoutSeconds: 5).get("/api/v1/endpoints?format=csv")
        else { return [] }
        let text = String(decoding: reply.body, as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).dropFirst().compactMap { line in
            let fields = line.split(separator: ",", maxSplits: 1)
            return fields.count == 2 ? (fields[0], fields[1]) : nil
        }
    }

    /// A word of a POSIX shell.
    private static func quote(_ text: String) -> String {
        "'"
            + text.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''") + "'"
    }
}
