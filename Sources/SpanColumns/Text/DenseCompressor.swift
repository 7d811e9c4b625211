// Compresses the blocks of one column as small as idle time allows: a high zstd level, and a
// dictionary trained on a sample of the column where that pays for its own bytes.
// Cost: choosing compresses a mebibyte of samples once per size tried, about 0.3 s; then about
// 25 MB of text a second, against 250 at ingest.

import CZstd
import SpanModel

/// A compressor with its dictionary; for one thread at a time.
package final class DenseCompressor {
    /// What blocks must be decompressed with; nil: nothing.
    package let dictionary: TextDictionary?
    private let compression: OpaquePointer?

    /// Sizes of dictionaries that are tried; none is tried too.
    private static let dictionaryBytes = [
        DictionaryWindow.dictionaryBytesMax, 64 << 10, 16 << 10,
    ]
    private static let level: Int32 = Limits.textDenseLevel

    /// A compressor with a dictionary, or without one.
    package init(dictionary: TextDictionary?) {
        self.dictionary = dictionary
        compression = dictionary.flatMap {
            ZSTD_createCDict_byReference($0.bytes.baseAddress, $0.bytes.count, Self.level)
        }
    }

    deinit { ZSTD_freeCDict(compression) }

    /// The compressor with which `rawBytes` of texts like the samples, dictionary included, are
    /// smallest. Samples are raw blocks.
    package static func best(for samples: [[UInt8]], rawBytes: Int) -> DenseCompressor {
        let tested = samples.enumerated().filter { $0.offset % 4 == 1 }.map(\.element)
        let training = samples.enumerated().filter { $0.offset % 4 != 1 }.map(\.element)
        var best = DenseCompressor(dictionary: nil)
        if tested.isEmpty { return best }
        var least = best.estimate(tested.prefix(testedMax), rawBytes)
        for size in dictionaryBytes where size * minimumShare <= rawBytes {
            guard let dictionary = TextDictionary.trained(on: training, bytesMax: size) else {
                continue
            }
            let candidate = DenseCompressor(dictionary: dictionary)
            let bytes = candidate.estimate(tested.prefix(testedMax), rawBytes)
            if bytes < least { (best, least) = (candidate, bytes) }
        }
        return best
    }

    /// Samples that sizes are compared by.
    private static let testedMax = 16
    /// A dictionary is never more than this part of the texts.
    private static let minimumShare = 32

    private func estimate(_ samples: some Collection<[UInt8]>, _ rawBytes: Int) -> Double {
        var (raw, compressed) = (0, 0)
        for sample in samples {
            raw += sample.count
            compressed += compress(sample).bytes.count
        }
        let share = Double(compressed) / Double(max(1, raw))
        return share * Double(rawBytes) + Double(dictionary?.bytes.count ?? 0)
    }

    /// A block of `raw`; stored as it is when that is not larger.
    package func compress(_ raw: [UInt8]) -> TextBlock {
        guard let compression, let dictionary else {
            return BlockCompressor.compress(raw, codec: .zstd, level: Self.level)
        }
        let bound = ZSTD_compressBound(raw.count)
        var size = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            size = ZSTD_compress_usingCDict(
                threadContexts.compress, buffer.baseAddress, bound, raw, raw.count, compression)
            count = ZSTD_isError(size) == 0 ? size : 0
        }
        guard ZSTD_isError(size) == 0, size < raw.count else {
            return TextBlock(codec: .stored, rawLength: UInt32(raw.count), bytes: raw)
        }
        return TextBlock(
            codec: .zstdWithDictionary, rawLength: UInt32(raw.count), bytes: bytes.fitted,
            dictionary: dictionary)
    }
}
