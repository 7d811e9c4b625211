// Where a log position lies. Positions grow for ever: file index × file length + offset in the file.
// See schemas/wal.md.

/// The arithmetic between log positions and files of one length.
package struct WALLayout: Equatable, Sendable {
    /// Lengths that a file may have: multiples of a sector.
    package static let fileBytesRange: ClosedRange<UInt64> = 512...(1 << 32)

    /// Length of every file of the log.
    package let fileBytes: UInt64

    /// A layout of files of `fileBytes`, nil when that is not a length files may have.
    package init?(fileBytes: UInt64) {
        guard Self.fileBytesRange.contains(fileBytes), fileBytes % 512 == 0 else { return nil }
        self.fileBytes = fileBytes
    }

    /// Files with a larger index would overflow positions.
    package var indexMax: UInt64 { (UInt64.max >> 1) / fileBytes - 2 }

    /// The file that a position lies in.
    package func index(_ position: UInt64) -> UInt64 { position / fileBytes }

    /// The offset of a position in its file.
    package func offset(_ position: UInt64) -> UInt64 { position % fileBytes }

    /// The position of an offset in a file; `index` is at most `indexMax` + 1.
    package func position(_ index: UInt64, _ offset: UInt64) -> UInt64 {
        index * fileBytes + offset
    }

    /// Where the record that follows `position` starts: behind the file's header, and in the next
    /// file when a record header and eight bytes no longer fit.
    package func next(_ position: UInt64) -> UInt64 {
        let offset = offset(position)
        if offset < UInt64(WALFileHeader.byteCount) {
            return position - offset + UInt64(WALFileHeader.byteCount)
        }
        if fileBytes - offset < UInt64(WALRecord.headerBytes + 8) {
            return position - offset + fileBytes + UInt64(WALFileHeader.byteCount)
        }
        return position
    }

    /// Payload bytes that fit into a record at `position`, a multiple of eight.
    package func payloadRoom(_ position: UInt64) -> Int {
        Int(fileBytes - offset(position)) - WALRecord.headerBytes
    }
}
