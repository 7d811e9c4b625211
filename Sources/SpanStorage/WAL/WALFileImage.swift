// One WAL file as recovery reads it: mapped, resident, its header checked.

import SpanFormat
import SpanModel
import SpanPlatform

/// The bytes of a WAL file with a good header.
struct WALFileImage {
    let header: WALFileHeader
    let path: String
    private let region: MappedRegion

    /// All bytes of the file; valid as long as the image.
    var bytes: UnsafeRawBufferPointer { region.bytes }

    /// Maps the file `index` of a directory. Throws `corruption` when its header or its length is
    /// not that of this file of the log.
    init(
        _ fileSystem: any FileSystem, directory: String, index: UInt64
    ) throws(StoreError) {
        path = "\(directory)/\(FileNames.wal(index))"
        region = try fileSystem.mapReadOnly(path)
        try region.ensureReadable(region.bytes.indices)
        header = try WALFileHeader.decode(region.bytes, file: path)
        guard UInt64(region.bytes.count) == header.fileBytes else {
            throw .corruption(
                file: path, offset: UInt64(region.bytes.count), region: "WAL file",
                reason: "length \(region.bytes.count), expected \(header.fileBytes)")
        }
    }

    /// The same, and the file is where the log wants it: its index and length are as named.
    func require(index: UInt64, layout: WALLayout) throws(StoreError) -> WALFileImage {
        guard header.index == index, header.fileBytes == layout.fileBytes else {
            throw .corruption(
                file: path, offset: 0, region: "WAL file header",
                reason: "file \(header.index) of length \(header.fileBytes) in the place of "
                    + "file \(index) of length \(layout.fileBytes)")
        }
        return self
    }

    /// The record at an offset with its payload, both checked.
    func record(
        at offset: Int, position: UInt64
    ) -> Result<(WALRecord, UnsafeRawBufferPointer), WALRecord.Fault> {
        let decoded = WALRecord.decode(
            bytes, at: offset, incarnation: header.incarnation, position: position)
        guard case .success(let record) = decoded else { return decoded.map { ($0, bytes) } }
        guard
            record.payloadChecks(
                bytes, at: offset, incarnation: header.incarnation, position: position)
        else { return .failure(.payloadChecksum) }
        let start = offset + WALRecord.headerBytes
        let payload = bytes[start..<start + Int(record.payloadLength)]
        return .success((record, UnsafeRawBufferPointer(rebasing: payload)))
    }
}
