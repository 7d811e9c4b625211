// gzip (RFC 1952, also several members in a row) and deflate (RFC 1950) through zlib. zlib checks
// the CRC or Adler sum of each member.
// Memory: about 40 KiB of zlib's state and one scratch buffer.

import CZlib
import SpanModel

/// A streaming gzip or zlib decoder.
final class ZlibDecoder: ContentDecoder {
    private let name: String
    private let stream: UnsafeMutablePointer<z_stream>
    private let scratch: UnsafeMutableRawBufferPointer
    private var consumed = 0
    /// Between members: nothing was read yet, or the last member was complete.
    private var isAtMemberEnd = false
    private var hasStarted = false

    /// `name` is the coding's name for messages; zlib tells gzip from zlib by its header.
    init(name: String) throws(StoreError) {
        self.name = name
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        scratch = .allocate(byteCount: scratchBytes, alignment: 16)
        let detectsHeader = Int32(32)
        let status = inflateInit2_(
            stream, 15 + detectsHeader, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            throw .overloaded(limit: "memory for decompression", retryAfterSeconds: 1)
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        scratch.deallocate()
    }

    var memoryBytes: Int { (48 << 10) + scratchBytes }

    func decode(
        _ input: UnsafeRawBufferPointer,
        emit: (UnsafeRawBufferPointer) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard !input.isEmpty else { return }
        let bytes = input.bindMemory(to: UInt8.self)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        stream.pointee.avail_in = UInt32(clamping: bytes.count)
        repeat {
            if isAtMemberEnd {
                inflateReset(stream)
                isAtMemberEnd = false
            }
            hasStarted = true
            try inflateOnce(bytes.count, emit)
        } while stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
        consumed += bytes.count
    }

    private func inflateOnce(
        _ inputCount: Int, _ emit: (UnsafeRawBufferPointer) throws(StoreError) -> Void
    ) throws(StoreError) {
        stream.pointee.next_out = scratch.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(scratchBytes)
        let status = inflate(stream, Z_NO_FLUSH)
        let produced = scratchBytes - Int(stream.pointee.avail_out)
        if produced > 0 { try emit(UnsafeRawBufferPointer(rebasing: scratch[..<produced])) }
        switch status {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isAtMemberEnd = true
        default:
            throw .malformedBody(
                offset: consumed + inputCount - Int(stream.pointee.avail_in),
                reason: "the \(name) data is damaged")
        }
        // The output was exactly full at the end of a member: nothing is pending.
        if isAtMemberEnd { stream.pointee.avail_out = 1 }
    }

    func finish() throws(StoreError) {
        guard isAtMemberEnd || !hasStarted else {
            throw .malformedBody(offset: consumed, reason: "the \(name) data ends early")
        }
    }
}
