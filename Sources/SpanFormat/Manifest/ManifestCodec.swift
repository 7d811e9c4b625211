// Manifest ↔ bytes, as schemas/manifest.md lays them out: a 32-byte header, then the body. The
// checksum covers both and binds them to offset 0 of the manifest.

import SpanModel
import SpanPlatform

/// Encodes and decodes `MANIFEST`.
package enum ManifestCodec {
    /// The newest format version, the one that is written.
    package static let version: UInt32 = 1
    static let magic: [UInt8] = Array("SPANMANI".utf8)
    static let headerBytes = 32

    /// The file's bytes.
    package static func encode(_ manifest: Manifest) -> [UInt8] {
        var body: [UInt8] = []
        body.put(manifest.edit)
        body.put(manifest.storeID)
        body.put(manifest.nextFileNumber)
        body.put(manifest.nextSequence)
        body.put(manifest.walLowWater)
        body.put(manifest.killsFile)
        body.put(UInt32(manifest.workspaces.count))
        for workspace in manifest.workspaces {
            body.put(workspace.number)
            body.put(string: workspace.name)
        }
        body.put(UInt32(manifest.segments.count))
        for segment in manifest.segments { put(segment, into: &body) }
        body.put(UInt32(manifest.identityRuns.count))
        for run in manifest.identityRuns {
            body.put(run.file)
            body.put(run.workspace)
            body.put(run.table)
            body.put(run.entryCount)
        }
        body.put(UInt32(manifest.idempotencyRuns.count))
        for run in manifest.idempotencyRuns {
            body.put(run.file)
            body.put(run.entryCount)
        }
        var out = magic
        out.put(version)
        out.put(UInt32(0))
        out.put(UInt64(body.count))
        out.put(CRC32C.checksum(body, fileID: 0, offset: UInt64(headerBytes)))
        out.put(CRC32C.checksum(out, fileID: 0, offset: 0))
        return out + body
    }

    /// The manifest in `bytes`. Throws `corruption` or `unsupportedVersion`.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, file: String
    ) throws(StoreError) -> Manifest {
        var header = ByteReader(bytes, file: file, region: "manifest header")
        try FileStart.check(&header, magic: magic, newest: version, file: file)
        try header.reserved(4)
        let bodyCount = try header.uint64()
        let bodyChecksum = try header.uint32()
        let headerChecksum = try header.uint32()
        let headerBytesRead = UnsafeRawBufferPointer(rebasing: bytes[..<(headerBytes - 4)])
        guard CRC32C.checksum(headerBytesRead, fileID: 0, offset: 0) == headerChecksum else {
            throw header.damage("header checksum differs")
        }
        guard bodyCount == UInt64(header.remaining) else {
            throw header.damage("body of \(header.remaining) bytes, \(bodyCount) expected")
        }
        let body = try header.take(header.remaining)
        guard CRC32C.checksum(body, fileID: 0, offset: UInt64(headerBytes)) == bodyChecksum else {
            throw header.damage("body checksum differs")
        }
        var reader = ByteReader(
            body, file: file, region: "manifest body", base: UInt64(headerBytes))
        let manifest = try decodeBody(&reader)
        if let problem = ManifestRules.problem(of: manifest) { throw reader.damage(problem) }
        return manifest
    }

    private static func decodeBody(_ reader: inout ByteReader) throws(StoreError) -> Manifest {
        let edit = try reader.uint64()
        var manifest = Manifest(storeID: try reader.uint64())
        manifest.edit = edit
        manifest.nextFileNumber = try reader.uint64()
        manifest.nextSequence = try reader.uint64()
        manifest.walLowWater = try reader.uint64()
        manifest.killsFile = try reader.uint64()
        for _ in 0..<(try reader.count(itemBytes: 6)) {
            let number = try reader.uint32()
            manifest.workspaces.append(
                WorkspaceEntry(number: number, name: try reader.string()))
        }
        for _ in 0..<(try reader.count(itemBytes: 73)) {
            manifest.segments.append(try segment(&reader))
        }
        for _ in 0..<(try reader.count(itemBytes: 21)) {
            let file = try reader.uint64()
            let workspace = try reader.uint32()
            let table = try reader.uint8()
            manifest.identityRuns.append(
                IdentityRunEntry(
                    file: file, workspace: workspace, table: table,
                    entryCount: try reader.uint64()))
        }
        for _ in 0..<(try reader.count(itemBytes: 16)) {
            let file = try reader.uint64()
            manifest.idempotencyRuns.append(
                IdempotencyRunEntry(file: file, entryCount: try reader.uint64()))
        }
        try reader.finish()
        return manifest
    }

    private static func put(_ segment: SegmentEntry, into body: inout [UInt8]) {
        body.put(segment.file)
        body.put(segment.workspace)
        body.put(segment.table)
        body.put(segment.level)
        body.put(segment.day)
        body.put(segment.liveRows)
        body.put(segment.historyRows)
        body.put(segment.sequences.lowerBound)
        body.put(segment.sequences.upperBound)
        body.put(UInt8(segment.times == nil ? 0 : 1))
        body.put(segment.times?.lowerBound ?? 0)
        body.put(segment.times?.upperBound ?? 0)
        body.put(segment.byteCount)
        body.put(string: segment.quarantine)
    }

    private static func segment(_ reader: inout ByteReader) throws(StoreError) -> SegmentEntry {
        let file = try reader.uint64()
        let workspace = try reader.uint32()
        let table = try reader.uint8()
        let level = try reader.uint8()
        let day = try reader.int64()
        let liveRows = try reader.uint32()
        let historyRows = try reader.uint32()
        let firstSequence = try reader.uint64()
        let lastSequence = try reader.uint64()
        let hasTimes = try reader.flag()
        let firstTime = try reader.int64()
        let lastTime = try reader.int64()
        guard firstSequence <= lastSequence, !hasTimes || firstTime <= lastTime else {
            throw reader.damage("range of segment \(file) is reversed")
        }
        let byteCount = try reader.uint64()
        return SegmentEntry(
            file: file, workspace: workspace, table: table, level: level, day: day,
            liveRows: liveRows,
            historyRows: historyRows, sequences: firstSequence...lastSequence,
            times: hasTimes ? firstTime...lastTime : nil, byteCount: byteCount,
            quarantine: try reader.string())
    }
}
