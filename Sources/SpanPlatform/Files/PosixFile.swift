// An open file of the kernel. Reads and writes are positional and continue after short counts, so
// a caller sees all bytes or an error.

import Glibc
import SpanModel

/// A descriptor, closed at deinit.
final class PosixFile: File {
    let descriptor: Int32
    private let path: String

    init(_ descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    func read(at offset: UInt64, count: Int) throws(StoreError) -> [UInt8] {
        let end = try Posix.offset(offset, plus: count, path)
        var failure: StoreError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = count - filled
                let target = buffer.baseAddress.map { $0 + filled }
                let result = Posix.result("pread", path) {
                    pread(descriptor, target, rest, end - off_t(rest))
                }
                switch result {
                case .success(0): return
                case .success(let got): filled += got
                case .failure(let error):
                    failure = error
                    return
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) {
        var written = 0
        while written < bytes.count {
            let part = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let target = try Posix.offset(offset, plus: written, path)
            let count = try Posix.check("pwrite", path) {
                pwrite(descriptor, part.baseAddress, part.count, target)
            }
            guard count > 0 else { throw .storageFull(path: path) }
            written += count
        }
    }

    func allocate(to size: UInt64) throws(StoreError) {
        guard size > 0 else { return }
        let length = try Posix.offset(size, plus: 0, path)
        var code = EINTR
        while code == EINTR { code = posix_fallocate(descriptor, 0, length) }
        guard code == 0 else { throw Posix.error("posix_fallocate", path, code) }
    }

    func truncate(to size: UInt64) throws(StoreError) {
        let length = try Posix.offset(size, plus: 0, path)
        try Posix.check("ftruncate", path) { ftruncate(descriptor, length) }
    }

    func sync() throws(StoreError) {
        try Posix.check("fdatasync", path) { fdatasync(descriptor) }
    }

    func size() throws(StoreError) -> UInt64 {
        var status = stat()
        try Posix.check("fstat", path) { fstat(descriptor, &status) }
        return UInt64(clamping: status.st_size)
    }
}
