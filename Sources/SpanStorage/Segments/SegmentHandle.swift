// A segment of the manifest: its entry, its kill list, and its mapping, which is made at first use.
// The last reference to a dead segment removes its file, so a query never loses one under it.

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
    }

    init(
        entry: SegmentEntry, schema: TableSchema, path: String, identitySeed: UInt64,
        fileSystem: any FileSystem
    ) {
        self.entry = entry
        self.schema = schema
        self.path = path
        self.identitySeed = identitySeed
        self.fileSystem = fileSystem
        health = Quarantine(entry.quarantine)
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
            return Result { () throws(StoreError) in
                let mapped = try MappedSegment(
                    region: fileSystem.mapReadOnly(path), file: entry.file, name: path,
                    schema: schema, kills: kills, health: health, identitySeed: identitySeed)
                guard mapped.footer.liveRows == Int(entry.liveRows),
                    mapped.footer.rowCount == Int(entry.liveRows) + Int(entry.historyRows)
                else {
                    throw .corruption(
                        file: path, offset: 0, region: "segment footer",
                        reason: "other rows than the manifest lists")
                }
                state.mapped = mapped
                return mapped
            }
        }
        return try result.get()
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

    /// Removes the file when the last reader is done.
    func retire() { state.withLock { $0.isDead = true } }
}
