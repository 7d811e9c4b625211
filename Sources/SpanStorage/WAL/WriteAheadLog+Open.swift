// Opening a log: find its files, replay its batches, repair its end. A crash at any point leaves a
// log that opens to the same batches.

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
    ) throws(StoreError) -> WriteAheadLog {
        var randomness = options.randomness
        let all = try indices(directory, fileSystem)
        let layout = try layout(directory, fileSystem, all, options)
        guard lowWater <= layout.position(layout.indexMax, 0) else {
            throw missing(directory, UInt64.max, "the low-water mark is beyond all files")
        }
        let start = layout.index(layout.next(lowWater))
        let live = all.filter { $0 >= start }
        if live.isEmpty && lowWater > 0 && all.last != layout.index(lowWater - 1)
            && !options.recover
        {
            throw missing(directory, start, "the file is missing")
        }
        var scanner = WALScanner(
            fileSystem: fileSystem, directory: directory, layout: layout, indices: live)
        let scan = try scanner.scan(from: lowWater, recover: options.recover, replay: replay)
        var repair = WALRepair(
            fileSystem: fileSystem, directory: directory, layout: layout, scan: scan)
        let kept = try repair.run(live, randomness: &randomness)
        try fileSystem.syncDirectory(directory)
        let tail = layout.index(layout.next(scan.end))
        let files = try WALFiles(
            fileSystem: fileSystem, directory: directory, layout: layout,
            bytesMax: options.bytesMax, randomness: randomness,
            indices: all.filter { $0 < start } + kept, tail: tail)
        let log = WriteAheadLog(
            layout: layout, files: files, end: scan.end, isMarked: scan.isMarked,
            recovery: Recovery(
                batchCount: scan.batchCount, skipped: scan.skipped,
                quarantined: repair.quarantined))
        if let first = all.first, first < start { try log.release(below: lowWater) }
        return log
    }

    /// Makes the directory durable, removes what was never finished, and lists the log's files.
    private static func indices(
        _ directory: String, _ fileSystem: any FileSystem
    ) throws(StoreError) -> [UInt64] {
        try fileSystem.createDirectory(directory)
        try fileSystem.syncDirectory(parent(directory))
        var indices: [UInt64] = []
        for name in try fileSystem.list(directory) {
            if FileNames.isWALTemporary(name) { try fileSystem.unlink("\(directory)/\(name)") }
            if let index = FileNames.walIndex(name) { indices.append(index) }
        }
        return indices
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

    private static func missing(_ directory: String, _ index: UInt64, _ reason: String)
        -> StoreError
    {
        .corruption(
            file: "\(directory)/\(FileNames.wal(index))", offset: 0, region: "WAL", reason: reason)
    }
}
