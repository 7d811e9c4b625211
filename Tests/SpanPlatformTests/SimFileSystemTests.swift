// The simulated file system: what crashes keep and lose, faults, capacity.

import Glibc
import SpanModel
import SpanPlatform
import SpanTesting
import Testing

struct SimFileSystemTests {
    /// A file of synced 1s, with unsynced 2s over all of it and beyond.
    private func script() throws -> SimFileSystem {
        let disk = SimFileSystem()
        let file = try disk.open("/a", .createNew)
        try file.write([UInt8](repeating: 1, count: 2048), at: 0)
        try file.sync()
        try disk.syncDirectory("/")
        try file.write([UInt8](repeating: 2, count: 4096), at: 0)
        return disk
    }

    @Test("Without a sync nothing is sure to stay, and all may stay")
    func lostOrKept() throws {
        let disk = try script()
        let lost = disk.crash(.allLost, seed: 0)
        #expect(lost.contents("/a") == [UInt8](repeating: 1, count: 2048))
        #expect(disk.crash(.allKept, seed: 0).contents("/a")?.count == 4096)
        #expect(lost.callCount == 0)
    }

    @Test("Torn and reordered images differ by seed, repeat by seed, and mix whole sectors")
    func tornAndReordered() throws {
        let disk = try script()
        for policy in [CrashPolicy.torn, .reordered] {
            var images: Set<[UInt8]> = []
            for seed in 0..<64 as Range<UInt64> {
                let image = try #require(disk.crash(policy, seed: seed).contents("/a"))
                #expect(disk.crash(policy, seed: seed).contents("/a") == image)
                #expect(image.count == 2048 || image.count == 4096)
                for sector in stride(from: 0, to: image.count, by: 512) {
                    #expect(Set(image[sector..<sector + 512]).count == 1)
                }
                images.insert(image)
            }
            #expect(images.count > 4)
        }
    }

    @Test("Names are durable after the sync of their directory, and their directory's own name")
    func names() throws {
        let disk = SimFileSystem()
        try disk.createDirectory("/d")
        let file = try disk.open("/d/a", .createNew)
        try file.write([7], at: 0)
        try file.sync()
        try disk.syncDirectory("/d")
        #expect(disk.crash(.allLost, seed: 0).contents("/d/a") == nil)
        try disk.syncDirectory("/")
        #expect(disk.crash(.allLost, seed: 0).contents("/d/a") == [7])
        try disk.rename("/d/a", to: "/d/b")
        #expect(disk.crash(.allLost, seed: 0).contents("/d/a") == [7])
        #expect(disk.crash(.allKept, seed: 0).contents("/d/a") == nil)
        #expect(try disk.list("/d") == ["b"])
        try disk.syncDirectory("/d")
        #expect(disk.crash(.allLost, seed: 0).contents("/d/b") == [7])
    }

    @Test("A rename never survives without the creation of what it renames")
    func renameNeedsCreation() throws {
        let disk = SimFileSystem()
        _ = try disk.open("/t", .createNew)
        try disk.rename("/t", to: "/a")
        var seen: Set<[String]> = []
        for seed in 0..<64 as Range<UInt64> {
            seen.insert(try disk.crash(.reordered, seed: seed).list("/"))
        }
        #expect(seen == [[], ["t"], ["a"]])
    }

    @Test("After a failed sync the pages read well and are never written")
    func failedSync() throws {
        let disk = try script()
        let file = try disk.open("/a", .readWrite)
        disk.setFaults(FaultPlan([.init(call: disk.callCount + 1, errno: EIO)]))
        #expect(throws: StoreError.io(operation: "sync", path: "/a", errno: EIO)) {
            try file.sync()
        }
        try file.sync()
        #expect(try file.read(at: 0, count: 1) == [2])
        #expect(disk.restart().contents("/a")?.first == 2)
        #expect(disk.crash(.allKept, seed: 0).contents("/a")?.first == 1)
    }

    @Test("A fault strikes once or for ever; a short write leaves its first half")
    func faults() throws {
        let disk = SimFileSystem()
        let file = try disk.open("/a", .createNew)
        disk.setFaults(FaultPlan([.init(call: 2, errno: ENOSPC, short: true)]))
        #expect(throws: StoreError.storageFull(path: "/a")) { try file.write([1, 2, 3, 4], at: 0) }
        #expect(disk.contents("/a") == [1, 2])
        try file.write([5], at: 0)
        disk.setFaults(FaultPlan([.init(call: 4, errno: EMFILE, forever: true)]))
        for _ in 0..<3 {
            #expect(throws: StoreError.io(operation: "open", path: "/a", errno: EMFILE)) {
                _ = try disk.open("/a", .read)
            }
        }
    }

    @Test("From the crash on every call fails, and the image is that of the moment before")
    func crashAt() throws {
        let disk = SimFileSystem()
        disk.crashAt(call: 3)
        let file = try disk.open("/a", .createNew)
        try file.write([1], at: 0)
        let stopped = StoreError.io(
            operation: "write", path: "/a", errno: SimFileSystem.crashErrno)
        #expect(throws: stopped) { try file.write([2], at: 0) }
        #expect(throws: StoreError.self) { try file.sync() }
        #expect(disk.crash(.allKept, seed: 0).contents("/a") == [1])
        #expect(disk.crash(.allLost, seed: 0).contents("/a") == nil)
    }

    @Test("A full disk refuses, and resumes when there is room")
    func capacity() throws {
        let disk = SimFileSystem(capacityBytes: 100)
        let file = try disk.open("/a", .createNew)
        try file.allocate(to: 60)
        #expect(try disk.freeBytes("/") == 40)
        #expect(throws: StoreError.storageFull(path: "/a")) { try file.allocate(to: 101) }
        #expect(throws: StoreError.storageFull(path: "/a")) { try file.write([1], at: 100) }
        try file.write([1], at: 59)
        disk.setCapacity(101)
        try file.write([1], at: 100)
    }

    @Test("Locks hold within a machine and vanish at its crash")
    func locks() throws {
        let disk = SimFileSystem()
        let lock = try disk.lock("/LOCK", exclusive: true)
        try lock.describe("me")
        #expect(throws: StoreError.locked(path: "/LOCK", holder: "me")) {
            _ = try disk.lock("/LOCK", exclusive: false)
        }
        _ = try disk.crash(.allKept, seed: 0).lock("/LOCK", exclusive: true)
        withExtendedLifetime(lock) {}
    }
}
