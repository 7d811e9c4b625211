// Kills that arrive between the plan of a compaction and its install are applied to its outputs:
// the store still answers as the reference does, also after a restart.

import SpanModel
import SpanStorage
import SpanTesting
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
}
