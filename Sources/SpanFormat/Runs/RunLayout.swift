// Where things lie in a run file, and its header:
//
//   header (64 bytes) ‖ checksum table (UInt32 per 64 KiB of data, zeros to 64) ‖ data
//   data = filter ‖ pairs (16 bytes each)

import SpanModel
import SpanPlatform

/// The geometry of a run, from its header.
struct RunLayout {
    static let version: UInt32 = 1
    static let magic: [UInt8] = Array("SPANRUNS".utf8)
    static let headerBytes = 64
    static let pageBytes = 64 << 10
    static let entryBytes = 16

    let entryCount: Int
    let filterBytes: Int
    /// Bits of `second` that the filter covers.
    let secondMask: UInt64

    init(entryCount: Int, secondMask: UInt64) {
        self.entryCount = entryCount
        self.secondMask = secondMask
        filterBytes = RunFilter.byteCount(entries: entryCount)
    }

    var dataBytes: Int { filterBytes + entryCount * Self.entryBytes }
    var pageCount: Int { (dataBytes + Self.pageBytes - 1) / Self.pageBytes }
    var dataOffset: Int { (Self.headerBytes + pageCount * 4 + 63) / 64 * 64 }
    var entriesOffset: Int { dataOffset + filterBytes }

    /// The header for a checksum table, its padding included.
    func header(file: UInt64, table: [UInt8]) -> [UInt8] {
        var out = Self.magic
        out.put(Self.version)
        out.put(CRC32C.checksum(table, fileID: file, offset: UInt64(Self.headerBytes)))
        out.put(file)
        out.put(UInt64(entryCount))
        out.put(secondMask)
        out.append(contentsOf: repeatElement(0, count: Self.headerBytes - 4 - out.count))
        out.put(CRC32C.checksum(out, fileID: file, offset: 0))
        return out
    }

    /// The layout of a whole run file, header and checksum table checked.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, file: UInt64, name: String
    ) throws(StoreError) -> RunLayout {
        var reader = ByteReader(bytes, file: name, region: "run header")
        let header = try reader.take(headerBytes)
        var fields = ByteReader(header, file: name, region: "run header")
        try FileStart.check(&fields, magic: magic, newest: version, file: name)
        let tableChecksum = try fields.uint32()
        let foundFile = try fields.uint64()
        let entryCount = try fields.uint64()
        let secondMask = try fields.uint64()
        try fields.reserved(headerBytes - 4 - fields.offset)
        let covered = UnsafeRawBufferPointer(rebasing: header[..<(headerBytes - 4)])
        guard CRC32C.checksum(covered, fileID: file, offset: 0) == (try fields.uint32()) else {
            throw fields.damage("header checksum differs")
        }
        guard foundFile == file, entryCount <= UInt64(bytes.count / entryBytes) else {
            throw fields.damage("header does not fit its file")
        }
        let layout = RunLayout(entryCount: Int(entryCount), secondMask: secondMask)
        guard bytes.count == layout.dataOffset + layout.dataBytes else {
            throw fields.damage("file of \(bytes.count) bytes has the wrong length")
        }
        let table = try reader.take(layout.dataOffset - headerBytes)
        guard
            CRC32C.checksum(table, fileID: file, offset: UInt64(headerBytes)) == tableChecksum
        else { throw reader.damage("checksum table differs") }
        guard table[(layout.pageCount * 4)...].allSatisfy({ $0 == 0 }) else {
            throw reader.damage("padding is not zero")
        }
        return layout
    }

    /// Checks one 64 KiB page of the data.
    func verify(
        page: Int, of bytes: UnsafeRawBufferPointer, file: UInt64, name: String
    ) throws(StoreError) {
        let start = dataOffset + page * Self.pageBytes
        let end = min(start + Self.pageBytes, bytes.count)
        let expected = UInt32(
            littleEndian: bytes.loadUnaligned(
                fromByteOffset: Self.headerBytes + page * 4, as: UInt32.self))
        let data = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        guard CRC32C.checksum(data, fileID: file, offset: UInt64(start)) == expected else {
            throw .corruption(
                file: name, offset: UInt64(start), region: "run page",
                reason: "checksum differs")
        }
    }
}
