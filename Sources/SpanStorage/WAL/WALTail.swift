// What lies behind the last whole batch: proof that something there was durable, the next batch
// to go on with, and the bytes to set aside. One pass over the files, a test per eight bytes.

import SpanFormat
import SpanModel

/// The search behind a record that does not check.
struct WALTail {
    /// Bytes of one file that recovery sets aside before it erases them.
    struct Remains: Equatable {
        let index: UInt64
        let range: Range<Int>
    }

    /// The end of the last whole batch.
    private let end: UInt64
    /// The record that does not check.
    private let stop: UInt64
    private let layout: WALLayout

    /// A record says that something beyond the last whole batch was durable when it was written.
    private(set) var isProof = false
    /// The first intact start of a batch behind the damage.
    private(set) var resume: UInt64?
    /// Torn, incomplete or lost records, per file.
    private(set) var remains: [Remains] = []
    /// Files that are missing or whose header or length is wrong.
    private(set) var unreadable: [(index: UInt64, error: StoreError)] = []

    init(end: UInt64, stop: UInt64, layout: WALLayout) {
        self.end = end
        self.stop = stop
        self.layout = layout
    }

    /// Notes a file that cannot be searched.
    mutating func add(unreadable index: UInt64, _ error: StoreError) {
        unreadable.append((index, error))
    }

    /// Searches one file, at or after that of the last whole batch.
    mutating func add(_ image: WALFileImage) {
        let index = image.header.index
        let incarnation = image.header.incarnation
        let first = layout.next(end)
        let start =
            index == layout.index(first)
            ? Int(layout.offset(first)) : WALFileHeader.byteCount
        var reach = start
        var offset = start
        while let found = WALRecord.nextStamp(image.bytes, from: offset, incarnation: incarnation) {
            let position = layout.position(index, UInt64(found))
            offset = found + 8
            if case .success(let record) = WALRecord.decode(
                image.bytes, at: found, incarnation: incarnation, position: position)
            {
                note(record, at: position)
                offset = found + record.byteCount
            }
            reach = max(reach, found + WALRecord.claimedBytes(image.bytes, at: found))
        }
        if reach == start && !isCleanEnd(image.bytes, at: start) { reach = image.bytes.count }
        // Zeros at the end say nothing and need no erasing.
        let last = image.bytes[start..<reach].lastIndex { $0 != 0 }
        if let last { remains.append(Remains(index: index, range: start..<last + 1)) }
    }

    private mutating func note(_ record: WALRecord, at position: UInt64) {
        if record.syncedThrough > end { isProof = true }
        if resume == nil && position > stop && record.flags.contains(.first) { resume = position }
    }

    /// A clean end is a header of zeros. Anything else there is the rest of a record, of unknown
    /// length.
    private func isCleanEnd(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        bytes[start..<min(bytes.count, start + WALRecord.headerBytes)].allSatisfy { $0 == 0 }
    }
}
