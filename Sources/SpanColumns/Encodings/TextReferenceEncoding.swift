// References into text blocks. Rows in arrival order follow each other in their blocks, so that a
// length is all a row needs (sequential; exceptions carry their place); rows that were sorted
// carry block, offset and length (scattered). An empty text lies nowhere: (0, 0, 0).
// Format: schemas/encodings.md, "Sequential text" and "Scattered text"; `TextReferenceReader` reads them.
// Cost: about 5 ns a row.

import SpanModel

/// Writes text-reference bodies.
enum TextReferenceEncoding {
    static let headerBytes = 8

    /// Appends the smaller body and returns its encoding.
    static func append(_ references: [TextReference], to out: inout [UInt8]) -> PageEncoding {
        // 0: null, else length + 1.
        let lengths = references.map { $0.isNull ? 0 : Int64($0.length) + 1 }
        var blocks: [Int64] = []
        var offsets: [Int64] = []
        var exceptions: [Int] = []
        var next = TextReference.empty
        var last = next
        for (row, reference) in references.enumerated() {
            if !reference.isNull, reference.length > 0 {
                if reference.block != next.block || reference.offset != next.offset {
                    exceptions.append(row)
                }
                last = reference
                next.block = reference.block
                next.offset = reference.offset &+ reference.length
            }
            blocks.append(Int64(last.block))
            offsets.append(Int64(last.offset))
        }
        let scattered = byteCount(blocks) + byteCount(offsets)
        if headerBytes + exceptions.count * 10 <= scattered {
            out.put(UInt32(exceptions.count))
            out.put(UInt32(0))
            IntegerSection.append(lengths, to: &out)
            for row in exceptions { out.put(UInt16(row)) }
            for row in exceptions { out.put(references[row].block) }
            for row in exceptions { out.put(references[row].offset) }
            return .sequentialText
        }
        IntegerSection.append(blocks, to: &out)
        IntegerSection.append(offsets, to: &out)
        IntegerSection.append(lengths, to: &out)
        return .scatteredText
    }

    private static func byteCount(_ values: [Int64]) -> Int {
        values.withUnsafeBufferPointer { values in
            values.isEmpty
                ? IntegerSection.headerBytes
                : IntegerPlan(values, IntegerStatistics(values)).byteCount
        }
    }
}
