// Calls the kernel: EINTR again, errno into `StoreError`. Every system call on files passes here.

import CPlatform
import Glibc
import SpanModel

/// Helpers around one system call.
enum Posix {
    /// The result of `call`, tried again as long as a signal interrupts it.
    static func result<Count: SignedInteger>(
        _ operation: String, _ path: String, _ call: () -> Count
    ) -> Result<Count, StoreError> {
        while true {
            let count = call()
            if count >= 0 { return .success(count) }
            let code = errno
            if code != EINTR { return .failure(error(operation, path, code)) }
        }
    }

    /// The same, throwing.
    @discardableResult
    static func check<Count: SignedInteger>(
        _ operation: String, _ path: String, _ call: () -> Count
    ) throws(StoreError) -> Count {
        try result(operation, path, call).get()
    }

    /// What an errno means to the store.
    static func error(_ operation: String, _ path: String, _ code: Int32) -> StoreError {
        switch code {
        case ENOSPC, EDQUOT: .storageFull(path: path)
        default: .io(operation: operation, path: path, errno: code)
        }
    }

    /// Opens a path, never through a symbolic link and not inherited by children.
    static func open(_ path: String, _ flags: Int32) throws(StoreError) -> Int32 {
        try check("openat", path) {
            openat(AT_FDCWD, path, flags | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
    }

    /// A file offset as the kernel takes it.
    static func offset(
        _ offset: UInt64, plus count: Int, _ path: String
    ) throws(StoreError) -> off_t {
        let sum = offset.addingReportingOverflow(UInt64(count))
        guard !sum.overflow, let value = off_t(exactly: sum.partialValue) else {
            throw .io(operation: "offset", path: path, errno: EFBIG)
        }
        return value
    }

    /// Maps all bytes of a regular file.
    static func map(_ descriptor: Int32, path: String) throws(StoreError) -> MappedRegion {
        var status = stat()
        try check("fstat", path) { fstat(descriptor, &status) }
        guard status.st_mode & S_IFMT == S_IFREG, let count = Int(exactly: status.st_size) else {
            throw .io(operation: "mmap", path: path, errno: EINVAL)
        }
        if count == 0 {
            return MappedRegion(bytes: UnsafeRawBufferPointer(start: nil, count: 0)) { _ in }
        }
        let base = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0)
        guard let base, base != MAP_FAILED else { throw error("mmap", path, errno) }
        return MappedRegion(
            bytes: UnsafeRawBufferPointer(start: base, count: count),
            populate: { populate($0, path: path) },
            release: { munmap(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count) })
    }

    /// Makes a part of a mapping resident. A kernel without the call cannot tell: then the bytes
    /// are believed.
    private static func populate(
        _ part: UnsafeRawBufferPointer, path: String
    ) -> Result<Void, StoreError> {
        guard let base = part.baseAddress, part.count > 0 else { return .success(()) }
        let page = UInt(getpagesize())
        let lead = Int(UInt(bitPattern: base) % page)
        switch cplatform_populate_read(base - lead, part.count + lead) {
        case 0, EINVAL: return .success(())
        case EFAULT:
            return .failure(
                .corruption(
                    file: path, offset: 0, region: "mapping",
                    reason: "the file is shorter than when it was opened, or the disk fails"))
        case let code: return .failure(error("madvise", path, code))
        }
    }
}
