// The sockets that the settings ask for: HTTP on the Unix socket, and when asked for HTTP on TCP and
// gRPC on either. Bound before the daemon says it is ready, so that a start that fails names why.

import SpanModel
import SpanPlatform
import SpanServer

/// Bound sockets and what they are.
struct BoundSockets {
    private(set) var endpoints: [ListeningEndpoint] = []
    /// What is served where; TCP with its real port.
    private(set) var addresses: [ListeningAddress] = []
    /// What the log says of sockets beside the Unix one.
    private(set) var lines: [String] = []
    /// Unix sockets, to be removed at the end.
    private(set) var paths: [String] = []

    /// Binds them. Throws `invalidArgument` for an address that is none or not safe (reliability
    /// promise S2), and exit code 73 when one cannot be bound.
    init(_ settings: Settings) throws {
        let http = try Self.tcp(.listen, settings)
        let grpc =
            try Self.isPath(settings[.grpcListen])
            ? settings[.grpcListen].map { .unix(path: DefaultPaths.absolute($0)) }
            : Self.tcp(.grpcListen, settings)
        let tokens = try settings[.tokenFile].map { path throws(StoreError) in
            try BearerTokens(path: path)
        }
        do throws(StoreError) {
            let socket = SocketAddress.unix(path: settings[.socket] ?? "")
            _ = try bind(socket, .http, tokens)
            if let http { lines.append("tcp=\(try bind(http, .http, tokens))") }
            if let grpc { lines.append("grpc=\(try bind(grpc, .grpc, tokens))") }
        } catch {
            throw ServeFailure(message: error.description, exitCode: 73)
        }
    }

    /// Binds one, and gives its address with the real port.
    private mutating func bind(
        _ address: SocketAddress, _ wireProtocol: WireProtocol, _ tokens: BearerTokens?
    ) throws(StoreError) -> SocketAddress {
        guard case .unix(let path) = address else {
            let descriptor = try ListeningSocket.bindTCP(address)
            endpoints.append(.tcp(descriptor, wireProtocol, tokens: tokens))
            let real = address.bound(as: descriptor)
            addresses.append(ListeningAddress(wireProtocol, real.description))
            return real
        }
        endpoints.append(.unix(try ListeningSocket.bindUnix(path: path), wireProtocol))
        paths.append(path)
        addresses.append(ListeningAddress(wireProtocol, path))
        return address
    }

    private static func isPath(_ text: String?) -> Bool { text?.contains("/") ?? false }

    /// The TCP address of a setting, if its safety rules hold.
    private static func tcp(
        _ setting: Setting, _ settings: Settings
    ) throws(StoreError) -> SocketAddress? {
        guard let text = settings[setting] else { return nil }
        guard let address = SocketAddress.parseTCP(text) else {
            throw .invalidArgument(name: setting.key, reason: "must be HOST:PORT")
        }
        let isPublic = try settings.flag(.listenPublic)
        guard address.isLoopback || (isPublic && settings[.tokenFile] != nil) else {
            throw .invalidArgument(
                name: setting.key,
                reason: "\(text) is not loopback: it needs --listen-public and --token-file")
        }
        return address
    }
}
