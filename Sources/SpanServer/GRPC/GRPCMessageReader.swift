// Cuts a request's DATA frames into its one message (gRPC over HTTP/2, "Length-Prefixed-Message":
// one byte whether it is compressed, four bytes of length, big-endian, then the message).

import NIOCore

/// Follows the bytes of a unary request.
struct GRPCMessageReader {
    /// What a frame's next bytes are.
    enum Step {
        /// The prefix is complete: a message of `length` bytes follows.
        case opened(isCompressed: Bool, length: Int)
        /// The next bytes of the message.
        case piece(ByteBuffer)
        /// Bytes after the message, or a prefix that says neither compressed nor not.
        case malformed
    }

    private var prefix = ByteBuffer()
    private var remaining: Int?

    /// Whether the message has come whole.
    var isComplete: Bool { remaining == 0 }

    /// The next step that the bytes of `frame` make; nil when they are used up.
    mutating func next(_ frame: inout ByteBuffer) -> Step? {
        guard frame.readableBytes > 0 else { return nil }
        guard let left = remaining else { return open(&frame) }
        guard left > 0, let piece = frame.readSlice(length: min(left, frame.readableBytes)) else {
            return .malformed
        }
        remaining = left - piece.readableBytes
        return .piece(piece)
    }

    private mutating func open(_ frame: inout ByteBuffer) -> Step? {
        let wanted = min(5 - prefix.readableBytes, frame.readableBytes)
        if var part = frame.readSlice(length: wanted) { prefix.writeBuffer(&part) }
        guard prefix.readableBytes == 5, let flag = prefix.readInteger(as: UInt8.self),
            let length = prefix.readInteger(as: UInt32.self)
        else { return nil }
        guard flag <= 1 else { return .malformed }
        remaining = Int(length)
        return .opened(isCompressed: flag == 1, length: Int(length))
    }
}
