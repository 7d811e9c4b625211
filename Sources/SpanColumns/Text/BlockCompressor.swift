// Block compression over the system's lz4 and zstd. Decompression checks the declared size before
// it allocates and fails unless exactly that many bytes come out (reliability promise S5).
// Cost, one core: lz4 about 0.8 GB/s in, zstd-1 about 0.45; out 4 and 1.9.

import CLZ4
import CZstd
import SpanModel

/// Compresses and decompresses blocks.
package enum BlockCompressor {
    /// Compresses `raw` with `codec`, or stores it when that is not smaller.
    package static func compress(_ raw: [UInt8], codec: BlockCodec, level: Int32 = Limits.textLevel)
        -> TextBlock
    {
        raw.withUnsafeBytes { compressed($0, codec: codec, level: level) }
            ?? TextBlock(codec: .stored, rawLength: UInt32(raw.count), bytes: raw)
    }

    /// Compresses borrowed bytes, like an array.
    package static func compress(
        _ raw: UnsafeRawBufferPointer, codec: BlockCodec, level: Int32 = Limits.textLevel
    ) -> TextBlock {
        compressed(raw, codec: codec, level: level)
            ?? TextBlock(codec: .stored, rawLength: UInt32(raw.count), bytes: [UInt8](raw))
    }

    /// Nil when the bytes are to be stored as they are.
    private static func compressed(
        _ raw: UnsafeRawBufferPointer, codec: BlockCodec, level: Int32
    ) -> TextBlock? {
        let bytes: [UInt8]?
        switch codec {
        case .stored, .zstdWithDictionary, .residual: bytes = nil
        case .zstd: bytes = compressZstd(raw, level: level)
        case .lz4: bytes = compressLZ4(raw)
        }
        guard let bytes, bytes.count < raw.count else { return nil }
        return TextBlock(codec: codec, rawLength: UInt32(raw.count), bytes: bytes.fitted)
    }

    /// The raw bytes of a block.
    package static func decompress(_ block: TextBlock) throws(StoreError) -> [UInt8] {
        if block.codec == .stored, block.bytes.count == block.rawLength { return block.bytes }
        let result: Result<[UInt8], StoreError> = block.bytes.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                try decompress(
                    bytes, codec: block.codec, rawLength: Int(block.rawLength),
                    dictionary: block.dictionary)
            }
        }
        return try result.get()
    }

    /// Decompresses to exactly `rawLength` bytes. Throws `corruption` when the bytes do not do so.
    package static func decompress(
        _ bytes: UnsafeRawBufferPointer, codec: BlockCodec, rawLength: Int,
        dictionary: TextDictionary? = nil
    ) throws(StoreError) -> [UInt8] {
        if codec == .stored {
            guard bytes.count == rawLength else { throw damaged("stored length differs") }
            return [UInt8](bytes)
        }
        guard rawLength >= 0, rawLength <= Limits.requestBodyBytesMax,
            bytes.count <= 2 * Limits.requestBodyBytesMax,
            rawLength / Limits.decompressionRatioMax <= max(bytes.count, 1) * 256
        else { throw damaged("declared size \(rawLength) of \(bytes.count) compressed bytes") }
        var written = -1
        let raw = [UInt8](unsafeUninitializedCapacity: rawLength) { buffer, count in
            switch codec {
            case .zstd:
                let result = ZSTD_decompressDCtx(
                    threadContexts.decompress, buffer.baseAddress, rawLength, bytes.baseAddress,
                    bytes.count)
                written = ZSTD_isError(result) == 0 ? result : -1
            case .zstdWithDictionary:
                let raw = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: rawLength)
                let isWhole = dictionary?.decompress(bytes, into: raw) ?? false
                written = isWhole ? rawLength : -1
            case .lz4:
                written = Int(
                    LZ4_decompress_safe(
                        bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                        UnsafeMutableRawPointer(buffer.baseAddress)?
                            .assumingMemoryBound(to: CChar.self),
                        Int32(bytes.count), Int32(rawLength)))
            case .stored, .residual: break
            }
            count = max(0, min(written, rawLength))
        }
        guard written == rawLength else { throw damaged("\(codec) block does not decompress") }
        return raw
    }

    private static func compressZstd(_ raw: UnsafeRawBufferPointer, level: Int32) -> [UInt8]? {
        let bound = ZSTD_compressBound(raw.count)
        var size = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            size = ZSTD_compressCCtx(
                threadContexts.compress, buffer.baseAddress, bound, raw.baseAddress, raw.count,
                level)
            count = ZSTD_isError(size) == 0 ? size : 0
        }
        return ZSTD_isError(size) == 0 ? bytes : nil
    }

    private static func compressLZ4(_ raw: UnsafeRawBufferPointer) -> [UInt8]? {
        let bound = LZ4_compressBound(Int32(raw.count))
        guard bound > 0 else { return nil }
        var size: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(bound)) { buffer, count in
            size = LZ4_compress_default(
                raw.baseAddress?.assumingMemoryBound(to: CChar.self),
                UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self),
                Int32(raw.count), bound)
            count = max(0, Int(size))
        }
        return size > 0 ? bytes : nil
    }

    private static func damaged(_ reason: String) -> StoreError {
        .corruption(file: "block", offset: 0, region: "compressed block", reason: reason)
    }
}
