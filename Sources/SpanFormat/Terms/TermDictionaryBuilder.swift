// Builds the term dictionary of one text column (schemas/segment.md). Order of calls: `append` per
// text block, in order of their numbers; `encode` once. Memory: four bytes for each distinct term of
// each block, plus the terms. Cost: about 8 ns a token.

import SpanColumns
import SpanModel

/// Collects the terms of text blocks.
package struct TermDictionaryBuilder: ~Copyable {
    private var table = TermTable()
    /// Terms block by block, each once per block.
    private var occurrences: [UInt32] = []
    /// Where each block's terms end in `occurrences`.
    private var blockEnds: [Int] = []
    private var hexadecimal: [UInt8] = []
    private var others: [UInt8] = []
    private var isCapped = false
    /// Room for tokens whose places are asked for together.
    private let awaited: UnsafeMutablePointer<AwaitedToken>
    private static let awaitedMax = 32

    package init() { awaited = .allocate(capacity: Self.awaitedMax) }

    deinit { awaited.deallocate() }

    /// Adds the next block's text.
    package mutating func append(_ text: UnsafeRawBufferPointer) {
        let block = blockEnds.count
        if block % 8 == 0 {
            hexadecimal.append(0)
            others.append(0)
        }
        let mark = UInt32(block + 1)
        var scanner = TermScanner(text)
        var count = 0
        repeat {
            count = 0
            while count < Self.awaitedMax, let token = scanner.next() {
                let next = AwaitedToken(token, end: scanner.position)
                table.prefetch(next.hash)
                (awaited + count).initialize(to: next)
                count &+= 1
            }
            for index in 0..<count { table.prefetchTail(awaited + index) }
            for index in 0..<count { note(awaited + index, in: text, mark) }
        } while count == Self.awaitedMax
        blockEnds.append(occurrences.count)
    }

    @inline(__always)
    private mutating func note(
        _ token: UnsafePointer<AwaitedToken>, in text: UnsafeRawBufferPointer, _ mark: UInt32
    ) {
        switch token.pointee.isOpaque ? .refused : table.note(token, mark: mark) {
        case .new(let term): occurrences.append(term)
        case .seen: break
        case .refused:
            isCapped = isCapped || !token.pointee.isOpaque
            let end = token.pointee.end
            noteOpaque(text[(end - token.pointee.length)..<end], Int(mark) - 1)
        }
    }

    private mutating func noteOpaque(_ bytes: Slice<UnsafeRawBufferPointer>, _ block: Int) {
        let bit: UInt8 = 1 << UInt8(block % 8)
        if TermRule.isHexadecimal(bytes) {
            hexadecimal[block / 8] |= bit
        } else {
            others[block / 8] |= bit
        }
    }

    /// The section's bytes, for text column `column`.
    package consuming func encode(column: Int) -> [UInt8] {
        let order = table.sorted()
        var postings = PostingsWriter(
            termCount: table.count, blockCount: blockEnds.count)
        forEachOccurrence { postings.measure(term: $0, block: $1) }
        let ends = postings.layOut(order)
        forEachOccurrence { postings.write(term: $0, block: $1) }

        var out: [UInt8] = []
        out.put(UInt32(column))
        out.put(UInt32(blockEnds.count))
        out.put(UInt32(table.count))
        out.put(UInt32(isCapped ? 1 : 0))
        var end: UInt32 = 0
        for term in order {
            end += UInt32(table.lengths[Int(term)]) + 1
            out.put(end)
        }
        for end in ends { out.put(end) }
        out += hexadecimal
        out += others
        out.append(TermRule.separator)
        for term in order {
            table.appendBytes(of: Int(term), to: &out)
            out.append(TermRule.separator)
        }
        return out + postings.bytes
    }

    @inline(__always)
    private func forEachOccurrence(_ body: (_ term: Int, _ block: Int) -> Void) {
        var start = 0
        for (block, end) in blockEnds.enumerated() {
            for index in start..<end { body(Int(occurrences[index]), block) }
            start = end
        }
    }
}

/// Writes the blocks of each term: nothing when it is in every block, else the shorter of a bitmap
/// and the numbers of blocks passed over. Order of calls: `measure` for every occurrence by block,
/// `layOut`, `write` for every occurrence again.
private struct PostingsWriter {
    private let blockCount: Int
    private let bitmapBytes: Int
    /// What is known of a term, in one place: terms come in no order.
    private struct Postings {
        /// The block after the last one that had the term.
        var next: UInt32 = 0
        /// Blocks that have it.
        var count: UInt32 = 0
        var size: UInt32 = 0
        /// Where its next byte goes.
        var place: UInt32 = 0
    }

    private var terms: [Postings]
    private(set) var bytes: [UInt8] = []

    init(termCount: Int, blockCount: Int) {
        self.blockCount = blockCount
        bitmapBytes = (blockCount + 7) / 8
        terms = Array(repeating: Postings(), count: termCount)
    }

    mutating func measure(term: Int, block: Int) {
        let gap = UInt32(block) - terms[term].next
        terms[term].next = UInt32(block) + 1
        terms[term].count += 1
        terms[term].size +=
            gap < 1 << 7 ? 1 : gap < 1 << 14 ? 2 : gap < 1 << 21 ? 3 : gap < 1 << 28 ? 4 : 5
    }

    /// Decides each term's form and place; where the postings of the terms in `order` end.
    mutating func layOut(_ order: [UInt32]) -> [UInt32] {
        var end: UInt32 = 0
        var ends: [UInt32] = []
        for term in order.lazy.map(Int.init) {
            if terms[term].count == blockCount {
                terms[term].size = 0
            } else if terms[term].size >= bitmapBytes {
                terms[term].size = UInt32(bitmapBytes)
            }
            terms[term].place = end
            terms[term].next = 0
            end += terms[term].size
            ends.append(end)
        }
        bytes = Array(repeating: 0, count: Int(end))
        return ends
    }

    mutating func write(term: Int, block: Int) {
        let size = terms[term].size
        if size == 0 { return }
        var place = Int(terms[term].place)
        if size == bitmapBytes {
            bytes[place + block / 8] |= 1 << UInt8(block % 8)
            return
        }
        var gap = UInt32(block) - terms[term].next
        terms[term].next = UInt32(block) + 1
        while gap >= 1 << 7 {
            bytes[place] = UInt8(truncatingIfNeeded: gap) | 0x80
            place += 1
            gap >>= 7
        }
        bytes[place] = UInt8(gap)
        terms[term].place = UInt32(place) + 1
    }
}
