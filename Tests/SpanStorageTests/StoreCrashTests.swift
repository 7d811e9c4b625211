// Promises R1, R2, R3, R7, R8 and R14 of the whole store: a crash at every call of a script, and
// every call failing, never loses an acknowledged batch, tears one or shows one twice.

import Glibc
import SpanModel
import SpanStorage
import SpanTesting
import Testing

@Suite struct StoreCrashTests {
    /// Commits, seals, compactions and a restart; each is tried even when one before it failed,
    /// unless `stopsAtError`.
    private static func run(
        _ driver: inout StoreDriver, stopsAtError: Bool
    ) throws(StoreError) {
        for step in 0..<22 {
            do {
                switch step {
                case 5, 16: try driver.store.seal()
                case 9: try sealBesideCommits(&driver)
                case 12: try driver.store.compact()
                case 19: try driver.store.compact(isEager: true, recompresses: true)
                default: try driver.commit(countMax: 5)
                }
            } catch {
                if stopsAtError { throw error }
            }
        }
    }

    /// A seal with commits before and after its files are written.
    private static func sealBesideCommits(_ driver: inout StoreDriver) throws(StoreError) {
        guard let job = try driver.store.planSeal() else { return }
        try driver.commit(countMax: 5)
        let written = try job.run()
        try driver.commit(countMax: 5)
        try driver.store.install(job, written)
    }

    private static func makeDriver(_ disk: SimFileSystem) throws(StoreError) -> StoreDriver {
        try StoreDriver(fileSystem: disk, seed: 42)
    }

    /// File-system calls of the script, those of opening included.
    private static let calls: [String] = {
        let disk = SimFileSystem()
        guard var driver = try? makeDriver(disk), (try? run(&driver, stopsAtError: true)) != nil
        else { return [] }
        return disk.calls
    }()

    private static var callCount: Int { calls.count }

    /// Whether a call can fail so: only some take space or a descriptor.
    private static func canFail(_ call: String, with errno: Int32) -> Bool {
        let fits: Set<Substring> =
            switch errno {
            case ENOSPC:
                [
                    "open", "write", "allocate", "truncate", "sync", "rename", "link",
                    "createDirectory", "syncDirectory",
                ]
            case EMFILE: ["open", "list", "mapReadOnly", "lock", "syncDirectory"]
            default: []
            }
        return fits.isEmpty || fits.contains(call.prefix { $0 != " " })
    }

    private static let openCallCount: Int = {
        let disk = SimFileSystem()
        return (try? makeDriver(disk)) == nil ? 0 : disk.callCount
    }()

    @Test func theScriptReachesEverything() throws {
        #expect(Self.callCount > 250)
        let disk = SimFileSystem()
        var driver = try Self.makeDriver(disk)
        try Self.run(&driver, stopsAtError: true)
        #expect(try driver.difference() == nil)
        #expect(disk.calls.contains { $0.contains("segment-") })
        #expect(disk.calls.contains { $0.contains("kills-") })
        #expect(disk.calls.contains { $0.contains("identity-") })
        #expect(disk.calls.contains { $0.hasPrefix("unlink") && $0.contains("segment-") })
    }

    @Test(arguments: CrashPolicy.allCases)
    func everyCrashPointKeepsWhatWasAcknowledged(policy: CrashPolicy) throws {
        for call in (Self.openCallCount + 1)...Self.callCount {
            let disk = SimFileSystem()
            var driver = try Self.makeDriver(disk)
            disk.crashAt(call: call)
            #expect(throws: StoreError.self) { try Self.run(&driver, stopsAtError: true) }
            try driver.open(on: disk.crash(policy, seed: UInt64(call)))
            let difference = try driver.differenceAfterCrash()
            #expect(difference == nil, "crash at call \(call), \(policy)")
            try driver.commit(countMax: 4)
            try driver.store.compact(isEager: true)
            #expect(try driver.difference() == nil, "after crash at call \(call), \(policy)")
        }
    }

    /// The disk dies again while the store opens, at every call of that, and then a third start
    /// finds what the first crash left.
    @Test(arguments: CrashPolicy.allCases)
    func aCrashDuringRecoveryChangesNothing(policy: CrashPolicy) throws {
        var recoveries = 0
        for call in stride(from: Self.openCallCount + 1, through: Self.callCount, by: 19) {
            let disk = SimFileSystem()
            var driver = try Self.makeDriver(disk)
            disk.crashAt(call: call)
            #expect(throws: StoreError.self) { try Self.run(&driver, stopsAtError: true) }
            let image = disk.crash(.torn, seed: UInt64(call))
            for second in 1..<400 {
                let half = image.restart()
                half.crashAt(call: second)
                var again = driver
                if (try? again.open(on: half)) != nil { break }
                try again.open(on: half.crash(policy, seed: UInt64(second)))
                let difference = try again.differenceAfterCrash()
                #expect(difference == nil, "crash at call \(call), then \(second), \(policy)")
                recoveries += 1
            }
        }
        #expect(recoveries > 300)
    }

    @Test(arguments: [EIO, ENOSPC, EMFILE], [false, true])
    func everyFailingCallLosesNothing(errno: Int32, forever: Bool) throws {
        var failures = 0
        for call in (Self.openCallCount + 1)...Self.callCount
        where Self.canFail(Self.calls[call - 1], with: errno) {
            failures += 1
            let disk = SimFileSystem()
            var driver = try Self.makeDriver(disk)
            disk.setFaults(
                FaultPlan([FaultPlan.Failure(call: call, errno: errno, forever: forever)]))
            try Self.run(&driver, stopsAtError: false)
            disk.setFaults(FaultPlan())
            let restarted = disk.restart()
            try driver.open(on: restarted)
            let difference = try driver.differenceAfterCrash()
            #expect(
                difference == nil,
                "errno \(errno) at call \(call), \(disk.calls[call - 1]), forever \(forever)")
        }
        #expect(failures > 50)
    }
}
