// What the disk itself takes for a durable write: 4 KiB into a preallocated, zeroed file and
// fdatasync, one after the other. The floor under every durable insert.

import Glibc
import SpanModel

/// Measures fdatasync.
enum DiskSync {
    private static let fileBytes = 4 << 20
    private static let writeBytes = 4_096
    private static let writes = 300

    /// Latencies of durable writes in `directory`; the file is removed.
    static func measure(in directory: String) throws(StoreError) -> Latencies {
        let path = "\(directory)/fdatasync.tmp"
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .io(operation: "create", path: path, errno: errno) }
        defer {
            close(descriptor)
            unlink(path)
        }
        var latencies = Latencies()
        try write(descriptor, [UInt8](repeating: 0, count: fileBytes), at: 0, path)
        guard fsync(descriptor) == 0 else { throw .io(operation: "sync", path: path, errno: errno) }
        let piece = [UInt8](repeating: 0xA5, count: writeBytes)
        for index in 0..<writes {
            let start = Stopwatch.now()
            try write(descriptor, piece, at: index * writeBytes, path)
            guard fdatasync(descriptor) == 0 else {
                throw .io(operation: "sync", path: path, errno: errno)
            }
            latencies.record(Stopwatch.now() - start)
        }
        return latencies
    }

    private static func write(
        _ descriptor: Int32, _ bytes: [UInt8], at offset: Int, _ path: String
    ) throws(StoreError) {
        let count = bytes.withUnsafeBytes {
            pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset))
        }
        guard count == bytes.count else { throw .io(operation: "write", path: path, errno: errno) }
    }
}
