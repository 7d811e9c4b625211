// A backup is a store that answers as the original did, made while commits go on; what a crash leaves
// of one is no store.

import Glibc
import SpanColumns
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting
import Testing

@Suite struct BackupTests {
    private static func makeDriver(_ disk: SimFileSystem) throws(StoreError) -> StoreDriver {
        var driver = try StoreDriver(fileSystem: disk, seed: 21)
        for step in 0..<12 {
            try driver.commit(countMax: 30)
            if step % 4 == 1 { try driver.store.compact(isEager: true) }
            if step % 4 == 3 { try driver.store.seal() }
        }
        try driver.store.seal()
        return driver
    }

    /// What a store in another directory answers, compared with the driver's reference.
    private static func answers(_ disk: SimFileSystem, _ directory: String) throws -> [[String]] {
        let store = try Store.open(
            directory: directory, fileSystem: disk, options: StoreDriver.smallOptions,
            randomness: Randomness(seed: 3))
        let tables = store.snapshots.latest.tables(workspace: "default")
        var answers: [[String]] = []
        for table in Tables.all {
            for view in View.allCases {
                answers.append(try TableReader.rows(try tables.source(table, view: view)))
            }
        }
        try store.close()
        return answers
    }

    private static func answers(_ reference: ReferenceStore) -> [[String]] {
        Tables.all.flatMap { table in View.allCases.map { reference.rows(table, $0) } }
    }

    @Test func aBackupIsTheStoreAsItWas() throws {
        let disk = SimFileSystem()
        var driver = try Self.makeDriver(disk)
        let then = Self.answers(driver.reference)
        let job = try driver.store.planBackup(to: "backup")
        // What comes after the plan is not part of it, though it kills rows that are.
        for _ in 0..<6 { try driver.commit(countMax: 40) }
        // A seal alone: beside a backup nothing merges runs.
        while let seal = try driver.store.planSeal() {
            try driver.store.install(seal, try seal.run())
        }
        let receipt = try job.run()
        #expect(receipt.rowCount == 5)
        #expect(try Self.answers(disk, "backup") == then)
        #expect(try driver.difference() == nil)
        // The two share files, and no fate.
        try driver.store.compact(isEager: true)
        try driver.eraseSpans(SpanColumn.project, "project-1")
        #expect(try Self.answers(disk, "backup") == then)
        #expect(try driver.difference() == nil)
    }

    @Test func aDirectoryInUseIsRefused() throws {
        let disk = SimFileSystem()
        let driver = try Self.makeDriver(disk)
        for directory in ["store", "store/inside"] {
            #expect(throws: StoreError.self) { try driver.store.planBackup(to: directory).run() }
        }
        _ = try driver.store.planBackup(to: "backup").run()
        #expect(throws: StoreError.self) { try driver.store.planBackup(to: "backup").run() }
    }

    /// Onto another file system files are copied.
    @Test func whereLinksCannotBeFilesAreCopied() throws {
        let disk = SimFileSystem()
        let driver = try Self.makeDriver(disk)
        let job = try driver.store.planBackup(to: "backup")
        disk.failLinks(errno: EXDEV)
        _ = try job.run()
        disk.failLinks(errno: nil)
        #expect(try Self.answers(disk, "backup") == Self.answers(driver.reference))
    }

    @Test func damageIsNoBackup() throws {
        let disk = SimFileSystem()
        let driver = try Self.makeDriver(disk)
        let path = try #require(disk.paths.last { $0.hasSuffix(".seg") })
        var bytes = try #require(disk.contents(path))
        bytes[80] ^= 1
        disk.replace(path, with: bytes)
        #expect(throws: StoreError.self) { try driver.store.planBackup(to: "backup").run() }
        #expect(throws: StoreError.self) { try Self.answers(disk, "backup") }
    }

    @Test(arguments: CrashPolicy.allCases)
    func aCrashLeavesAWholeBackupOrNone(policy: CrashPolicy) throws {
        let base = SimFileSystem()
        var driver = try Self.makeDriver(base)
        let whole = Self.answers(driver.reference)
        try driver.store.close()
        let probe = base.restart()
        try driver.open(on: probe)
        let first = probe.callCount
        _ = try driver.store.planBackup(to: "backup").run()
        let calls = probe.callCount - first
        #expect(calls > 30)
        for call in 1...calls {
            let disk = base.restart()
            try driver.open(on: disk)
            disk.crashAt(call: first + call)
            #expect(throws: StoreError.self) { try driver.store.planBackup(to: "backup").run() }
            let after = disk.crash(policy, seed: UInt64(call))
            try driver.open(on: after)
            #expect(try driver.difference() == nil)
            if let found = try? Self.answers(after, "backup") {
                let isNothing = found.allSatisfy(\.isEmpty)
                #expect(isNothing || found == whole, "call \(call), \(policy)")
            }
        }
    }
}
