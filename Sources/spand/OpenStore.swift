// The store behind the server: opened before the sockets are bound, closed after the last answer.

import Glibc
import Logging
import SpanAnalytics
import SpanModel
import SpanPlatform
import SpanServer
import SpanStorage

/// The daemon's store.
struct OpenStore {
    let service: any StoreService
    private let writer: StoreWriter

    /// Opens the store of `directory`, making it when there is none; `socket` is what its lock says
    /// of us, `recovery` how damage is met. Throws `locked` when another process holds it.
    init(
        directory: String, socket: String, recovery: RecoveryOptions, logger: Logger
    ) throws(StoreError) {
        var options = StoreOptions()
        options.recovers = recovery.recover
        options.discardsQuarantined = recovery.discardQuarantined
        options.holder = "pid=\(getpid()) socket=\(socket)"
        options.rollupMaker = StoreRollups()
        let fileSystem = PosixFileSystem()
        try Self.createParents(of: directory, fileSystem)
        let store = try Store.open(
            directory: directory, fileSystem: fileSystem, options: options)
        for finding in store.recoveryFindings { logger.warning("recovery: \(finding)") }
        let clock = SystemClock()
        writer = StoreWriter(store: store) { logger.error("\($0)") }
        let engine = EngineService(writer: writer, clock: clock)
        engine.startSweeping { logger.error("\($0)") }
        service = engine
    }

    /// Makes everything durable and releases the store.
    func close() throws(StoreError) { try writer.stop() }

    private static func createParents(
        of directory: String, _ fileSystem: PosixFileSystem
    ) throws(StoreError) {
        var path = ""
        for part in directory.split(separator: "/").dropLast() {
            path += "/\(part)"
            if access(path, F_OK) != 0 { try fileSystem.createDirectory(path) }
        }
    }
}
