// Promise R9 of the whole store: a full disk refuses commits and nothing else. What was acknowledged
// stays, a seal uses the space kept aside, a restart works, and commits go on when space is back.

import SpanModel
import SpanStorage
import SpanTesting
import Testing

@Suite struct FullDiskTests {
    private static let reserve = "store/HEADROOM"

    private static func isFull(_ error: (any Error)?) -> Bool {
        if case .storageFull = error as? StoreError { true } else { false }
    }

    /// A store whose seals fit into the reserve, as the real sizes see to.
    private static func makeDriver(_ disk: SimFileSystem, seed: Int) throws -> StoreDriver {
        var options = StoreDriver.smallOptions
        options.walFileBytes = 16 << 10
        options.memtableRowsMax = 40
        options.headroomBytes = 256 << 10
        return try StoreDriver(fileSystem: disk, seed: UInt64(seed), options: options)
    }

    /// Commits, and seals when that is due, until the disk refuses a commit.
    private static func fill(_ driver: inout StoreDriver) throws {
        for _ in 0..<10_000 {
            do {
                try driver.commit(countMax: 8)
                if driver.store.isSealDue { try driver.store.seal() }
            } catch {
                try #require(isFull(error), "\(error)")
                return
            }
        }
        Issue.record("the disk is not full")
    }

    @Test(arguments: 0..<20)
    func fillRefuseFreeResume(seed: Int) throws {
        let capacity: UInt64 = 800 << 10
        let disk = SimFileSystem(capacityBytes: capacity)
        var driver = try Self.makeDriver(disk, seed: seed)
        var capacityNow = capacity
        for round in 0..<5 {
            try Self.fill(&driver)
            #expect(try driver.difference() == nil, "round \(round), full")
            // The seal fits into the reserve; commits are then refused until it is whole again.
            try driver.store.seal()
            #expect(try driver.difference() == nil, "round \(round), sealed")
            let image = disk.crash(.allLost, seed: 1)
            var crashed = driver
            try crashed.open(on: image)
            #expect(try crashed.difference() == nil, "round \(round), power loss on a full disk")
            capacityNow += 400 << 10
            disk.setCapacity(capacityNow)
            try driver.commit(countMax: 5)
            #expect(disk.contents(Self.reserve)?.count == 256 << 10)
            #expect(try driver.difference() == nil, "round \(round), resumed")
            if seed % 2 == 1 { try driver.reopen() }
        }
    }

    @Test func aDiskWithoutOneFreeByteIsReadSealedAndOpened() throws {
        let disk = SimFileSystem()
        var driver = try Self.makeDriver(disk, seed: 4)
        for _ in 0..<8 { try driver.commit(countMax: 20) }
        disk.setCapacity(disk.usedBytes)
        try Self.fill(&driver)
        #expect(try driver.difference() == nil)
        try driver.reopen()
        #expect(try driver.difference() == nil)
        try driver.store.seal()
        #expect(driver.store.memtableRows == 0)
        #expect(try driver.difference() == nil)
        try driver.reopen()
        #expect(try driver.difference() == nil)
    }

    @Test func aRefusalCostsNoWriteAndNoSync() throws {
        let disk = SimFileSystem()
        var driver = try Self.makeDriver(disk, seed: 5)
        try driver.commit(countMax: 20)
        // A start gives the reserve up, and it does not fit again.
        disk.setCapacity(disk.usedBytes - 1)
        try driver.reopen()
        let calls = disk.callCount
        for _ in 0..<3 {
            let error = #expect(throws: StoreError.self) { try driver.commit(countMax: 5) }
            #expect(Self.isFull(error))
        }
        let made = disk.calls[calls...]
        #expect(made.allSatisfy { $0.hasPrefix("size") || $0.hasPrefix("freeBytes") })
    }

    @Test func aCompactionDoesNotFillTheDisk() throws {
        let disk = SimFileSystem()
        var driver = try Self.makeDriver(disk, seed: 6)
        for _ in 0..<3 {
            try driver.commit(countMax: 20)
            try driver.store.seal()
        }
        disk.setCapacity(disk.usedBytes + 100)
        let refusal = #expect(throws: StoreError.self) { try driver.store.compact(isEager: true) }
        #expect(Self.isFull(refusal))
        #expect(try driver.difference() == nil)
        disk.setCapacity(.max)
        try driver.store.compact(isEager: true)
        #expect(try driver.difference() == nil)
    }
}
