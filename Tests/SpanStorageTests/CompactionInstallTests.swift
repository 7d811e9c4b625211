// Kills that arrive between the plan of a compaction and its install are applied to its outputs:
// the store still answers as the reference does, also after a restart.

import SpanModel
import SpanStorage
import SpanTesting
import Synchronization
import Testing

@Suite struct CompactionInstallTests {
    @Test(arguments: 0..<40)
    func writesDuringACompactionAreNotLost(seed: Int) throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: UInt64(seed))
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<4 {
            for _ in 0..<3 {
                try driver.commit(countMax: 20)
                try driver.store.seal()
            }
            while let job = driver.store.planCompaction(isEager: true) {
                if random.oneIn(2) { try driver.commit(countMax: 30) }
                let result = try job.run()
                for _ in 0..<random.int(below: 4) { try driver.commit(countMax: 30) }
                if random.oneIn(3) { try driver.store.seal() }
                try driver.store.install(job, result)
                let difference = try driver.difference()
                #expect(difference == nil, "seed \(seed)")
                if difference != nil { return }
                if random.oneIn(4) { break }
            }
            try driver.reopen()
            #expect(try driver.difference() == nil, "seed \(seed), reopened")
        }
    }

    @Test(arguments: [WriteKind.complete, .patch, .tombstone])
    func oneWriteBetweenPlanAndInstall(kind: WriteKind) throws {
        for isSealed in [false, true] {
            var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: 1)
            try driver.commit([StoreFixture.span(1), StoreFixture.span(2, text: "x")])
            try driver.store.seal()
            let job = try #require(driver.store.planCompaction(isEager: true))
            let result = try job.run()
            try driver.commit([StoreFixture.span(1, kind: kind, text: "late")])
            if isSealed { try driver.store.seal() }
            try driver.store.install(job, result)
            #expect(try driver.difference() == nil)
            try driver.reopen()
            #expect(try driver.difference() == nil)
            try driver.store.compact(isEager: true)
            #expect(try driver.difference() == nil)
        }
    }

    /// What is merged with a day's segment is written once, and segments of other days stay.
    @Test func sealedRowsAreMergedWithTheirDaysAtOnce() throws {
        let disk = SimFileSystem()
        var driver = try StoreDriver(fileSystem: disk, seed: 1)
        func segments() throws -> Set<String> {
            Set(try disk.list(StoreFixture.workspace).filter { $0.hasPrefix("seg") })
        }
        try driver.commit([StoreFixture.span(1), StoreFixture.span(2, day: 3)])
        try driver.store.compact(isEager: true)
        let before = try segments()
        #expect(before.count == 2)
        try driver.commit([StoreFixture.span(3), StoreFixture.span(4)])
        try driver.store.seal()
        var rewrites = 0
        while let job = driver.store.planCompaction(isEager: true) {
            try driver.store.install(job, try job.run())
            rewrites += 1
        }
        #expect(rewrites == 1)
        let after = try segments()
        #expect(after.count == 2)
        #expect(after.intersection(before).count == 1)
        #expect(try driver.difference() == nil)
        try driver.reopen()
        #expect(try driver.difference() == nil)
    }

    /// Outputs that several cores write at the same time are the same, and when one fails all of them go.
    @Test func outputsOfSeveralCores() throws {
        let disk = SimFileSystem()
        var driver = try StoreDriver(fileSystem: disk, seed: 1)
        for _ in 0..<3 {
            try driver.commit((0..<24).map { StoreFixture.span($0, day: $0 % 12) })
            try driver.store.seal()
        }
        let before = try disk.list(StoreFixture.workspace)
        let refusal = StoreError.readOnly(reason: "given up")
        for passed in 0..<40 {
            let left = Mutex(passed)
            let planned = driver.store.planCompaction(
                isEager: true,
                checkpoint: { () throws(StoreError) in
                    let isOver = left.withLock { left in
                        left -= 1
                        return left < 0
                    }
                    if isOver { throw refusal }
                }, workers: { 4 })
            let job = try #require(planned)
            #expect(throws: refusal) { try job.run() }
            #expect(try disk.list(StoreFixture.workspace) == before)
        }
        let planned = driver.store.planCompaction(isEager: true, workers: { 4 })
        let job = try #require(planned)
        let result = try job.run()
        try driver.commit([StoreFixture.span(5, day: 5, text: "late")])
        try driver.store.install(job, result)
        #expect(try driver.difference() == nil)
        try driver.reopen()
        #expect(try driver.difference() == nil)
    }

    /// Whatever of a merge was written when it is given up goes, and the merge can be done later.
    @Test func aMergeThatIsGivenUpChangesNothing() throws {
        let disk = SimFileSystem()
        var driver = try StoreDriver(fileSystem: disk, seed: 1)
        for _ in 0..<2 {
            try driver.commit([StoreFixture.span(1), StoreFixture.span(2, day: 3, text: "x")])
            try driver.store.seal()
        }
        let refusal = StoreError.readOnly(reason: "given up")
        let before = try disk.list(StoreFixture.workspace)
        var passed = 0
        while true {
            let left = Mutex(passed)
            let planned = driver.store.planCompaction(isEager: true) { () throws(StoreError) in
                let isOver = left.withLock { left in
                    left -= 1
                    return left < 0
                }
                if isOver { throw refusal }
            }
            let job = try #require(planned)
            do {
                let result = try job.run()
                try driver.store.install(job, result)
                break
            } catch {
                #expect(error == refusal)
                passed += 1
            }
            #expect(try disk.list(StoreFixture.workspace) == before)
        }
        #expect(passed > 10)
        #expect(try driver.difference() == nil)
    }
}
