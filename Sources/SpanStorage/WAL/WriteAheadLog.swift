// The write-ahead log: appended batches are durable when `sync` returns. One writer, no threads, no
// clock; the owner serialises all calls. Format and recovery rule: schemas/wal.md.
// Legal order: `open` (replays), then for each batch `reserve` and `append` per record, the last
// one flagged; `sync` for any number of batches; `release` when a manifest with a higher low-water
// mark is durable; `close`.
// Cost: an append is a checksum of its payload, and a copy below 64 KiB; a sync one write per run
// and one fdatasync; a new file is made in `reserve` alone.

import SpanFormat
import SpanModel
import SpanPlatform

/// An open log.
package final class WriteAheadLog {
    /// How a log is opened.
    package struct Options: Sendable {
        /// Length of the files of a new log; an existing log keeps its own.
        package var fileBytes: Int
        /// Bytes of all files together.
        package var bytesMax: Int
        /// Passes over damage instead of throwing it. What was passed over stays in the log, so
        /// seal and release soon.
        package var recover: Bool
        /// Names incarnations.
        package var randomness: Randomness

        /// The limits of the store, no recovery from damage.
        package init(
            fileBytes: Int = Limits.walFileBytes, bytesMax: Int = Limits.walBytesMax,
            recover: Bool = false, randomness: Randomness = .system
        ) {
            self.fileBytes = fileBytes
            self.bytesMax = bytesMax
            self.recover = recover
            self.randomness = randomness
        }
    }

    /// What opening found.
    package struct Recovery: Equatable, Sendable {
        /// Batches handed to replay.
        package let batchCount: Int
        /// Log positions of damage passed over.
        package let skipped: [Range<UInt64>]
        /// The end of the last whole batch.
        package let end: UInt64
        /// Files written below `quarantine/`.
        package let quarantined: [String]
    }

    /// The end of the log: a batch appended now ends behind it.
    package private(set) var position: UInt64
    /// All batches that end here or before are durable.
    package private(set) var syncedThrough: UInt64
    /// What opening found.
    package let recovery: Recovery
    /// Why the log takes no more writes; nil while it does.
    package private(set) var failure: String?

    private let layout: WALLayout
    private var files: WALFiles
    private var pending = WALPending()
    /// The end of the last whole batch; `position` while no batch is open.
    private var batchEnd: UInt64
    private var isBatchOpen = false
    private var isMarked: Bool

    init(
        layout: WALLayout, files: WALFiles, end: UInt64, isMarked: Bool, recovery: Recovery
    ) {
        self.layout = layout
        self.files = files
        self.recovery = recovery
        position = end
        syncedThrough = end
        batchEnd = end
        self.isMarked = isMarked
    }

    // MARK: Writing

    /// Makes sure that `bytes` of payload in `records` records can be appended without any
    /// allocation. Throws `storageFull` or `overloaded` and leaves the log as it was. Called with a
    /// file's length when idle, it spares the next writer the making of a file.
    package func reserve(_ bytes: Int, records: Int = 1) throws(StoreError) {
        try requireWritable()
        let header = UInt64(WALRecord.headerBytes + 8)
        let need = UInt64(max(0, bytes)) + UInt64(max(0, records)) * header
        let overhead = UInt64(WALFileHeader.byteCount) + 2 * header
        let next = layout.next(position)
        let index = layout.index(next)
        while true {
            let ready = UInt64(files.ready(from: index))
            let rest = layout.fileBytes - layout.offset(next)
            let room = ready == 0 ? 0 : (ready - 1) * (layout.fileBytes - overhead) + rest
            if room >= need + header && ready > 0 { return }
            try files.prepare(max(index, files.last.map { $0 + 1 } ?? index))
        }
    }

    /// Appends a record to the open batch, or starts one. The payload is kept until `sync`. Throws
    /// like `reserve` when that was not called for all of the batch.
    package func append(
        kind: UInt8, isLast: Bool, firstSequence: UInt64, payload: [UInt8]
    ) throws(StoreError) {
        precondition(kind != WALRecord.markerKind, "kind 0 is the log's own")
        guard payload.count <= WALRecord.payloadBytesMax else {
            throw .limitExceeded(
                limit: "WAL payload bytes", value: payload.count,
                maximum: WALRecord.payloadBytesMax)
        }
        try reserve(payload.count)
        add(kind: kind, isLast: isLast, firstSequence: firstSequence, payload: payload)
        isMarked = false
    }

    /// Makes everything appended durable. Any failure closes the log to writes for good: the kernel
    /// may hold lost pages for clean, so a second try could succeed without having written them.
    package func sync() throws(StoreError) {
        try requireWritable()
        if pending.isEmpty { return }
        // Zeros behind the end tell a clean end from a torn one in a file that was used before.
        if layout.next(position) == position {
            let end = [UInt8](repeating: 0, count: WALRecord.headerBytes)
            pending.append(end[...], at: position)
        }
        do {
            try write(pending.take())
        } catch {
            failure = error.description
            throw .readOnly(reason: error.description)
        }
        syncedThrough = batchEnd
        files.close(before: layout.index(position))
    }

    /// Lets go of the log below a position that a durable manifest no longer needs; without
    /// `keepsSpares` no file is kept for later use.
    package func release(below lowWater: UInt64, keepsSpares: Bool = true) throws(StoreError) {
        try requireWritable()
        let tail = min(layout.index(position), files.last ?? 0)
        try files.release(
            before: layout.index(layout.next(lowWater)), tail: tail,
            sparesMax: keepsSpares ? WALFiles.sparesMax : 0)
    }

    /// Makes a new file of zeros for the log to go on in, and removes those kept ready, which hold
    /// bytes of their earlier lives. Returns where it starts. The log goes on as before until
    /// `renew`. Throws like `reserve`.
    package func prepareRenewal() throws(StoreError) -> UInt64 {
        try requireWritable()
        precondition(pending.isEmpty && !isBatchOpen, "a batch is open")
        try files.removeSpares(after: layout.index(position))
        let index = files.last.map { $0 + 1 } ?? layout.index(layout.next(position))
        try files.prepare(index)
        return layout.position(index, 0)
    }

    /// Goes on in the file that `prepareRenewal` has made, and removes all files before it. Called
    /// when a manifest is durable whose low-water mark is the file's start. Returns how many went.
    package func renew(at start: UInt64) throws(StoreError) -> Int {
        try requireWritable()
        precondition(layout.offset(start) == 0 && start >= position, "not a start of a file")
        position = start
        syncedThrough = start
        batchEnd = start
        isMarked = true
        let index = layout.index(start)
        return try files.release(before: index, tail: index, sparesMax: 0)
    }

    /// Length of the log's files.
    package var fileBytes: UInt64 { layout.fileBytes }

    /// Ends a session: syncs, and proves by a marker that all before it was durable. An open batch
    /// never happened, and prevents the marker.
    package func close() throws(StoreError) {
        try sync()
        if isMarked || isBatchOpen { return }
        // On a full disk the marker may need a file; all is durable without it.
        guard (try? reserve(0)) != nil else { return }
        add(kind: WALRecord.markerKind, isLast: true, firstSequence: 0, payload: [])
        isMarked = true
        try sync()
    }

    private func requireWritable() throws(StoreError) {
        if let failure { throw .readOnly(reason: failure) }
    }

    // MARK: Records

    /// Splits a payload over as many records as the files ask for.
    private func add(kind: UInt8, isLast: Bool, firstSequence: UInt64, payload: [UInt8]) {
        var done = 0
        repeat {
            let start = layout.next(position)
            let part = payload[done..<min(payload.count, done + layout.payloadRoom(start))]
            done = part.endIndex
            var flags: WALRecord.Flags = isBatchOpen ? [] : .first
            if done < payload.count {
                flags.insert(.continues)
            } else if isLast {
                flags.insert(.last)
            }
            add(part, kind, flags, firstSequence, at: start)
            isBatchOpen = !flags.contains(.last)
        } while done < payload.count
        if !isBatchOpen { batchEnd = position }
    }

    private func add(
        _ part: ArraySlice<UInt8>, _ kind: UInt8, _ flags: WALRecord.Flags,
        _ firstSequence: UInt64, at start: UInt64
    ) {
        guard let incarnation = files.incarnation(layout.index(start)) else {
            preconditionFailure("append without a reserved file")
        }
        let record = WALRecord(
            kind: kind, flags: flags, payloadLength: UInt32(part.count),
            payloadChecksum: part.withUnsafeBytes {
                WALRecord.checksum(payload: $0, incarnation: incarnation, position: start)
            }, firstSequence: firstSequence, syncedThrough: syncedThrough)
        let header = record.encoded(incarnation: incarnation, position: start)
        let body = start + UInt64(header.count)
        let padding = WALRecord.padded(part.count) - part.count
        pending.append(header[...], at: start)
        pending.append(part, at: body)
        pending.append(
            [UInt8](repeating: 0, count: padding)[...], at: body + UInt64(part.count))
        position = start + UInt64(record.byteCount)
    }

    private func write(_ pieces: [WALPending.Piece]) throws(StoreError) {
        var dirty: [(index: UInt64, file: any File)] = []
        for piece in pieces {
            let index = layout.index(piece.position)
            guard let file = files.handle(index) else {
                preconditionFailure("append without a reserved file")
            }
            let result: Result<Void, StoreError> = piece.bytes.withUnsafeBytes { bytes in
                Result { () throws(StoreError) in
                    try file.write(bytes, at: layout.offset(piece.position))
                }
            }
            try result.get()
            if dirty.last?.index != index { dirty.append((index, file)) }
        }
        for (_, file) in dirty { try file.sync() }
    }
}
