// Decompression of blocks right behind their dictionary. zstd takes a dictionary that ends where the block
// begins for text that it has just decompressed; of one that lies elsewhere it copies every match by a
// call. Blocks of 64 KiB with a dictionary of 256 KiB: 1.1 GB/s instead of 0.58.
// Windows are lent by a pool for all threads. Order of calls: `claim`, `decompress`, `giveBack`.
// Cost: a claim takes 0.1 µs where the dictionary has a window, else a copy of it and 20 µs; a window takes
// 350 KiB.

import CZstd
import SpanModel
import Synchronization

/// A copy of a dictionary with room for a block behind it; for one thread at a time.
final class DictionaryWindow: Sendable {
    /// Bytes of a dictionary, and of a block, that a window has room for.
    static let dictionaryBytesMax = 256 << 10
    static let blockBytesMax = Limits.textBlockBytes

    /// The dictionary; 0: none.
    private nonisolated(unsafe) var dictionary: UInt64 = 0
    private nonisolated(unsafe) var decompression: OpaquePointer?
    private nonisolated(unsafe) let bytes = UnsafeMutableRawBufferPointer.allocate(
        byteCount: dictionaryBytesMax + blockBytesMax, alignment: 64)

    deinit {
        ZSTD_freeDDict(decompression)
        bytes.deallocate()
    }

    /// The last block that was decompressed, from its first byte on.
    private var room: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: bytes[Self.dictionaryBytesMax...])
    }

    /// Takes up a dictionary of at most `dictionaryBytesMax` bytes, so that it ends where blocks begin.
    private func take(_ dictionary: TextDictionary) {
        ZSTD_freeDDict(decompression)
        let start = Self.dictionaryBytesMax - dictionary.bytes.count
        let copy = UnsafeMutableRawBufferPointer(
            rebasing: bytes[start..<Self.dictionaryBytesMax])
        copy.copyMemory(from: dictionary.bytes)
        decompression = ZSTD_createDDict_byReference(copy.baseAddress, copy.count)
        self.dictionary = dictionary.number
    }

    /// Decompresses a block and copies it to `raw`, which it must fill; false when it does not.
    func decompress(
        _ block: UnsafeRawBufferPointer, into raw: UnsafeMutableRawBufferPointer
    ) -> Bool {
        precondition(raw.count <= Self.blockBytesMax, "the block is too long for a window")
        let count = ZSTD_decompress_usingDDict(
            threadContexts.decompress, room.baseAddress, raw.count, block.baseAddress, block.count,
            decompression)
        guard ZSTD_isError(count) == 0, count == raw.count else { return false }
        raw.copyMemory(from: UnsafeRawBufferPointer(rebasing: room[..<count]))
        return true
    }

    // MARK: The pool

    /// Windows that nobody uses, the one used last behind all others.
    private static let free = Mutex<[DictionaryWindow]>([])

    /// A window of a dictionary, for the caller alone; nil when there is no room for it.
    static func claim(_ dictionary: TextDictionary) -> DictionaryWindow? {
        guard dictionary.bytes.count <= dictionaryBytesMax else { return nil }
        let found = free.withLock { free -> DictionaryWindow? in
            if let index = free.lastIndex(where: { $0.dictionary == dictionary.number }) {
                return free.remove(at: index)
            }
            return free.count < Limits.dictionaryWindowsMax ? nil : free.removeFirst()
        }
        let window = found ?? DictionaryWindow()
        if window.dictionary != dictionary.number { window.take(dictionary) }
        return window
    }

    /// Gives a window back.
    static func giveBack(_ window: DictionaryWindow) {
        free.withLock { free in
            if free.count >= Limits.dictionaryWindowsMax { free.removeFirst() }
            free.append(window)
        }
    }

    /// Frees the windows that nobody uses.
    static func releaseAll() {
        free.withLock { $0 = [] }
    }
}

/// What decompression keeps for the next blocks.
package enum TextDictionaryCache {
    /// Frees it; later blocks make it again. For times when nothing is asked.
    package static func release() { DictionaryWindow.releaseAll() }
}
