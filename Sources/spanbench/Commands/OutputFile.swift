// A file that is written from its beginning to its end.

import Glibc
import SpanModel

/// An output file, or a standard stream.
final class OutputFile {
    /// Standard error.
    static var standardError: OutputFile { OutputFile(descriptor: 2, path: "standard error") }

    private let path: String
    private var descriptor: Int32

    /// Creates the file, or empties it; `-` is standard output.
    init(path: String) throws(StoreError) {
        self.path = path
        descriptor = path == "-" ? 1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        if descriptor < 0 { throw .io(operation: "create", path: path, errno: errno) }
    }

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { if descriptor > 2 { close(descriptor) } }

    /// Appends bytes.
    func write(_ bytes: [UInt8]) throws(StoreError) {
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .io(operation: "write", path: path, errno: errno)
            }
            start += count
        }
    }

    /// Closes the file; what fails only here is reported here.
    func finish() throws(StoreError) {
        guard descriptor > 2 else { return }
        let result = close(descriptor)
        descriptor = -1
        if result != 0 { throw .io(operation: "close", path: path, errno: errno) }
    }
}
