// Writes that come while a seal is under way: they meet the frozen rows, and what they kill of them
// is applied to the sealed segment. The store answers as the reference does at every moment, after
// a restart in the middle, and after a seal that failed and was tried again.

import Glibc
import SpanColumns
import SpanFormat
import SpanModel
import SpanStorage
import SpanTesting
import Testing

@Suite struct SealInstallTests {
    @Test(arguments: 0..<40)
    func writesDuringASealAreNotLost(seed: Int) throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: UInt64(seed))
        var random = SeededGenerator(seed: UInt64(seed))
        for round in 0..<6 {
            for _ in 0..<3 { try driver.commit(countMax: 20) }
            let job = try #require(try driver.store.planSeal())
            #expect(try driver.difference() == nil, "seed \(seed), round \(round), frozen")
            for _ in 0..<random.int(below: 4) { try driver.commit(countMax: 30) }
            let written = try job.run()
            for _ in 0..<random.int(below: 4) { try driver.commit(countMax: 30) }
            if random.oneIn(3), let merge = driver.store.planCompaction(isEager: true) {
                let result = try merge.run()
                try driver.commit(countMax: 10)
                try driver.store.install(merge, result)
            }
            #expect(try driver.difference() == nil, "seed \(seed), round \(round), written")
            if random.oneIn(4) {
                try driver.reopen()
            } else {
                try driver.store.install(job, written)
            }
            #expect(try driver.difference() == nil, "seed \(seed), round \(round), installed")
            if random.oneIn(2) { try driver.reopen() }
            #expect(try driver.difference() == nil, "seed \(seed), round \(round), reopened")
        }
    }

    @Test(arguments: [WriteKind.complete, .patch, .tombstone], [WriteKind.complete, .patch])
    func oneWriteToAFrozenIdentity(late: WriteKind, frozen: WriteKind) throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: 1)
        try driver.commit([StoreFixture.span(1, text: "first"), StoreFixture.span(2)])
        if frozen == .patch { try driver.commit([StoreFixture.span(1, kind: .patch, text: "p")]) }
        let job = try #require(try driver.store.planSeal())
        try driver.commit([StoreFixture.span(1, kind: late, text: "late")])
        #expect(try driver.difference() == nil)
        try driver.store.install(job, try job.run())
        #expect(try driver.difference() == nil)
        try driver.commit([StoreFixture.span(1, kind: .patch, text: "later")])
        #expect(try driver.difference() == nil)
        try driver.reopen()
        #expect(try driver.difference() == nil)
        try driver.store.compact(isEager: true)
        #expect(try driver.difference() == nil)
    }

    @Test func aFailedSealIsTriedAgainWithTheSameRows() throws {
        let disk = SimFileSystem()
        var driver = try StoreDriver(fileSystem: disk, seed: 5)
        try driver.commit(countMax: 20)
        let frozen = driver.store.lastSequence
        let job = try #require(try driver.store.planSeal())
        disk.setFaults(
            FaultPlan([
                FaultPlan.Failure(call: disk.callCount + 6, errno: ENOSPC, forever: true)
            ]))
        #expect(throws: StoreError.self) { try job.run() }
        disk.setFaults(FaultPlan())
        try driver.commit(countMax: 20)
        let again = try #require(try driver.store.planSeal())
        try driver.store.install(again, try again.run())
        #expect(driver.store.sealedSequence == frozen)
        #expect(try driver.difference() == nil)
        try driver.reopen()
        #expect(try driver.difference() == nil)
    }

    @Test func aRetryOfAFrozenRequestIsStoredOnce() throws {
        var driver = try StoreDriver(fileSystem: SimFileSystem(), seed: 6)
        try StoreFixture.commitKeyed(&driver, [StoreFixture.metric(1)], key: 7)
        let job = try #require(try driver.store.planSeal())
        try StoreFixture.commitKeyed(&driver, [StoreFixture.metric(1)], key: 7)
        #expect(try driver.difference() == nil)
        try StoreFixture.commitKeyed(&driver, [StoreFixture.metric(2)], key: 8)
        try driver.store.install(job, try job.run())
        for _ in 0..<2 {
            try StoreFixture.commitKeyed(&driver, [StoreFixture.metric(1)], key: 7)
            try StoreFixture.commitKeyed(&driver, [StoreFixture.metric(2)], key: 8)
            #expect(try driver.difference() == nil)
            try driver.reopen()
        }
    }
}
