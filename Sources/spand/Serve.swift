// `spand serve`: open the store, bind the sockets, serve until SIGTERM or SIGINT, close the store.
// Every way a start can fail happens before the ready line.

import ArgumentParser
import CPlatform
import Dispatch
import Glibc
import Logging
import SpanModel
import SpanPlatform
import SpanServer

/// A start that failed with an exit code of its own.
struct ServeFailure: Error {
    let message: String
    let exitCode: Int32
}

/// How a damaged store is started; flags alone, because they are meant for one start.
struct RecoveryOptions: ParsableArguments {
    @Flag(help: "Start in spite of damage; what is lost is named and kept in quarantine/.")
    var recover = false

    @Flag(help: "With --recover: drop segments in quarantine that are still damaged.")
    var discardQuarantined = false

    func validate() throws {
        if discardQuarantined, !recover {
            throw ValidationError("--discard-quarantined needs --recover")
        }
    }
}

/// `spand [serve]`.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve the store (the default).")

    @OptionGroup var options: SettingsOptions
    @OptionGroup var recovery: RecoveryOptions

    func run() async throws {
        cplatform_limit_allocator()
        _ = cplatform_disable_core_dumps()
        let settings = try options.resolve()
        let logger = try Self.logger(settings)
        let store = try OpenStore(
            directory: settings[.dataDir] ?? "", socket: settings[.socket] ?? "",
            recovery: recovery, logger: logger)
        let (endpoints, tcp) = try Self.bind(settings)
        let server = SpanServer(
            store: store.service, clock: SystemClock(), logger: logger, faces: PlutoFace.routes)
        let signals = Self.stopOnSignals(server)
        let path = settings[.socket] ?? ""
        try await server.run(endpoints) {
            LineLogHandler.write("spand: ready socket=\(path)")
            if let tcp { LineLogHandler.write("spand: listening tcp=\(tcp)") }
            ServiceNotifier.notify("READY=1")
        }
        withExtendedLifetime(signals) {}
        ListeningSocket.remove(path: path)
        try store.close()
    }

    private static func logger(_ settings: Settings) throws(StoreError) -> Logger {
        guard let level = Logger.Level(rawValue: settings[.logLevel] ?? "info") else {
            throw .invalidArgument(
                name: Setting.logLevel.key, reason: "must be debug, info, warning or error")
        }
        return Logger(label: "spand") { _ in LineLogHandler(level: level) }
    }

    /// Binds the Unix socket and, when asked for, TCP; the latter's address with its real port.
    private static func bind(
        _ settings: Settings
    ) throws -> (endpoints: [ListeningEndpoint], tcp: SocketAddress?) {
        let tcp = try tcpAddress(settings)
        let tokens = try settings[.tokenFile].map { path throws(StoreError) in
            try BearerTokens(path: path)
        }
        do throws(StoreError) {
            let unix = try ListeningSocket.bindUnix(path: settings[.socket] ?? "")
            guard let tcp else { return ([.unix(unix)], nil) }
            let descriptor = try ListeningSocket.bindTCP(tcp)
            return ([.unix(unix), .tcp(descriptor, tokens: tokens)], tcp.bound(as: descriptor))
        } catch {
            throw ServeFailure(message: error.description, exitCode: 73)
        }
    }

    /// The TCP address, if its safety rules hold (reliability promise S2).
    private static func tcpAddress(_ settings: Settings) throws(StoreError) -> SocketAddress? {
        guard let text = settings[.listen] else { return nil }
        guard let address = SocketAddress.parseTCP(text) else {
            throw .invalidArgument(name: Setting.listen.key, reason: "must be HOST:PORT")
        }
        let isPublic = try settings.flag(.listenPublic)
        guard address.isLoopback || (isPublic && settings[.tokenFile] != nil) else {
            throw .invalidArgument(
                name: Setting.listen.key,
                reason: "\(text) is not loopback: it needs --listen-public and --token-file")
        }
        return address
    }

    /// SIGTERM and SIGINT stop the server; SIGPIPE is an error of `write`.
    private static func stopOnSignals(_ server: SpanServer) -> [any DispatchSourceSignal] {
        signal(SIGPIPE, SIG_IGN)
        return [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                ServiceNotifier.notify("STOPPING=1")
                server.stop()
            }
            source.resume()
            return source
        }
    }
}
