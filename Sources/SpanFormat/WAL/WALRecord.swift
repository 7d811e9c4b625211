// The 40-byte header before every payload of the WAL; see schemas/wal.md. Both checksums are bound
// to the file's incarnation and the record's log position, so that stale, moved and foreign records
// do not check. The header has its own, so that a record proves what it says even when its payload
// is damaged.

import SpanModel
import SpanPlatform

/// The header of one WAL record.
package struct WALRecord: Equatable, Sendable {
    /// Bytes of the header; records start at multiples of eight.
    package static let headerBytes = 40
    /// The kind of a record without meaning, written at a clean end to prove what is before it.
    package static let markerKind: UInt8 = 0
    /// Bytes of one payload, before it is split over files.
    package static let payloadBytesMax = 256 << 20

    /// Where a record stands in its batch and its payload.
    package struct Flags: OptionSet, Sendable {
        /// The bits as on disk.
        package let rawValue: UInt8

        /// The flags of these bits.
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The batch starts with this record.
        package static let first = Flags(rawValue: 1)
        /// The batch is whole with this record.
        package static let last = Flags(rawValue: 2)
        /// The payload goes on in the next record.
        package static let continues = Flags(rawValue: 4)
    }

    /// Why bytes are not a record.
    package enum Fault: Error, Equatable, Sendable {
        /// Not written by this life of the file.
        case stamp
        /// The header's checksum differs.
        case headerChecksum
        /// The header checks and yet says what no writer writes.
        case fields
        /// The payload's checksum differs.
        case payloadChecksum
    }

    /// What the payload is; 0 is the marker, the others are the caller's.
    package let kind: UInt8
    /// Where the record stands in its batch and its payload.
    package let flags: Flags
    /// Bytes of the payload without its padding.
    package let payloadLength: UInt32
    /// Checksum of payload and padding, bound like the header's own.
    package let payloadChecksum: UInt32
    /// The sequence of the payload's first row.
    package let firstSequence: UInt64
    /// All batches that end here or before were durable when this record was written.
    package let syncedThrough: UInt64

    /// A header over a payload that `payloadChecksum` was made for.
    package init(
        kind: UInt8, flags: Flags, payloadLength: UInt32, payloadChecksum: UInt32,
        firstSequence: UInt64, syncedThrough: UInt64
    ) {
        self.kind = kind
        self.flags = flags
        self.payloadLength = payloadLength
        self.payloadChecksum = payloadChecksum
        self.firstSequence = firstSequence
        self.syncedThrough = syncedThrough
    }

    /// `count` rounded up to a multiple of eight.
    package static func padded(_ count: Int) -> Int { (count + 7) & ~7 }

    /// Header, payload and padding.
    package var byteCount: Int { Self.headerBytes + Self.padded(Int(payloadLength)) }

    /// The checksum of a payload and its padding at a position.
    package static func checksum(
        payload: UnsafeRawBufferPointer, incarnation: UInt64, position: UInt64
    ) -> UInt32 {
        var crc = CRC32C(fileID: incarnation, offset: position)
        crc.update(payload)
        withUnsafeBytes(of: UInt64(0)) {
            crc.update(
                UnsafeRawBufferPointer(rebasing: $0[..<(padded(payload.count) - payload.count)]))
        }
        return crc.value
    }

    /// The 40 bytes of the header at a position.
    package func encoded(incarnation: UInt64, position: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.headerBytes)
        WALField.put(UInt32(truncatingIfNeeded: incarnation), at: 4, in: &bytes)
        WALField.put(payloadChecksum, at: 8, in: &bytes)
        WALField.put(payloadLength, at: 12, in: &bytes)
        WALField.put(firstSequence, at: 16, in: &bytes)
        WALField.put(syncedThrough, at: 24, in: &bytes)
        bytes[32] = kind
        bytes[33] = flags.rawValue
        let crc = bytes[4...].withUnsafeBytes {
            CRC32C.checksum($0, fileID: incarnation, offset: position)
        }
        WALField.put(crc, at: 0, in: &bytes)
        return bytes
    }

    /// Whether the eight bytes at `offset` could start a record of this life of the file: the quick
    /// test of a search, without false negatives for records whose header is intact.
    @inline(__always)
    package static func hasStamp(
        _ file: UnsafeRawBufferPointer, at offset: Int, incarnation: UInt64
    ) -> Bool {
        WALField.uint32(file, offset + 4) == UInt32(truncatingIfNeeded: incarnation)
    }

    /// The first offset at or after `offset`, in steps of eight, where `hasStamp` holds.
    package static func nextStamp(
        _ file: UnsafeRawBufferPointer, from offset: Int, incarnation: UInt64
    ) -> Int? {
        var offset = offset
        let stamp = UInt32(truncatingIfNeeded: incarnation)
        while offset + headerBytes <= file.count {
            if offset + searchedBytes <= file.count, !hasStamp(stamp, in: file, at: offset) {
                offset += searchedBytes
                continue
            }
            let end = min(offset + searchedBytes, file.count - headerBytes + 1)
            while offset < end {
                if hasStamp(file, at: offset, incarnation: incarnation) { return offset }
                offset += 8
            }
        }
        return nil
    }

    /// Bytes that a search tests at once: most of a tail is zeros, or what another life left.
    private static let searchedBytes = 256

    /// Whether a stamp stands in one of the next `searchedBytes`, where `hasStamp` looks. Less one,
    /// only the difference zero has its highest bit set.
    private static func hasStamp(
        _ stamp: UInt32, in file: UnsafeRawBufferPointer, at offset: Int
    ) -> Bool {
        let wanted = SIMD8<UInt64>(repeating: UInt64(stamp))
        var found = SIMD8<UInt64>(repeating: 0)
        for line in 0..<searchedBytes / 64 {
            let words = file.loadUnaligned(
                fromByteOffset: offset + line * 64, as: SIMD8<UInt64>.self)
            found |= ((words &>> 32) ^ wanted) &- 1
        }
        let half = found.lowHalf | found.highHalf
        let quarter = half.lowHalf | half.highHalf
        return Int64(bitPattern: quarter[0] | quarter[1]) < 0
    }

    /// The bytes, padding included, that the unchecked header at `offset` claims; all the rest of
    /// the file when it claims more.
    package static func claimedBytes(_ file: UnsafeRawBufferPointer, at offset: Int) -> Int {
        let rest = file.count - offset
        return min(rest, headerBytes + padded(Int(WALField.uint32(file, offset + 12))))
    }

    /// Reads the header at `offset` of a file's bytes, whose log position is `position`. The
    /// payload lies within the file but is not checked.
    package static func decode(
        _ file: UnsafeRawBufferPointer, at offset: Int, incarnation: UInt64, position: UInt64
    ) -> Result<WALRecord, Fault> {
        guard offset >= 0, file.count - offset >= headerBytes,
            hasStamp(file, at: offset, incarnation: incarnation)
        else { return .failure(.stamp) }
        let header = UnsafeRawBufferPointer(rebasing: file[offset..<offset + headerBytes])
        let body = UnsafeRawBufferPointer(rebasing: header[4...])
        let crc = CRC32C.checksum(body, fileID: incarnation, offset: position)
        guard crc == WALField.uint32(header, 0) else { return .failure(.headerChecksum) }
        let record = WALRecord(
            kind: header[32], flags: Flags(rawValue: header[33]),
            payloadLength: WALField.uint32(header, 12),
            payloadChecksum: WALField.uint32(header, 8),
            firstSequence: WALField.uint64(header, 16), syncedThrough: WALField.uint64(header, 24))
        guard record.isPossible(at: position), header[34...].allSatisfy({ $0 == 0 }),
            record.byteCount <= file.count - offset
        else { return .failure(.fields) }
        return .success(record)
    }

    /// Whether the payload behind the header at `offset` is the one that was written.
    package func payloadChecks(
        _ file: UnsafeRawBufferPointer, at offset: Int, incarnation: UInt64, position: UInt64
    ) -> Bool {
        let start = offset + Self.headerBytes
        let padded = file[start..<offset + byteCount]
        let crc = CRC32C.checksum(
            UnsafeRawBufferPointer(rebasing: padded), fileID: incarnation, offset: position)
        return crc == payloadChecksum
    }

    private func isPossible(at position: UInt64) -> Bool {
        let alone: Flags = [.first, .last]
        return flags.rawValue < 8 && !(flags.contains(.last) && flags.contains(.continues))
            && syncedThrough <= position && payloadLength <= Self.payloadBytesMax
            && (kind != Self.markerKind || (payloadLength == 0 && flags == alone))
    }
}
