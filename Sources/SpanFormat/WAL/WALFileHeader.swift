// The first 64 bytes of a WAL file; see schemas/wal.md. Magic and version keep their place in every
// version, so that a newer file is refused by name.

import SpanModel
import SpanPlatform

/// What a WAL file says of itself.
package struct WALFileHeader: Equatable, Sendable {
    /// Bytes of the header.
    package static let byteCount = 64
    /// The first eight bytes: the last one makes a text-mode copy visible.
    package static let magic: [UInt8] = Array("SPANWAL\n".utf8)
    /// The version that this program writes.
    package static let version: UInt32 = 1

    /// The file's place in the log.
    package let index: UInt64
    /// Random per creation or reuse of a file: records of another life do not check.
    package let incarnation: UInt64
    /// The length of the file, the same in all files of a log.
    package let fileBytes: UInt64

    /// A header of these values.
    package init(index: UInt64, incarnation: UInt64, fileBytes: UInt64) {
        self.index = index
        self.incarnation = incarnation
        self.fileBytes = fileBytes
    }

    /// An incarnation from a random number. Its low half is the stamp of every record, never 0, so
    /// that zeros are never a record.
    package static func incarnation(_ random: UInt64) -> UInt64 {
        UInt32(truncatingIfNeeded: random) == 0 ? random | 1 : random
    }

    /// The 64 bytes.
    package func encoded() -> [UInt8] {
        var bytes = Self.magic + [UInt8](repeating: 0, count: Self.byteCount - Self.magic.count)
        WALField.put(Self.version, at: 8, in: &bytes)
        WALField.put(index, at: 16, in: &bytes)
        WALField.put(incarnation, at: 24, in: &bytes)
        WALField.put(fileBytes, at: 32, in: &bytes)
        let crc = CRC32C.checksum(Array(bytes[0..<60]), fileID: index, offset: 0)
        WALField.put(crc, at: 60, in: &bytes)
        return bytes
    }

    /// Reads the header of `file`. Throws `corruption` or `unsupportedVersion`.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, file: String
    ) throws(StoreError) -> WALFileHeader {
        func damaged(_ reason: String) -> StoreError {
            .corruption(file: file, offset: 0, region: "WAL file header", reason: reason)
        }
        guard bytes.count >= byteCount else { throw damaged("\(bytes.count) bytes") }
        guard bytes.starts(with: magic) else { throw damaged("magic") }
        let found = WALField.uint32(bytes, 8)
        if found > version {
            throw .unsupportedVersion(file: file, found: found, newest: version)
        }
        let header = WALFileHeader(
            index: WALField.uint64(bytes, 16), incarnation: WALField.uint64(bytes, 24),
            fileBytes: WALField.uint64(bytes, 32))
        guard header.encoded().elementsEqual(bytes.prefix(byteCount)) else {
            throw damaged("checksum")
        }
        guard header.incarnation == incarnation(header.incarnation),
            let layout = WALLayout(fileBytes: header.fileBytes), header.index <= layout.indexMax
        else { throw damaged("fields") }
        return header
    }
}
