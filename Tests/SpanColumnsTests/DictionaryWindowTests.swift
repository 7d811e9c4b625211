// Blocks decompress with their dictionary to what they were, whatever blocks, dictionaries and threads
// came before: behind a copy of it, and where block or dictionary are too long for that.

import Dispatch
import SpanColumns
import SpanModel
import SpanTesting
import Synchronization
import Testing

@Suite struct DictionaryWindowTests {
    private final class Owner: Sendable {
        nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer

        init(_ text: [UInt8]) {
            bytes = .allocate(byteCount: text.count, alignment: 8)
            bytes.copyBytes(from: text)
        }

        deinit { bytes.deallocate() }
    }

    private struct Case: Sendable {
        let raw: [UInt8]
        let block: TextBlock
    }

    private static func text(_ count: Int, _ words: Int, _ random: inout SeededGenerator) -> [UInt8]
    {
        var text: [UInt8] = []
        while text.count < count {
            text += "word\(random.int(below: words) &* 2_654_435_761 & 0xff_ffff) ".utf8
        }
        return Array(text.prefix(count))
    }

    /// Blocks with a dictionary of some words; every other word of theirs is in it.
    private static func cases(
        dictionaryBytes: Int, lengths: [Int], _ random: inout SeededGenerator
    ) throws -> [Case] {
        let words = dictionaryBytes / 12
        let owner = Owner(text(dictionaryBytes, words, &random))
        let dictionary = try TextDictionary(UnsafeRawBufferPointer(owner.bytes), owner: owner)
        let compressor = DenseCompressor(dictionary: dictionary)
        return lengths.map { length in
            let raw = text(length, words * 2, &random)
            return Case(raw: raw, block: compressor.compress(raw))
        }
    }

    /// More dictionaries than there are windows, of one word to more than a window has room for.
    private static func manyCases() throws -> [Case] {
        var random = SeededGenerator(seed: 5)
        let lengths = [40, 900, 30_000, 64 << 10, (64 << 10) + 1, 150_000]
        return try (0..<Limits.dictionaryWindowsMax + 4).flatMap { number in
            let bytes = number == 3 ? 300_000 : min(256 << 10, 12 << number)
            return try cases(dictionaryBytes: bytes, lengths: lengths, &random)
        }
    }

    @Test func blocksOfManyDictionariesDecompressInAnyOrder() throws {
        let cases = try Self.manyCases()
        #expect(cases.contains { $0.block.codec == .zstdWithDictionary && $0.raw.count > 64 << 10 })
        #expect(cases.count { $0.block.codec == .zstdWithDictionary } > cases.count / 2)
        var random = SeededGenerator(seed: 6)
        for _ in 0..<400 {
            let next = cases[random.int(below: cases.count)]
            #expect(try BlockCompressor.decompress(next.block) == next.raw)
        }
        TextDictionaryCache.release()
        #expect(try BlockCompressor.decompress(cases[2].block) == cases[2].raw)
    }

    @Test func threadsDoNotMeetInAWindow() throws {
        let cases = try Self.manyCases()
        let wrong = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            var random = SeededGenerator(seed: UInt64(thread))
            for _ in 0..<200 {
                // Few dictionaries, so that threads ask for the same ones.
                let next = cases[random.int(below: 18)]
                if (try? BlockCompressor.decompress(next.block)) != next.raw {
                    wrong.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }

    @Test func damageLeavesTheNextBlockWhole() throws {
        var random = SeededGenerator(seed: 7)
        let cases = try Self.cases(dictionaryBytes: 50_000, lengths: [20_000], &random)
        let good = cases[0]
        var refused = 0
        for _ in 0..<300 {
            var bytes = good.block.bytes
            bytes[random.int(below: bytes.count)] ^= UInt8(1 + random.int(below: 255))
            let damaged = TextBlock(
                codec: good.block.codec, rawLength: good.block.rawLength, bytes: bytes,
                dictionary: good.block.dictionary)
            do {
                #expect(try BlockCompressor.decompress(damaged).count == good.raw.count)
            } catch { refused += 1 }
            #expect(try BlockCompressor.decompress(good.block) == good.raw)
        }
        #expect(refused > 0)
    }
}
