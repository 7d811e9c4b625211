// One simulated file: what a program sees, what the disk is sure to hold, and the changes between.

/// The bytes of a file without its names.
struct SimInode: Sendable {
    /// A change since the last sync, in order.
    enum Change: Sendable {
        case write(offset: Int, bytes: [UInt8])
        case resize(to: Int)
    }

    static let sectorBytes = 512

    /// What reads return: the page cache.
    private(set) var live: [UInt8]
    /// What survives a power loss for sure.
    private(set) var durable: [UInt8]
    private var pending: [Change] = []

    init(_ bytes: [UInt8] = []) {
        live = bytes
        durable = bytes
    }

    mutating func write(_ bytes: [UInt8], at offset: Int) {
        if offset + bytes.count > live.count { resize(to: offset + bytes.count) }
        pending.append(.write(offset: offset, bytes: bytes))
        Self.apply(.write(offset: offset, bytes: bytes), to: &live)
    }

    mutating func resize(to size: Int) {
        pending.append(.resize(to: size))
        Self.apply(.resize(to: size), to: &live)
    }

    /// A successful sync: everything seen is durable, but for what an earlier failed sync lost.
    mutating func sync() {
        for change in pending { Self.apply(change, to: &durable) }
        pending = []
    }

    /// A failed sync: the pages are clean now, so a later sync does not write them.
    mutating func losePending() { pending = [] }

    /// Replaces all bytes, on the disk too (damage made by a test).
    mutating func overwrite(_ bytes: [UInt8]) { self = SimInode(bytes) }

    /// One possible content after a power loss.
    func image(_ policy: CrashPolicy, using generator: inout SeededGenerator) -> [UInt8] {
        var image = durable
        for change in pending {
            switch policy {
            case .allLost: break
            case .allKept: Self.apply(change, to: &image)
            case .torn: Self.apply(Self.torn(change, using: &generator), to: &image)
            case .reordered:
                for part in Self.subset(change, using: &generator) { Self.apply(part, to: &image) }
            }
        }
        return image
    }

    /// Writes beyond the end are lost there: the size is its own change.
    private static func apply(_ change: Change?, to image: inout [UInt8]) {
        switch change {
        case nil: break
        case .resize(let size):
            if size < image.count {
                image.removeSubrange(size...)
            } else {
                image.append(contentsOf: repeatElement(0, count: size - image.count))
            }
        case .write(let offset, let bytes):
            let kept = min(bytes.count, max(0, image.count - offset))
            if kept > 0 {
                image.replaceSubrange(offset..<offset + kept, with: bytes[0..<kept])
            }
        }
    }

    private static func torn(
        _ change: Change, using generator: inout SeededGenerator
    ) -> Change? {
        guard case .write(let offset, let bytes) = change else {
            return generator.oneIn(2) ? change : nil
        }
        let sectors = Self.sectors(offset, bytes.count)
        let kept = generator.int(below: sectors.count + 1)
        guard kept > 0 else { return nil }
        return .write(offset: offset, bytes: Array(bytes[0..<sectors[kept - 1].upperBound]))
    }

    /// Overlapping writes keep their order, as in a page cache; among others it does not matter.
    private static func subset(
        _ change: Change, using generator: inout SeededGenerator
    ) -> [Change] {
        guard case .write(let offset, let bytes) = change, !generator.oneIn(3) else {
            return generator.oneIn(2) ? [change] : []
        }
        return Self.sectors(offset, bytes.count).filter { _ in generator.oneIn(2) }.map {
            .write(offset: offset + $0.lowerBound, bytes: Array(bytes[$0]))
        }
    }

    /// The parts of a write that lie in one sector each, as ranges of its bytes.
    private static func sectors(_ offset: Int, _ count: Int) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        while start < count {
            let room = sectorBytes - (offset + start) % sectorBytes
            parts.append(start..<min(count, start + room))
            start += room
        }
        return parts
    }
}
