// A segment of the manifest: its entry, its kill list, and its mapping, which is made at first use.
// The last reference to a dead segment removes its file, so a query never loses one under it.

import Glibc
import SpanFormat
import SpanModel
import SpanPlatform
import Synchronization

/// A segment that a snapshot can read.
final class SegmentHandle: Sendable {
    let entry: SegmentEntry
    let schema: TableSchema
    let kills = KillList()
    let path: String
    private let identitySeed: UInt64
    private let fileSystem: any FileSystem
    private let health: Quarantine
    private let state = Mutex(State())

    private struct State {
        var mapped: MappedSegment?
        var isDead = false
        var isWithdrawn = false
    }

    init(
        entry: SegmentEntry, schema: TableSchema, path: String, identitySeed: UInt64,
        fileSystem: any FileSystem, signal: DamageSignal
    ) {
        self.entry = entry
        self.schema = schema
        self.path = path
        self.identitySeed = identitySeed
        self.fileSystem = fileSystem
        health = Quarantine(entry.quarantine, signal: signal)
    }

    deinit {
        // Left behind, the file is no longer listed and goes at the next start.
        if state.withLock({ $0.isDead }) { try? fileSystem.unlink(path) }
    }

    var file: UInt64 { entry.file }

    /// Why the segment may not be read; empty: it may.
    var quarantine: String { health.reason }

    /// Why the segment is known to be damaged; empty: it is not.
    var damage: String { health.damage }

    /// The opened segment. Throws `corruption` when it is quarantined or does not check.
    func mapped() throws(StoreError) -> MappedSegment {
        let result: Result<MappedSegment, StoreError> = state.withLock { state in
            guard quarantine.isEmpty else {
                return .failure(
                    .corruption(
                        file: path, offset: 0, region: "quarantined segment",
                        reason: quarantine))
            }
            if let mapped = state.mapped { return .success(mapped) }
            let opened = Result { () throws(StoreError) in try open(health) }
            if case .success(let mapped) = opened { state.mapped = mapped }
            return opened
        }
        if case .failure(let error) = result { quarantine(ifNamedBy: error) }
        return try result.get()
    }

    /// What is damaged in the file as it is now, in quarantine or not; empty: it is whole.
    func verify() -> [StoreError] {
        if state.withLock({ $0.isWithdrawn }) { return [] }
        do {
            return try open(Quarantine("")).damages()
        } catch {
            return [error]
        }
    }

    /// The entry as the next manifest lists it.
    var listing: SegmentEntry {
        var listing = entry
        listing.quarantine = damage
        return listing
    }

    /// Lets the segment be read again, once its file is whole and its identities are settled.
    func leaveQuarantine() { health.clear() }

    private func open(_ health: Quarantine) throws(StoreError) -> MappedSegment {
        let region: MappedRegion
        do {
            region = try fileSystem.mapReadOnly(path)
        } catch .io(_, _, ENOENT) {
            throw .corruption(
                file: path, offset: 0, region: "segment", reason: "the file is missing")
        } catch {
            throw error
        }
        let mapped = try MappedSegment(
            region: region, file: entry.file, name: path, schema: schema, kills: kills,
            health: health, identitySeed: identitySeed)
        guard mapped.footer.liveRows == Int(entry.liveRows),
            mapped.footer.rowCount == Int(entry.liveRows) + Int(entry.historyRows)
        else {
            throw .corruption(
                file: path, offset: 0, region: "segment footer",
                reason: "other rows than the manifest lists")
        }
        return mapped
    }

    /// Puts the segment in quarantine when it is the damaged file that an error names.
    func quarantine(ifNamedBy error: StoreError) {
        if case .corruption(path, _, _, _) = error { health.set(error) }
    }

    /// What `body` reads; nothing, and the segment is quarantined, when it is damaged.
    func readOrQuarantine<T>(_ body: (MappedSegment) throws(StoreError) -> [T]) -> [T] {
        do {
            return try body(try mapped())
        } catch {
            health.set(error)
            return []
        }
    }

    /// Takes note that the file of a segment that is mapped is removed now; readers go on with the
    /// mapping. Returns the path.
    func withdraw() -> String {
        state.withLock { state in
            precondition(state.mapped != nil, "\(path) was never mapped")
            state.isWithdrawn = true
            return path
        }
    }

    /// Removes the file when the last reader is done.
    func retire() { state.withLock { $0.isDead = true } }
}
