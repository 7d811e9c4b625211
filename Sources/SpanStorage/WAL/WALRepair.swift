// Makes the end that a scan found the only possible one, and durable. In this order, so that a
// crash at any point leaves a log with the same end:
// 1. what will be erased is copied to `quarantine/`, synced;
// 2. what no record proves durable is written again and synced: a sync that failed in an earlier
//    process may have left pages that read well and were never written;
// 3. the rest of the last file that was written to is zeroed; files behind it get a new incarnation
//    or, when unreadable, go.
// After a clean end step 2 writes one marker and the others nothing.

import SpanFormat
import SpanModel
import SpanPlatform

/// Carries out what a scan calls for.
struct WALRepair {
    private static let pieceBytes = 1 << 20

    let fileSystem: any FileSystem
    let directory: String
    let layout: WALLayout
    let scan: WALScan
    /// Names below `quarantine/` that were written.
    private(set) var quarantined: [String] = []

    init(fileSystem: any FileSystem, directory: String, layout: WALLayout, scan: WALScan) {
        self.fileSystem = fileSystem
        self.directory = directory
        self.layout = layout
        self.scan = scan
    }

    /// Repairs the files `indices`, those from the low-water mark on. Returns the files that are
    /// there afterwards.
    mutating func run(
        _ indices: [UInt64], randomness: inout Randomness
    ) throws(StoreError) -> [UInt64] {
        try quarantine(indices)
        try settle(indices)
        return try resetFollowers(indices, &randomness)
    }

    /// The file and offset where the next record goes.
    private var tail: (index: UInt64, offset: UInt64) {
        let next = layout.next(scan.end)
        return (layout.index(next), layout.offset(next))
    }

    private func path(_ index: UInt64) -> String { "\(directory)/\(FileNames.wal(index))" }

    // MARK: 1. Quarantine

    private mutating func quarantine(_ indices: [UInt64]) throws(StoreError) {
        for range in scan.skipped { try quarantine(range, indices) }
        for remains in scan.tail.remains {
            try quarantine(remains.index, UInt64(remains.range.lowerBound), remains.range.count)
        }
        for index in scan.tail.unreadable.map(\.index) where indices.contains(index) {
            let size = try fileSystem.size(path(index)) ?? 0
            try quarantine(index, 0, Int(clamping: size))
        }
        guard !quarantined.isEmpty else { return }
        try fileSystem.syncDirectory("\(directory)/\(FileNames.quarantine)")
    }

    /// Copies what was passed over, as far as there are files.
    private mutating func quarantine(
        _ range: Range<UInt64>, _ indices: [UInt64]
    ) throws(StoreError) {
        for index in indices {
            let start = max(range.lowerBound, layout.position(index, 0))
            let end = min(range.upperBound, layout.position(index, 0) + layout.fileBytes)
            if start < end { try quarantine(index, layout.offset(start), Int(end - start)) }
        }
    }

    /// Copies bytes of a file to a file named by their position; taken names are passed over.
    private mutating func quarantine(
        _ index: UInt64, _ offset: UInt64, _ count: Int
    ) throws(StoreError) {
        let folder = "\(directory)/\(FileNames.quarantine)"
        try fileSystem.createDirectory(folder)
        try fileSystem.syncDirectory(directory)
        let taken = try fileSystem.list(folder)
        var number = layout.position(index, offset)
        while taken.contains(FileNames.walTail(number)) { number += 1 }
        let source = try fileSystem.open(path(index), .read)
        let copy = try fileSystem.open("\(folder)/\(FileNames.walTail(number))", .createNew)
        for start in stride(from: 0, to: count, by: Self.pieceBytes) {
            let bytes = try source.read(
                at: offset + UInt64(start), count: min(Self.pieceBytes, count - start))
            try copy.write(bytes, at: UInt64(start))
        }
        try copy.sync()
        quarantined.append(FileNames.walTail(number))
    }

    // MARK: 2 and 3. Settle the end

    /// Writes the unproven part again and zeroes what was torn behind it, file by file.
    private func settle(_ indices: [UInt64]) throws(StoreError) {
        let unreadable = scan.tail.unreadable.map(\.index)
        for index in indices where index <= tail.index && !unreadable.contains(index) {
            let start = layout.position(index, 0)
            let from = max(scan.proven, start + UInt64(WALFileHeader.byteCount))
            let through = min(scan.end, start + layout.fileBytes)
            let torn = scan.tail.remains.first { $0.index == index }?.range
            guard from < through || torn != nil else { continue }
            let file = try fileSystem.open(path(index), .readWrite)
            if from < through {
                try rewrite(file, layout.offset(from), Int(through - from))
            }
            if let torn { try zero(file, torn) }
            try file.sync()
        }
    }

    private func rewrite(
        _ file: any File, _ offset: UInt64, _ count: Int
    ) throws(StoreError) {
        for start in stride(from: 0, to: count, by: Self.pieceBytes) {
            let place = offset + UInt64(start)
            let bytes = try file.read(at: place, count: min(Self.pieceBytes, count - start))
            try file.write(bytes, at: place)
        }
    }

    /// Zeroes a range, and a record header's length at least.
    private func zero(_ file: any File, _ range: Range<Int>) throws(StoreError) {
        let end = min(
            Int(layout.fileBytes), max(range.upperBound, range.lowerBound + WALRecord.headerBytes))
        for start in stride(from: range.lowerBound, to: end, by: Self.pieceBytes) {
            let count = min(Self.pieceBytes, end - start)
            try file.write([UInt8](repeating: 0, count: count), at: UInt64(start))
        }
    }

    /// Files behind the one with the end: kept when clean, given a new life when not, removed when
    /// unreadable or behind a gap.
    private func resetFollowers(
        _ indices: [UInt64], _ randomness: inout Randomness
    ) throws(StoreError) -> [UInt64] {
        let unreadable = scan.tail.unreadable.map(\.index)
        var kept: [UInt64] = []
        for index in indices {
            let isGap = index > tail.index && kept.last != index - 1
            if index >= tail.index && (unreadable.contains(index) || isGap) {
                try fileSystem.unlink(path(index))
                continue
            }
            kept.append(index)
            guard index > tail.index, scan.tail.remains.contains(where: { $0.index == index })
            else { continue }
            let file = try fileSystem.open(path(index), .readWrite)
            try WALFiles.begin(
                file, WALFiles.header(index: index, layout: layout, randomness: &randomness))
        }
        return kept
    }
}
