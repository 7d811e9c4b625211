// Bytes appended and not yet written, in log order. Large payloads are kept by reference, so that
// their only copy is the kernel's; small ones gather in one buffer per run.

import SpanModel

/// The buffer between append and sync.
struct WALPending {
    /// Payloads from this size on are not copied.
    static let referenceBytesMin = 64 << 10

    /// Bytes that lie together in one file.
    struct Piece {
        let position: UInt64
        let bytes: ArraySlice<UInt8>
    }

    private var pieces: [Piece] = []
    private var buffer: [UInt8] = []
    private var bufferPosition: UInt64 = 0

    var isEmpty: Bool { pieces.isEmpty && buffer.isEmpty }

    /// Adds bytes at a position that never goes back.
    mutating func append(_ bytes: ArraySlice<UInt8>, at position: UInt64) {
        if bytes.isEmpty { return }
        if !buffer.isEmpty && bufferPosition + UInt64(buffer.count) != position { flush() }
        if bytes.count >= Self.referenceBytesMin {
            flush()
            pieces.append(Piece(position: position, bytes: bytes))
            return
        }
        if buffer.isEmpty { bufferPosition = position }
        buffer.append(contentsOf: bytes)
    }

    /// Takes all pieces out, in order.
    mutating func take() -> [Piece] {
        flush()
        defer { pieces = [] }
        return pieces
    }

    private mutating func flush() {
        if buffer.isEmpty { return }
        pieces.append(Piece(position: bufferPosition, bytes: buffer[...]))
        buffer = []
    }
}
