// The kills file holds every row of a listed segment that was superseded after its segment was
// written (schemas/kills.md). It is complete as of its manifest edit and replaced by the next one;
// compaction moves killed rows into history, so it stays small.

import SpanModel
import SpanPlatform

/// A row of a segment that a later write superseded.
package struct SegmentKill: Sendable, Equatable {
    /// The segment's file number.
    package let segment: UInt64
    package let row: UInt32
    /// The sequence of the write that superseded the row: snapshots before it still see the row.
    package let sequence: UInt64

    package init(segment: UInt64, row: UInt32, sequence: UInt64) {
        self.segment = segment
        self.row = row
        self.sequence = sequence
    }
}

/// Encodes and decodes `kills-….bin`.
package enum KillsFile {
    /// The newest format version, the one that is written.
    package static let version: UInt32 = 1
    static let magic: [UInt8] = Array("SPANKILL".utf8)
    static let entryBytes = 20

    /// The file's bytes.
    package static func encode(_ kills: [SegmentKill], file: UInt64) -> [UInt8] {
        var out = magic
        out.reserveCapacity(32 + kills.count * entryBytes)
        out.put(version)
        out.put(UInt32(kills.count))
        for kill in kills {
            out.put(kill.segment)
            out.put(kill.row)
            out.put(kill.sequence)
        }
        out.put(CRC32C.checksum(out, fileID: file, offset: 0))
        return out
    }

    /// The kills in `bytes`. Throws `corruption` or `unsupportedVersion`.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, file: UInt64, name: String
    ) throws(StoreError) -> [SegmentKill] {
        var reader = ByteReader(bytes, file: name, region: "kills file")
        try FileStart.check(&reader, magic: magic, newest: version, file: name)
        guard reader.remaining >= 8 else { throw reader.damage("file is too short") }
        let covered = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - 4)])
        var tail = ByteReader(
            UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - 4)...]), file: name,
            region: "kills file checksum", base: UInt64(bytes.count - 4))
        guard CRC32C.checksum(covered, fileID: file, offset: 0) == (try tail.uint32()) else {
            throw tail.damage("checksum differs")
        }
        let count = Int(try reader.uint32())
        guard reader.remaining - 4 == count * entryBytes else {
            throw reader.damage("\(count) kills do not fit")
        }
        var kills: [SegmentKill] = []
        kills.reserveCapacity(count)
        for _ in 0..<count {
            let segment = try reader.uint64()
            let row = try reader.uint32()
            kills.append(
                SegmentKill(segment: segment, row: row, sequence: try reader.uint64()))
        }
        return kills
    }
}
