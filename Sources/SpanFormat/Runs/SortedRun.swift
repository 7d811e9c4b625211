// A sorted run: immutable pairs of 64-bit words behind a filter, read in place from a mapping
// (schemas/run.md). The identity index keeps (hash of the leading identity column, hash of the
// rest ‖ segment) in such runs, the idempotency window (hash of the key, hash of the content).
// Cost: a miss is one cache line of the filter; a hit an interpolation search, about three lines.
// Each 64 KiB of a run is checked once before its first use.

import SpanModel
import SpanPlatform
import Synchronization

/// A pair of a run; pairs sort by `first`, then `second`.
package struct RunPair: Sendable, Equatable, Comparable {
    package let first: UInt64
    package let second: UInt64

    package init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }

    package static func < (left: RunPair, right: RunPair) -> Bool {
        left.first != right.first ? left.first < right.first : left.second < right.second
    }
}

extension [RunPair] {
    /// Sorted pairs, each once.
    package var withoutRepeats: [RunPair] {
        var kept: [RunPair] = []
        kept.reserveCapacity(count)
        for pair in self where kept.last != pair { kept.append(pair) }
        return kept
    }
}

/// A mapped run.
package final class SortedRun: Sendable {
    /// Pairs in the run.
    package let count: Int
    private let region: MappedRegion
    private let layout: RunLayout
    private let file: UInt64
    private let name: String
    private let isChecked: Mutex<[Bool]>
    private let isFilterChecked = Mutex(false)

    /// Opens a mapping of file number `file`. Throws `corruption` or `unsupportedVersion`.
    package init(_ region: MappedRegion, file: UInt64, name: String) throws(StoreError) {
        // Header and checksum table: at most a byte in 16,384 of the file.
        try region.ensureReadable(0..<min(region.bytes.count, 128 + region.bytes.count >> 13))
        layout = try RunLayout.decode(region.bytes, file: file, name: name)
        count = layout.entryCount
        isChecked = Mutex(Array(repeating: false, count: layout.pageCount))
        self.region = region
        self.file = file
        self.name = name
    }

    /// False when no pair agrees with this one in `first` and the filtered bits of `second`.
    package func mayContain(_ pair: RunPair) throws(StoreError) -> Bool {
        let probe = RunFilter.Probe(pair, secondMask: layout.secondMask, bytes: layout.filterBytes)
        let offset = layout.dataOffset + probe.blockOffset
        try check(offset, count: RunFilter.blockBytes)
        guard let base = region.bytes.baseAddress else { return false }
        return probe.matches(base + offset)
    }

    /// Sets the marks of all `pairs` that `mayContain` is true for. Cost: far less than a wait for
    /// memory a pair, because the blocks of many are asked for before the first is looked at.
    package func mark(_ pairs: [RunPair], in marks: inout [Bool]) throws(StoreError) {
        precondition(pairs.count == marks.count)
        try checkFilter()
        guard let base = region.bytes.baseAddress else { return }
        let filter = base + layout.dataOffset
        for start in stride(from: 0, to: pairs.count, by: Self.probesAhead) {
            let range = start..<min(start + Self.probesAhead, pairs.count)
            let probes = pairs[range].map {
                RunFilter.Probe($0, secondMask: layout.secondMask, bytes: layout.filterBytes)
            }
            for probe in probes { Prefetch.line(filter + probe.blockOffset) }
            for (number, probe) in zip(range, probes)
            where probe.matches(filter + probe.blockOffset) {
                marks[number] = true
            }
        }
    }

    /// Blocks of the filter that are asked for at once.
    private static let probesAhead = 64

    /// All pairs, checked, 16 bytes each in order; valid as long as the run.
    package func entries() throws(StoreError) -> UnsafeRawBufferPointer {
        let start = layout.entriesOffset
        let bytes = UnsafeRawBufferPointer(
            rebasing: region.bytes[start..<start + count * RunLayout.entryBytes])
        if count > 0 { try check(start, count: bytes.count) }
        return bytes
    }

    private func checkFilter() throws(StoreError) {
        if isFilterChecked.withLock({ $0 }) { return }
        try check(layout.dataOffset, count: layout.filterBytes)
        isFilterChecked.withLock { $0 = true }
    }

    /// The positions of all pairs with this `first`.
    package func range(first: UInt64) throws(StoreError) -> Range<Int> {
        let start = try lowerBound(first)
        var end = start
        while end < count, try pair(end).first == first { end += 1 }
        return start..<end
    }

    /// The pair at a position.
    package func pair(_ position: Int) throws(StoreError) -> RunPair {
        let offset = layout.entriesOffset + position * RunLayout.entryBytes
        try check(offset, count: RunLayout.entryBytes)
        return RunPair(
            UInt64(
                littleEndian: region.bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
            UInt64(
                littleEndian: region.bytes.loadUnaligned(
                    fromByteOffset: offset + 8, as: UInt64.self)
            ))
    }

    /// Checks every page as it is now and the order of all pairs. Throws `corruption`.
    package func verify() throws(StoreError) {
        try region.ensureReadable(region.bytes.indices)
        for page in 0..<layout.pageCount {
            try layout.verify(page: page, of: region.bytes, file: file, name: name)
        }
        var last: RunPair?
        for position in 0..<count {
            let pair = try pair(position)
            if let last, pair < last {
                throw .corruption(
                    file: name, offset: UInt64(position), region: "run",
                    reason: "pairs are not in order")
            }
            last = pair
        }
    }

    /// Hashes are uniform, so a guess by value lands within a few entries.
    private func lowerBound(_ first: UInt64) throws(StoreError) -> Int {
        var low = 0
        var high = count
        var steps = 0
        while low < high {
            let middle: Int
            if steps < 8, high - low > 16 {
                let least = try pair(low).first
                let greatest = try pair(high - 1).first
                if first <= least { return low }
                if first > greatest { return high }
                let share = Double(first - least) / Double(greatest - least)
                middle = min(high - 1, low + Int(share * Double(high - low - 1)))
            } else {
                middle = (low + high) / 2
            }
            steps += 1
            if try pair(middle).first < first { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func check(_ offset: Int, count: Int) throws(StoreError) {
        let firstPage = (offset - layout.dataOffset) / RunLayout.pageBytes
        let lastPage = (offset + count - 1 - layout.dataOffset) / RunLayout.pageBytes
        for page in firstPage...lastPage {
            if isChecked.withLock({ $0[page] }) { continue }
            let start = layout.dataOffset + page * RunLayout.pageBytes
            try region.ensureReadable(start..<start + RunLayout.pageBytes)
            try layout.verify(page: page, of: region.bytes, file: file, name: name)
            isChecked.withLock { $0[page] = true }
        }
    }
}
