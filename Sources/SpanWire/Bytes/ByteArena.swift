// Bytes that must stay where they are until a span is written: unescaped strings and values turned
// to JSON. Chunks never move; `reset` keeps the first one.

/// Hands out copies of bytes with stable addresses.
struct ByteArena: ~Copyable {
    private static let chunkBytes = 64 << 10

    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var used = 0

    deinit {
        for chunk in chunks { chunk.deallocate() }
    }

    /// A copy of `bytes`, valid until `reset`.
    mutating func copy(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard bytes.count > 0 else { return bytes }
        if chunks.isEmpty || chunks[chunks.count - 1].count - used < bytes.count {
            chunks.append(
                .allocate(byteCount: max(Self.chunkBytes, bytes.count), alignment: 16))
            used = 0
        }
        let chunk = chunks[chunks.count - 1]
        let target = UnsafeMutableRawBufferPointer(rebasing: chunk[used..<used + bytes.count])
        target.copyMemory(from: bytes)
        used += bytes.count
        return UnsafeRawBufferPointer(target)
    }

    /// A copy of `bytes`, valid until `reset`.
    mutating func copy(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
        bytes.withUnsafeBytes { copy($0) }
    }

    /// Forgets all copies.
    @inline(__always)
    mutating func reset() {
        used = 0
        if chunks.count > 1 { keepFirstChunk() }
    }

    @inline(never)
    private mutating func keepFirstChunk() {
        while chunks.count > 1 { chunks.removeLast().deallocate() }
    }
}
