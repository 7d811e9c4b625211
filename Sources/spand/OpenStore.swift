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

    /// Opens the store that the settings name, making it when there is none; `recovery` is how damage
    /// is met. Throws `locked` when another process holds it, `invalidArgument` for a setting.
    init(
        _ settings: Settings, recovery: RecoveryOptions, logger: Logger
    ) throws(StoreError) {
        let directory = settings[.dataDir] ?? ""
        let socket = settings[.socket] ?? ""
        var options = StoreOptions()
        if let memtable = try settings.integer(.memtableMiB, in: Limits.memtableMiB) {
            options.memtableBytesMax = memtable << 20
        }
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
