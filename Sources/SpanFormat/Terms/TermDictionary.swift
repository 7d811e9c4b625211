// Reads the term dictionary of one text column in place (schemas/segment.md): which blocks may hold
// a literal. The section's checksum has been compared; counts and ends are checked when it is
// opened, postings when they are read. Cost of a question: one search over the terms, tens of
// microseconds, and the postings of those found.

import SpanColumns
import SpanModel

/// What separates terms, and tells opaque tokens apart.
enum TermRule {
    /// Stands before, between and behind the terms; part of none.
    static let separator: UInt8 = 0

    /// Whether all bytes are hexadecimal digits.
    static func isHexadecimal(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.allSatisfy { $0 &- 48 < 10 || ($0 | 32) &- 97 < 6 }
    }
}

/// A view of a section; the bytes must outlive it.
package struct TermDictionary {
    package let column: Int
    private let blockCount: Int
    private let termCount: Int
    /// Whether terms were left out because there were too many.
    private let isCapped: Bool
    private let termEnds: UnsafeRawBufferPointer
    private let postingEnds: UnsafeRawBufferPointer
    private let hexadecimal: UnsafeRawBufferPointer
    private let others: UnsafeRawBufferPointer
    private let terms: UnsafeRawBufferPointer
    private let postings: UnsafeRawBufferPointer
    private let damaged: StoreError

    /// The text column that a section is about. Throws `corruption`.
    package static func column(of reader: ByteReader) throws(StoreError) -> Int {
        var reader = reader
        return Int(try reader.uint32())
    }

    /// Opens a section over a column of `blockCount` blocks. Throws `corruption`.
    package init(_ reader: ByteReader, blockCount: Int) throws(StoreError) {
        var reader = reader
        damaged = reader.damage("a posting is wrong")
        column = Int(try reader.uint32())
        self.blockCount = Int(try reader.uint32())
        termCount = try reader.count(itemBytes: 8)
        let flags = try reader.uint32()
        guard self.blockCount == blockCount, flags <= 1 else {
            throw reader.damage("\(self.blockCount) blocks, flags \(flags)")
        }
        isCapped = flags == 1
        termEnds = try reader.take(termCount * 4)
        postingEnds = try reader.take(termCount * 4)
        hexadecimal = try reader.take((blockCount + 7) / 8)
        others = try reader.take((blockCount + 7) / 8)
        guard Self.rises(termEnds, byAtLeast: 2), Self.rises(postingEnds, byAtLeast: 0) else {
            throw reader.damage("ends fall")
        }
        terms = try reader.take(Int(Self.last(termEnds)) + 1)
        postings = try reader.take(Int(Self.last(postingEnds)))
        guard terms[0] == TermRule.separator, terms[terms.count - 1] == TermRule.separator else {
            throw reader.damage("terms are not separated")
        }
        try reader.finish()
    }

    private static func rises(_ ends: UnsafeRawBufferPointer, byAtLeast step: UInt32) -> Bool {
        var last: UInt32 = 0
        for index in 0..<ends.count / 4 {
            let end = Self.element(ends, index)
            guard end >= last, end - last >= step else { return false }
            last = end
        }
        return true
    }

    private static func element(_ ends: UnsafeRawBufferPointer, _ index: Int) -> UInt32 {
        UInt32(littleEndian: ends.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
    }

    private static func last(_ ends: UnsafeRawBufferPointer) -> UInt32 {
        ends.isEmpty ? 0 : element(ends, ends.count / 4 - 1)
    }

    /// The blocks that may hold every one of `literals`, in any case of ASCII letters; nil: any
    /// block may. Throws `corruption`.
    package func blocks(
        holding literals: [[UInt8]]
    ) throws(StoreError) -> BlockSet? {
        var result: BlockSet?
        for piece in TermPiece.pieces(of: literals) {
            guard let blocks = try blocks(holding: piece) else { continue }
            result?.formIntersection(blocks)
            if result == nil { result = blocks }
            if result?.isEmpty ?? false { break }
        }
        return result
    }

    private func blocks(holding piece: TermPiece) throws(StoreError) -> BlockSet? {
        var blocks = BlockSet(blockCount: blockCount)
        if piece.mayBeTerm {
            let places = ByteSearch(piece.needle).places(
                in: terms, countMax: Limits.termsPerPieceMax)
            guard let places else { return nil }
            var last = -1
            for place in places {
                let term = term(at: place + (piece.isOpenLeft ? 0 : 1))
                if term != last { try insertBlocks(of: term, into: &blocks) }
                last = term
            }
        }
        if piece.mayBeOpaque || isCapped {
            blocks.formUnion(bitmap: others)
            if piece.isHexadecimal { blocks.formUnion(bitmap: hexadecimal) }
        }
        return blocks
    }

    /// The number of the term that holds a byte of `terms`.
    private func term(at place: UInt32) -> Int {
        (0..<max(0, termCount - 1)).partitionPoint { Self.element(termEnds, $0) < place }
    }

    private func insertBlocks(
        of term: Int, into blocks: inout BlockSet
    ) throws(StoreError) {
        let start = term == 0 ? 0 : Int(Self.element(postingEnds, term - 1))
        let bytes = UnsafeRawBufferPointer(
            rebasing: postings[start..<Int(Self.element(postingEnds, term))])
        if bytes.isEmpty {
            blocks = BlockSet(blockCount: blockCount, all: true)
        } else if bytes.count == (blockCount + 7) / 8 {
            blocks.formUnion(bitmap: bytes)
        } else {
            try insertGaps(bytes, into: &blocks)
        }
    }

    private func insertGaps(
        _ bytes: UnsafeRawBufferPointer, into blocks: inout BlockSet
    ) throws(StoreError) {
        var next: UInt64 = 0
        var gap: UInt64 = 0
        var shift: UInt64 = 0
        for byte in bytes {
            gap |= UInt64(byte & 0x7F) << shift
            shift += 7
            if byte & 0x80 != 0 {
                guard shift < 35 else { throw damaged }
                continue
            }
            guard next + gap < blockCount else { throw damaged }
            blocks.insert(Int(next + gap))
            next += gap + 1
            (gap, shift) = (0, 0)
        }
        guard shift == 0 else { throw damaged }
    }
}

/// A token of a literal. At an edge of the literal it may be part of a longer token of the text.
struct TermPiece {
    let bytes: [UInt8]
    let isOpenLeft: Bool
    let isOpenRight: Bool
    private let isOpaque: Bool

    /// The bytes to find among separated terms.
    var needle: [UInt8] {
        (isOpenLeft ? [] : [TermRule.separator]) + bytes
            + (isOpenRight ? [] : [TermRule.separator])
    }

    /// Whether the token of the text may be a term.
    var mayBeTerm: Bool { bytes.count <= Limits.termBytesMax && (isOpen || !isOpaque) }

    /// Whether the token of the text may be opaque.
    var mayBeOpaque: Bool { isOpen || isOpaque }

    /// Whether an opaque token of hexadecimal digits may hold it.
    var isHexadecimal: Bool { TermRule.isHexadecimal(bytes) }

    private var isOpen: Bool { isOpenLeft || isOpenRight }

    /// The tokens of literals, longest first.
    static func pieces(of literals: [[UInt8]]) -> [TermPiece] {
        var pieces: [TermPiece] = []
        for literal in literals {
            literal.withUnsafeBytes { literal in
                var scanner = TermScanner(literal)
                while let token = scanner.next() {
                    let range = (scanner.position - token.length)..<scanner.position
                    let bytes = literal[range].map { 65...90 ~= $0 ? $0 | 32 : $0 }
                    pieces.append(
                        TermPiece(
                            bytes: bytes,
                            isOpenLeft: range.lowerBound == 0 && !token.isCharacter,
                            isOpenRight: range.upperBound == literal.count && !token.isCharacter,
                            isOpaque: token.isOpaque))
                }
            }
        }
        return pieces.sorted { $0.bytes.count > $1.bytes.count }
    }
}
