// The files of an open log: made ahead, used in order, reused or removed when the manifest no
// longer needs them. A file enters the log by a rename, after its full length and its header are
// durable, so a file with a log name and a bad header is damage, never an accident of creation.

import SpanFormat
import SpanModel
import SpanPlatform

/// The files of one log directory.
struct WALFiles {
    /// Files kept ready ahead of the end; more are removed instead of reused. About as many as a memtable
    /// takes, so that under load the log need not write new files of zeros.
    static let sparesMax = 4
    private static let zeroBytes = 1 << 20

    let fileSystem: any FileSystem
    let directory: String
    let layout: WALLayout
    /// Bytes that all files together may have.
    let bytesMax: Int
    private var randomness: Randomness
    /// All files, ascending.
    private var files: [Entry]

    private struct Entry {
        let index: UInt64
        var incarnation: UInt64
        var handle: (any File)?
    }

    /// Takes over the files `indices`; those from `tail` on are opened for writing.
    init(
        fileSystem: any FileSystem, directory: String, layout: WALLayout, bytesMax: Int,
        randomness: Randomness, indices: [UInt64], tail: UInt64
    ) throws(StoreError) {
        self.fileSystem = fileSystem
        self.directory = directory
        self.layout = layout
        self.bytesMax = bytesMax
        self.randomness = randomness
        files = []
        for index in indices {
            var entry = Entry(index: index, incarnation: 0, handle: nil)
            if index >= tail {
                let file = try fileSystem.open(path(index), .readWrite)
                let bytes = try file.read(at: 0, count: WALFileHeader.byteCount)
                let header: Result<WALFileHeader, StoreError> = bytes.withUnsafeBytes { bytes in
                    Result { () throws(StoreError) in
                        try WALFileHeader.decode(bytes, file: path(index))
                    }
                }
                entry.incarnation = try header.get().incarnation
                entry.handle = file
            }
            files.append(entry)
        }
    }

    /// The last file, nil before the first.
    var last: UInt64? { files.last?.index }

    /// How many files can take records without another allocation, from `index` on.
    func ready(from index: UInt64) -> Int { files.count { $0.index >= index } }

    /// The incarnation of a file that is ready.
    func incarnation(_ index: UInt64) -> UInt64? { files.last { $0.index == index }?.incarnation }

    /// The handle of a file that is ready.
    func handle(_ index: UInt64) -> (any File)? { files.last { $0.index == index }?.handle }

    /// Closes the files before `index`; they are complete and durable.
    mutating func close(before index: UInt64) {
        for slot in files.indices where files[slot].index < index { files[slot].handle = nil }
    }

    // MARK: Making

    /// The header of a new life of a file.
    static func header(
        index: UInt64, layout: WALLayout, randomness: inout Randomness
    ) -> WALFileHeader {
        WALFileHeader(
            index: index, incarnation: WALFileHeader.incarnation(randomness.next()),
            fileBytes: layout.fileBytes)
    }

    /// Starts a file's life: its header and the zeros that end an empty log.
    static func begin(_ file: any File, _ header: WALFileHeader) throws(StoreError) {
        let end = [UInt8](repeating: 0, count: WALRecord.headerBytes)
        try file.write(header.encoded() + end, at: 0)
        try file.sync()
    }

    /// Makes the file `index`, the one after the last. Throws `overloaded` at the limit of all
    /// files and `storageFull`; then nothing has changed.
    mutating func prepare(_ index: UInt64) throws(StoreError) {
        guard UInt64(files.count + 1) * layout.fileBytes <= UInt64(bytesMax) else {
            throw .overloaded(limit: "walBytesMax", retryAfterSeconds: 1)
        }
        guard index <= layout.indexMax else {
            throw .limitExceeded(
                limit: "WAL files", value: Int(clamping: index),
                maximum: Int(clamping: layout.indexMax))
        }
        let temporary = "\(directory)/\(FileNames.walTemporary(index))"
        do {
            let file = try fileSystem.open(temporary, .createNew)
            try file.allocate(to: layout.fileBytes)
            try zero(file)
            try enter(file, temporary, as: index)
        } catch {
            try? fileSystem.unlink(temporary)
            throw error
        }
    }

    /// Writes zeros, so that later syncs find the blocks already written.
    private func zero(_ file: any File) throws(StoreError) {
        let zeros = [UInt8](repeating: 0, count: Int(min(UInt64(Self.zeroBytes), layout.fileBytes)))
        var offset: UInt64 = 0
        while offset < layout.fileBytes {
            let count = Int(min(UInt64(zeros.count), layout.fileBytes - offset))
            try file.write(count == zeros.count ? zeros : Array(zeros[..<count]), at: offset)
            offset += UInt64(count)
        }
    }

    /// Gives a file of full length its new life and its name in the log.
    private mutating func enter(
        _ file: any File, _ temporary: String, as index: UInt64
    ) throws(StoreError) {
        let header = Self.header(index: index, layout: layout, randomness: &randomness)
        try Self.begin(file, header)
        try fileSystem.rename(temporary, to: path(index))
        do {
            try fileSystem.syncDirectory(directory)
        } catch {
            try? fileSystem.unlink(path(index))
            throw error
        }
        files.append(Entry(index: index, incarnation: header.incarnation, handle: file))
    }

    // MARK: Releasing

    /// Removes the files behind `index`, the last one first.
    mutating func removeSpares(after index: UInt64) throws(StoreError) {
        while let last, last > index {
            try fileSystem.unlink(path(last))
            files.removeLast()
        }
    }

    /// Reuses up to `sparesMax` of the files before `index` and removes the others; returns how many
    /// there were. `tail` is the file of the log's end.
    @discardableResult
    mutating func release(
        before index: UInt64, tail: UInt64, sparesMax: Int
    ) throws(StoreError) -> Int {
        let limit = min(index, tail)
        let count = files.count { $0.index < limit }
        while let first = files.first?.index, first < limit {
            if ready(from: tail + 1) < sparesMax, let last, last >= tail {
                try recycle(first, as: last + 1)
            } else {
                try fileSystem.unlink(path(first))
                files.removeFirst()
            }
        }
        try fileSystem.syncDirectory(directory)
        return count
    }

    /// Turns the first file into the one after the last, without writing its length again: what it
    /// holds is of another incarnation and does not check.
    private mutating func recycle(_ first: UInt64, as index: UInt64) throws(StoreError) {
        let temporary = "\(directory)/\(FileNames.walTemporary(index))"
        guard try fileSystem.size(path(first)) == layout.fileBytes, index <= layout.indexMax else {
            try fileSystem.unlink(path(first))
            files.removeFirst()
            return
        }
        try fileSystem.rename(path(first), to: temporary)
        files.removeFirst()
        do {
            try enter(try fileSystem.open(temporary, .readWrite), temporary, as: index)
        } catch {
            try? fileSystem.unlink(temporary)
            throw error
        }
    }

    private func path(_ index: UInt64) -> String { "\(directory)/\(FileNames.wal(index))" }
}
