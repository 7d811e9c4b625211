// The kernel's file system behind the seam: modes, links, locks, mappings, errors.

import Glibc
import SpanModel
import SpanPlatform
import Testing

/// A directory of its own per test, removed at the end.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/spand-test-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp/unavailable"
    }

    deinit {
        let files = PosixFileSystem()
        for name in (try? files.list(path)) ?? [] {
            _ = Glibc.unlink("\(path)/\(name)")
            _ = rmdir("\(path)/\(name)")
        }
        _ = rmdir(path)
    }
}

struct PosixFileSystemTests {
    let directory = TemporaryDirectory()
    let files = PosixFileSystem()

    func path(_ name: String) -> String { "\(directory.path)/\(name)" }

    @Test("Bytes written are read back; reads stop at the end of the file")
    func readAndWrite() throws {
        let file = try files.open(path("a"), .createNew)
        try file.write([1, 2, 3, 4], at: 0)
        try file.write([9], at: 6)
        try file.sync()
        #expect(try file.read(at: 0, count: 100) == [1, 2, 3, 4, 0, 0, 9])
        #expect(try file.read(at: 2, count: 2) == [3, 4])
        #expect(try file.read(at: 7, count: 5) == [])
        #expect(try file.size() == 7)
        try file.allocate(to: 4096)
        #expect(try file.size() == 4096)
        try file.allocate(to: 100)
        #expect(try file.size() == 4096)
        try file.truncate(to: 2)
        #expect(try files.open(path("a"), .read).read(at: 0, count: 9) == [1, 2])
    }

    @Test("New files are private, and creation never replaces")
    func creation() throws {
        _ = try files.open(path("a"), .createNew)
        var status = stat()
        #expect(stat(path("a"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(throws: StoreError.io(operation: "openat", path: path("a"), errno: EEXIST)) {
            _ = try files.open(path("a"), .createNew)
        }
        #expect(throws: StoreError.io(operation: "openat", path: path("b"), errno: ENOENT)) {
            _ = try files.open(path("b"), .read)
        }
        #expect(try files.size(path("b")) == nil)
        try files.createDirectory(path("d"))
        try files.createDirectory(path("d"))
        #expect(stat(path("d"), &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
        #expect(throws: StoreError.io(operation: "openat", path: path("a"), errno: ENOTDIR)) {
            try files.createDirectory(path("a"))
        }
    }

    @Test("Symbolic links are not followed")
    func symbolicLinks() throws {
        _ = try files.open(path("a"), .createNew)
        #expect(symlink(path("a"), path("l")) == 0)
        for mode in [FileMode.read, .readWrite] {
            #expect(throws: StoreError.io(operation: "openat", path: path("l"), errno: ELOOP)) {
                _ = try files.open(path("l"), mode)
            }
        }
        #expect(throws: StoreError.self) { _ = try files.mapReadOnly(path("l")) }
        #expect(throws: StoreError.self) { _ = try files.lock(path("l"), exclusive: true) }
    }

    @Test("Names are listed by bytes; rename replaces, link doubles, unlink removes")
    func names() throws {
        for name in ["b", "B", "a", "é"] {
            try files.open(path(name), .createNew).write(Array(name.utf8), at: 0)
        }
        #expect(try files.list(directory.path) == ["B", "a", "b", "é"])
        try files.rename(path("a"), to: path("b"))
        try files.link(path("b"), to: path("c"))
        try files.unlink(path("B"))
        try files.syncDirectory(directory.path)
        #expect(try files.list(directory.path) == ["b", "c", "é"])
        #expect(try files.open(path("c"), .read).read(at: 0, count: 9) == Array("a".utf8))
        #expect(throws: StoreError.io(operation: "unlink", path: path("x"), errno: ENOENT)) {
            try files.unlink(path("x"))
        }
        #expect(throws: StoreError.self) { try files.link(path("b"), to: path("c")) }
    }

    @Test("A mapping shows the file, outlives its name, and an empty file maps to nothing")
    func mapping() throws {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        try files.open(path("a"), .createNew).write(bytes, at: 0)
        let region = try files.mapReadOnly(path("a"))
        try files.unlink(path("a"))
        try region.ensureReadable(5_000..<10_000)
        #expect([UInt8](region.bytes) == bytes)
        _ = try files.open(path("e"), .createNew)
        let empty = try files.mapReadOnly(path("e"))
        #expect(empty.bytes.isEmpty)
        try empty.ensureReadable(0..<0)
        #expect(throws: StoreError.io(operation: "mmap", path: directory.path, errno: EINVAL)) {
            _ = try files.mapReadOnly(directory.path)
        }
    }

    @Test("A file cut under its mapping is an error, not a signal")
    func truncatedMapping() throws {
        let file = try files.open(path("a"), .createNew)
        try file.write([UInt8](repeating: 7, count: 64 << 10), at: 0)
        let region = try files.mapReadOnly(path("a"))
        try file.truncate(to: 4096)
        try region.ensureReadable(0..<4096)
        let error = #expect(throws: StoreError.self) {
            try region.ensureReadable(0..<region.bytes.count)
        }
        guard case .corruption(path("a"), _, "mapping", _) = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
    }

    @Test("A lock is exclusive or shared, and tells its holder")
    func locks() throws {
        let lock = path("LOCK")
        var holder: (any FileLock)? = try files.lock(lock, exclusive: true)
        try holder?.describe("pid 42 and a long text")
        try holder?.describe("pid 42")
        for exclusive in [true, false] {
            #expect(throws: StoreError.locked(path: lock, holder: "pid 42")) {
                _ = try files.lock(lock, exclusive: exclusive)
            }
        }
        holder = nil
        let first = try files.lock(lock, exclusive: false)
        let second = try files.lock(lock, exclusive: false)
        #expect(throws: StoreError.self) { _ = try files.lock(lock, exclusive: true) }
        withExtendedLifetime((first, second)) {}
    }

    @Test("Offsets beyond the kernel's are errors")
    func hugeOffsets() throws {
        let file = try files.open(path("a"), .createNew)
        #expect(throws: StoreError.io(operation: "offset", path: path("a"), errno: EFBIG)) {
            try file.write([1], at: .max)
        }
        #expect(throws: StoreError.self) { _ = try file.read(at: .max - 1, count: 8) }
        #expect(throws: StoreError.self) { try file.truncate(to: .max) }
    }

    @Test("Free space is told; a full device is storageFull")
    func space() throws {
        #expect(try files.freeBytes(directory.path) > 0)
        #expect(throws: StoreError.storageFull(path: "/dev/full")) {
            try files.open("/dev/full", .readWrite).write([1], at: 0)
        }
    }
}

struct PlatformTests {
    @Test("A socket pair's peer is this process")
    func peer() throws {
        var sockets: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &sockets) == 0)
        let peer = try PeerCredentials(socket: sockets[0])
        #expect(peer.userID == geteuid())
        #expect(peer.processID == getpid())
        for socket in sockets { close(socket) }
        #expect(throws: StoreError.io(operation: "getsockopt", path: "socket", errno: EBADF)) {
            _ = try PeerCredentials(socket: -1)
        }
    }

    @Test("The clock runs, and the seeded numbers are those of splitmix64")
    func clockAndRandomness() {
        let clock = SystemClock()
        #expect(clock.wallNanoseconds() > 1_700_000_000_000_000_000)
        let before = clock.monotonicNanoseconds()
        #expect(clock.monotonicNanoseconds() >= before)
        var seeded = Randomness(seed: 1_234_567)
        #expect(seeded.next() == 6_457_827_717_110_365_317)
        #expect(seeded.next() == 3_203_168_211_198_807_973)
        var system = Randomness.system
        #expect(system.next() != system.next())
    }
}
