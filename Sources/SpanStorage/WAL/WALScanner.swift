// Reads a log from its low-water mark to its end. A batch counts when its last record is there.
// What does not check is damage when a later record proves that it was durable, and a torn tail
// otherwise (design.md §8; reliability R7). Nothing is written here: see WALRepair.
// Cost: every byte is read once, at the speed of the checksum; of a tail every eighth byte again.

import SpanFormat
import SpanModel
import SpanPlatform

/// What a scan found.
struct WALScan {
    /// The end of the last whole batch.
    var end: UInt64
    /// A marker, or nothing at all, is the last thing in the log.
    var isMarked = true
    /// The highest position that some record proves durable.
    var proven: UInt64
    /// Batches handed out.
    var batchCount = 0
    /// Damage passed over, as positions; empty unless asked to recover.
    var skipped: [Range<UInt64>] = []
    /// What lies behind the end.
    var tail: WALTail
}

/// Scans the files of one directory.
struct WALScanner {
    /// Where the records stopped to check.
    private struct Stop {
        let position: UInt64
        /// Damage that needs no proof.
        let certain: StoreError?
    }

    private let fileSystem: any FileSystem
    private let directory: String
    private let layout: WALLayout
    /// Indices of all files, ascending.
    private let indices: [UInt64]
    private var current: WALFileImage?

    init(
        fileSystem: any FileSystem, directory: String, layout: WALLayout, indices: [UInt64]
    ) {
        self.fileSystem = fileSystem
        self.directory = directory
        self.layout = layout
        self.indices = indices
    }

    /// Hands out every whole batch from `start` on. Throws `corruption` at damage, or passes over
    /// it when `recover` is set.
    mutating func scan(
        from start: UInt64, recover: Bool, replay: (WALBatch) throws(StoreError) -> Void
    ) throws(StoreError) -> WALScan {
        var scan = WALScan(
            end: start, proven: start, tail: WALTail(end: start, stop: start, layout: layout))
        while true {
            let stop = try read(&scan, replay)
            scan.tail = try tail(of: scan, stop: stop.position)
            guard let damage = damage(stop, scan.tail) else { return scan }
            guard recover else { throw damage }
            let resume = scan.tail.resume
            scan.skipped.append(scan.end..<(resume ?? max(stop.position, scan.end)))
            guard let resume else { return scan }
            scan.end = resume
        }
    }

    /// Hands out batches up to the first record that does not check.
    private mutating func read(
        _ scan: inout WALScan, _ replay: (WALBatch) throws(StoreError) -> Void
    ) throws(StoreError) -> Stop {
        var assembler = WALBatchAssembler()
        var position = layout.next(scan.end)
        while let last = indices.last, layout.index(position) <= last {
            let image: WALFileImage
            do {
                image = try self.image(layout.index(position))
            } catch {
                guard case .corruption = error else { throw error }
                return Stop(position: position, certain: error)
            }
            guard
                case .success(let (record, payload)) = image.record(
                    at: Int(layout.offset(position)), position: position)
            else { break }
            let end = position + UInt64(record.byteCount)
            guard let step = assembler.add(record, payload: payload, end: end) else {
                let error = damaged(position, "a record that cannot follow the one before it")
                // A batch that starts here may be the one to go on with.
                let isStart = record.flags.contains(.first)
                return Stop(position: isStart ? position - 8 : position, certain: error)
            }
            scan.proven = max(scan.proven, record.syncedThrough)
            position = layout.next(end)
            switch step {
            case .open: continue
            case .marker:
                scan.end = end
                scan.isMarked = true
            case .batch(let batch):
                scan.end = end
                scan.isMarked = false
                scan.batchCount += 1
                try replay(batch)
            }
        }
        return Stop(position: position, certain: nil)
    }

    /// Searches what lies behind the last whole batch.
    private mutating func tail(of scan: WALScan, stop: UInt64) throws(StoreError) -> WALTail {
        var tail = WALTail(end: scan.end, stop: stop, layout: layout)
        var expected = layout.index(layout.next(scan.end))
        for index in indices where index >= expected {
            if index > expected { tail.add(unreadable: expected, missing(expected)) }
            do {
                tail.add(try image(index))
            } catch {
                guard case .corruption = error else { throw error }
                tail.add(unreadable: index, error)
            }
            expected = index + 1
        }
        return tail
    }

    /// The damage that a stop is, nil when it is a torn tail or the end.
    private func damage(_ stop: Stop, _ tail: WALTail) -> StoreError? {
        if let certain = stop.certain ?? tail.unreadable.first?.error { return certain }
        return tail.isProof
            ? damaged(
                stop.position, "does not check, and was durable when a later record was written")
            : nil
    }

    /// The file of an index, kept for the next call.
    private mutating func image(_ index: UInt64) throws(StoreError) -> WALFileImage {
        if let current, current.header.index == index { return current }
        guard indices.contains(index) else { throw missing(index) }
        let image = try WALFileImage(fileSystem, directory: directory, index: index)
            .require(index: index, layout: layout)
        current = image
        return image
    }

    private func missing(_ index: UInt64) -> StoreError {
        .corruption(
            file: "\(directory)/\(FileNames.wal(index))", offset: 0, region: "WAL",
            reason: "the file is missing")
    }

    private func damaged(_ position: UInt64, _ reason: String) -> StoreError {
        .corruption(
            file: "\(directory)/\(FileNames.wal(layout.index(position)))",
            offset: layout.offset(position), region: "WAL record", reason: reason)
    }
}
