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
        let store = try OpenStore(settings, recovery: recovery, logger: logger)
        let sockets = try BoundSockets(settings)
        let server = SpanServer(
            store: store.service, clock: SystemClock(), logger: logger,
            addresses: sockets.addresses)
        let signals = Self.stopOnSignals(server)
        let path = settings[.socket] ?? ""
        try await server.run(sockets.endpoints) {
            LineLogHandler.write("spand: ready socket=\(path)")
            for line in sockets.lines { LineLogHandler.write("spand: listening \(line)") }
            ServiceNotifier.notify("READY=1")
        }
        withExtendedLifetime(signals) {}
        for path in sockets.paths { ListeningSocket.remove(path: path) }
        try store.close()
    }

    private static func logger(_ settings: Settings) throws(StoreError) -> Logger {
        guard let level = Logger.Level(rawValue: settings[.logLevel] ?? "info") else {
            throw .invalidArgument(
                name: Setting.logLevel.key, reason: "must be debug, info, warning or error")
        }
        return Logger(label: "spand") { _ in LineLogHandler(level: level) }
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
