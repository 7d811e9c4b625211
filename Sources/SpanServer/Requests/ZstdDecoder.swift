// Zstandard (RFC 8878), also several frames in a row. The window that a frame may ask for is
// capped, because the decoder allocates it before it makes a byte.
// Memory: the window (up to 8 MiB) and one scratch buffer.

import CZstd
import SpanModel

/// A streaming zstd decoder.
final class ZstdDecoder: ContentDecoder {
    /// log2 of the largest window: what zstd makes up to level 19.
    private static let windowLogMax: Int32 = 23

    private let context: OpaquePointer
    private let scratch: UnsafeMutableRawBufferPointer
    private var consumed = 0
    private var isAtFrameEnd = true

    init() throws(StoreError) {
        guard let context = ZSTD_createDCtx() else {
            throw .overloaded(limit: "memory for decompression", retryAfterSeconds: 1)
        }
        self.context = context
        scratch = .allocate(byteCount: scratchBytes, alignment: 16)
        _ = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.windowLogMax)
    }

    deinit {
        ZSTD_freeDCtx(context)
        scratch.deallocate()
    }

    var memoryBytes: Int { ZSTD_sizeof_DCtx(context) + scratchBytes }

    func decode(
        _ input: UnsafeRawBufferPointer,
        emit: (UnsafeRawBufferPointer) throws(StoreError) -> Void
    ) throws(StoreError) {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var isFull = false
        while source.pos < source.size || isFull {
            var target = ZSTD_outBuffer(dst: scratch.baseAddress, size: scratchBytes, pos: 0)
            let hint = ZSTD_decompressStream(context, &target, &source)
            guard ZSTD_isError(hint) == 0 else {
                throw .malformedBody(
                    offset: consumed + source.pos, reason: "the zstd data is damaged")
            }
            if target.pos > 0 {
                try emit(UnsafeRawBufferPointer(rebasing: scratch[..<target.pos]))
            }
            isAtFrameEnd = hint == 0
            isFull = target.pos == scratchBytes && !isAtFrameEnd
        }
        consumed += input.count
    }

    func finish() throws(StoreError) {
        guard isAtFrameEnd else {
            throw .malformedBody(offset: consumed, reason: "the zstd data ends early")
        }
    }
}
