// Opening a log: find its files, replay its batches, repair its end. A crash at any point leaves a
// log that opens to the same batches. `read` does the first two alone and writes nothing.

import Glibc
import SpanFormat
import SpanModel
import SpanPlatform

extension WriteAheadLog {
    /// Opens the log in `directory`, made if missing, and hands every whole batch that ends behind
    /// `lowWater` to `replay`, in order. `lowWater` is 0 or the end of a batch. Throws `corruption`
    /// at damage before the tail, `unsupportedVersion` at a file of a later program, and what
    /// `replay` throws; the caller then drops what was replayed.
    package static func open(
        directory: String, fileSystem: any FileSystem, options: Options = Options(),
        from lowWater: UInt64, replay: (WALBatch) throws(StoreError) -> Void
    ) throws(StoreError) -> sending WriteAheadLog {
        try fileSystem.createDirectory(directory)
        try fileSystem.syncDirectory(parent(directory))
        let found = try find(directory, fileSystem, options, lowWater)
        for name in found.unfinished { try fileSystem.unlink("\(directory)/\(name)") }
        let layout = found.layout
        var scanner = WALScanner(
            fileSystem: fileSystem, directory: directory, layout: layout, indices: found.live)
        let scan = try scanner.scan(from: lowWater, recover: options.recover, replay: replay)
        var repair = WALRepair(
            fileSystem: fileSystem, directory: directory, layout: layout, scan: scan)
        var randomness = options.randomness
        let kept = try repair.run(found.live, randomness: &randomness)
        try fileSystem.syncDirectory(directory)
        let files = try WALFiles(
            fileSystem: fileSystem, directory: directory, layout: layout,
            bytesMax: options.bytesMax, randomness: randomness, indices: found.dead + kept,
            tail: layout.index(layout.next(scan.end)))
        let log = WriteAheadLog(
            layout: layout, files: files, end: scan.end, isMarked: scan.isMarked,
            recovery: Recovery(scan, quarantined: repair.quarantined))
        if !found.dead.isEmpty { try log.release(below: lowWater) }
        return log
    }

    /// Replays like `open` for a reader beside no writer: nothing is made, repaired or removed. A
    /// missing directory is an empty log.
    package static func read(
        directory: String, fileSystem: any FileSystem, options: Options = Options(),
        from lowWater: UInt64, replay: (WALBatch) throws(StoreError) -> Void
    ) throws(StoreError) -> Recovery {
        let found = try find(directory, fileSystem, options, lowWater)
        var scanner = WALScanner(
            fileSystem: fileSystem, directory: directory, layout: found.layout,
            indices: found.live)
        let scan = try scanner.scan(from: lowWater, recover: options.recover, replay: replay)
        return Recovery(scan, quarantined: [])
    }

    /// What is in the directory.
    private struct Found {
        let layout: WALLayout
        /// Files wholly below the low-water mark.
        let dead: [UInt64]
        /// The other files, ascending.
        let live: [UInt64]
        /// Names of files whose making was interrupted.
        let unfinished: [String]
    }

    private static func find(
        _ directory: String, _ fileSystem: any FileSystem, _ options: Options, _ lowWater: UInt64
    ) throws(StoreError) -> Found {
        let names = try names(directory, fileSystem)
        let all = names.compactMap { FileNames.walIndex($0) }
        let layout = try layout(directory, fileSystem, all, options)
        guard lowWater <= layout.position(layout.indexMax, 0) else {
            throw missing(directory, UInt64.max, "the low-water mark is beyond all files")
        }
        let start = layout.index(layout.next(lowWater))
        let found = Found(
            layout: layout, dead: all.filter { $0 < start }, live: all.filter { $0 >= start },
            unfinished: names.filter(FileNames.isWALTemporary))
        // At the very end of a file the next one need not have been made.
        let isEnd = lowWater == 0 || all.last == layout.index(lowWater - 1)
        guard !found.live.isEmpty || isEnd || options.recover else {
            throw missing(directory, start, "the file is missing")
        }
        return found
    }

    private static func names(
        _ directory: String, _ fileSystem: any FileSystem
    ) throws(StoreError) -> [String] {
        do {
            return try fileSystem.list(directory)
        } catch {
            guard case .io(_, _, ENOENT) = error else { throw error }
            return []
        }
    }

    /// The layout of the files that are there, or of a new log.
    private static func layout(
        _ directory: String, _ fileSystem: any FileSystem, _ indices: [UInt64], _ options: Options
    ) throws(StoreError) -> WALLayout {
        var damage: StoreError?
        for index in indices {
            do {
                let image = try WALFileImage(fileSystem, directory: directory, index: index)
                if let layout = WALLayout(fileBytes: image.header.fileBytes) { return layout }
            } catch {
                guard case .corruption = error else { throw error }
                damage = damage ?? error
            }
        }
        if let damage { throw damage }
        guard let layout = WALLayout(fileBytes: UInt64(max(0, options.fileBytes))) else {
            throw .invalidArgument(
                name: "WAL file length", reason: "\(options.fileBytes) is not a multiple of 512")
        }
        return layout
    }

    private static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func missing(
        _ directory: String, _ index: UInt64, _ reason: String
    ) -> StoreError {
        .corruption(
            file: "\(directory)/\(FileNames.wal(index))", offset: 0, region: "WAL", reason: reason)
    }
}

extension WriteAheadLog.Recovery {
    init(_ scan: WALScan, quarantined: [String]) {
        self.init(
            batchCount: scan.batchCount, skipped: scan.skipped, end: scan.end,
            quarantined: quarantined)
    }
}
