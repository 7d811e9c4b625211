// Promises R1, R2, R3, R7, R8, R9 of the write-ahead log, at every call of the canonical script.

import Glibc
import SpanModel
import SpanPlatform
import SpanStorage
import SpanTesting
import Testing

struct WALCrashTests {
    /// Calls of the whole script.
    static let callCount: Int = {
        let disk = SimFileSystem()
        var script = WALScript()
        do { try script.run(disk) } catch { return 0 }
        return disk.callCount
    }()

    /// The disk and the script as a crash at `call` leaves them.
    private func stopped(at call: Int) -> (SimFileSystem, WALScript) {
        let disk = SimFileSystem()
        disk.crashAt(call: call)
        var script = WALScript()
        do {
            try script.run(disk)
            Issue.record("the script ended before call \(call)")
        } catch {}
        return (disk, script)
    }

    @Test("The script does everything it should")
    func script() throws {
        let disk = SimFileSystem()
        var script = WALScript()
        try script.run(disk)
        #expect(script.acknowledged == 48)
        #expect(Self.callCount > 300)
        #expect(
            disk.calls.contains { $0.hasPrefix("rename /store/wal/wal-") && $0.hasSuffix(".tmp") })
        #expect(script.check(disk.crash(.allLost, seed: 0), "end") == 48)
    }

    @Test("R1 R2 R3: every crash point, every kind of image", arguments: CrashPolicy.allCases)
    func everyCrash(policy: CrashPolicy) {
        for call in 1...Self.callCount {
            let (disk, script) = stopped(at: call)
            for seed in 0..<(policy == .reordered || policy == .torn ? 4 : 1) as Range<UInt64> {
                let image = disk.crash(policy, seed: seed &* 7919 &+ UInt64(call))
                script.check(image, "crash at call \(call), \(policy), seed \(seed)")
            }
        }
    }

    @Test(
        "A crash at every call of a recovery leaves the same batches",
        arguments: CrashPolicy.allCases)
    func crashInRecovery(policy: CrashPolicy) {
        for call in stride(from: 5, through: Self.callCount, by: 5) {
            let (disk, script) = stopped(at: call)
            let image = disk.crash(.torn, seed: UInt64(call))
            let found = script.check(image.restart(), "first recovery at \(call)")
            for second in 1..<60 {
                let half = image.restart()
                half.crashAt(call: second)
                guard
                    (try? WALScript.replay(half, from: script.lowWater, first: script.sealed))
                        == nil
                else { break }
                let again = half.crash(policy, seed: UInt64(second))
                let context = "crash at call \(call), then at \(second), \(policy)"
                #expect(script.check(again, context) == found)
            }
        }
    }

    @Test("A log goes on after any death of the process, and what it then acknowledges stays")
    func goesOn() throws {
        for call in 3...Self.callCount {
            let (disk, script) = stopped(at: call)
            let running = disk.restart()
            try running.createDirectory("/store")
            try running.syncDirectory("/")
            let found = try WALScript.replay(
                running, from: script.lowWater, first: script.sealed)
            var total = script.sealed + found.count
            for _ in 0..<4 {
                try WALScript.append(total, to: found.log)
                total += 1
            }
            try found.log.sync()
            let after = try WALScript.replay(
                running.crash(.allLost, seed: 0), from: script.lowWater, first: script.sealed)
            #expect(script.sealed + after.count == total, "stopped at \(call)")
        }
    }

    @Test("What recovery replayed is durable: a second power loss takes nothing away")
    func recoveredIsDurable() throws {
        for call in stride(from: 3, through: Self.callCount, by: 2) {
            let (disk, script) = stopped(at: call)
            // The process alone died: the page cache is still there.
            let running = disk.restart()
            let found = script.check(running, "restart at \(call)")
            let log = script.check(running.crash(.allLost, seed: 0), "power loss after \(call)")
            #expect(log == found)
        }
    }

    @Test(
        "R1 R8 R9: every call fails, once and for ever",
        arguments: [EIO, ENOSPC, EINTR, EMFILE], [false, true])
    func everyError(errno: Int32, forever: Bool) {
        for call in 1...Self.callCount {
            for short in [false, true] {
                let disk = SimFileSystem()
                disk.setFaults(
                    FaultPlan([.init(call: call, errno: errno, forever: forever, short: short)]))
                var script = WALScript()
                try? script.run(disk)
                let context = "errno \(errno) at call \(call), for ever \(forever)"
                script.check(disk.crash(.allLost, seed: 1), "\(context), power loss")
                script.check(disk.crash(.reordered, seed: UInt64(call)), "\(context), reordered")
                let running = disk.restart()
                let found = script.check(running, "\(context), restart")
                let after = script.check(running.crash(.allLost, seed: 2), "\(context), twice")
                #expect(after == found, "\(context): replayed and then lost")
                guard disk.calls[call - 1].hasPrefix("write") else { break }
            }
        }
    }

    @Test("R8: after a failed sync nothing is written any more")
    func failedSync() throws {
        let disk = SimFileSystem()
        var script = WALScript()
        try script.open(disk)
        try script.append()
        try script.sync()
        try script.append()
        disk.setFaults(FaultPlan([.init(call: disk.callCount + 2, errno: EIO)]))
        #expect(throws: StoreError.self) { try script.sync() }
        let calls = disk.callCount
        let log = try #require(script.log)
        #expect(log.failure != nil)
        expectReadOnly { try log.sync() }
        expectReadOnly { try log.close() }
        expectReadOnly { try log.reserve(1) }
        expectReadOnly { try log.release(below: 0) }
        expectReadOnly { try log.append(kind: 1, isLast: true, firstSequence: 0, payload: []) }
        #expect(disk.callCount == calls)
    }

    private func expectReadOnly(_ body: () throws -> Void) {
        let error = #expect(throws: StoreError.self) { try body() }
        guard case .readOnly = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("R9: a full disk refuses a reservation and harms nothing; it resumes with space")
    func fullDisk() throws {
        let disk = SimFileSystem(capacityBytes: UInt64(3 * WALScript.fileBytes))
        var script = WALScript()
        try script.open(disk)
        var refused: StoreError?
        while refused == nil {
            do {
                try script.append()
                try script.sync()
            } catch { refused = error }
        }
        guard case .storageFull = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
        #expect(script.acknowledged > 0)
        #expect(script.log?.failure == nil)
        script.check(disk.crash(.allLost, seed: 0), "full")
        disk.setCapacity(.max)
        try script.append()
        try script.sync()
        script.check(disk.crash(.allLost, seed: 0), "resumed")
    }

    @Test("The limit of all files is overloaded until a release")
    func overloaded() throws {
        let disk = SimFileSystem()
        var script = WALScript()
        try script.open(disk)
        var refused: StoreError?
        while refused == nil {
            do {
                try script.append()
                try script.sync()
            } catch { refused = error }
        }
        #expect(refused == .overloaded(limit: "walBytesMax", retryAfterSeconds: 1))
        try script.seal(keeping: 1)
        try script.append()
        try script.sync()
        script.check(disk.crash(.allLost, seed: 0), "resumed")
        #expect(try disk.list(WALScript.directory).count <= 8)
    }
}
