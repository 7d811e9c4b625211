// A zstd dictionary of one column of a segment: what its texts have in common. Blocks that were
// compressed with it decompress with it alone.
// Cost: opening one reads its entropy tables, to check them (20 µs); the bytes stay where they are.

import CZstd
import SpanModel
import Synchronization

/// A dictionary to decompress with; for any thread.
package final class TextDictionary: Sendable, Equatable {
    /// The dictionary itself. Valid as long as this object lives.
    package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    /// Keeps `bytes` alive.
    private let owner: any AnyObject & Sendable
    /// No other dictionary of this process has it, nor had it: windows outlive dictionaries.
    let number = TextDictionary.numbers.add(1, ordering: .relaxed).newValue
    private static let numbers = Atomic<UInt64>(0)

    /// Opens the dictionary in bytes that `owner` keeps. Throws `corruption` when it is none.
    package init(
        _ bytes: UnsafeRawBufferPointer, owner: any AnyObject & Sendable
    ) throws(StoreError) {
        let opened = ZSTD_createDDict_byReference(bytes.baseAddress, bytes.count)
        defer { ZSTD_freeDDict(opened) }
        if opened == nil {
            throw .corruption(
                file: "text dictionary", offset: 0, region: "text dictionary",
                reason: "\(bytes.count) bytes are no zstd dictionary")
        }
        self.bytes = bytes
        self.owner = owner
    }

    /// Decompresses a block that was compressed with the dictionary to `raw`, which it must fill; false
    /// when it does not.
    func decompress(
        _ block: UnsafeRawBufferPointer, into raw: UnsafeMutableRawBufferPointer
    ) -> Bool {
        if raw.count <= DictionaryWindow.blockBytesMax, let window = DictionaryWindow.claim(self) {
            defer { DictionaryWindow.giveBack(window) }
            return window.decompress(block, into: raw)
        }
        let count = ZSTD_decompress_usingDict(
            threadContexts.decompress, raw.baseAddress, raw.count, block.baseAddress, block.count,
            bytes.baseAddress, bytes.count)
        return ZSTD_isError(count) == 0 && count == raw.count
    }

    package static func == (left: TextDictionary, right: TextDictionary) -> Bool {
        left === right || left.bytes.elementsEqual(right.bytes)
    }

    /// A dictionary of at most `bytesMax` bytes for texts like the samples; nil when they are too
    /// few or have nothing in common.
    static func trained(on samples: [[UInt8]], bytesMax: Int) -> TextDictionary? {
        var joined: [UInt8] = []
        var lengths: [Int] = []
        for sample in samples {
            joined += sample
            for start in stride(from: 0, to: sample.count, by: pieceBytes) {
                lengths.append(min(pieceBytes, sample.count - start))
            }
        }
        let owner = OwnedBytes(capacity: bytesMax)
        let size = ZDICT_trainFromBuffer(
            owner.bytes.baseAddress, bytesMax, joined, lengths, UInt32(lengths.count))
        if ZDICT_isError(size) != 0 { return nil }
        return try? TextDictionary(
            UnsafeRawBufferPointer(rebasing: owner.bytes[..<size]), owner: owner)
    }

    /// Training looks for what pieces of this size share.
    private static let pieceBytes = 2_048
}

/// Bytes with a fixed address.
private final class OwnedBytes: Sendable {
    nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer

    init(capacity: Int) { bytes = .allocate(byteCount: capacity, alignment: 16) }

    deinit { bytes.deallocate() }
}
