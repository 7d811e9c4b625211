// Columns of text as Arrow's utf8: offsets of 32 bits, and the texts back to back. Offsets are made
// first, so that the size of a batch is known before a byte of it is written.
// Cost: about 3 ns a string beside its bytes.

import SpanColumns
import SpanModel

/// Offsets and bytes of text columns.
enum ArrowUTF8 {
    /// Where each row's text starts, and where the last one ends; nil when the texts together are
    /// longer than `bytesMax`.
    static func offsets(
        _ vector: ColumnVector, _ rows: Range<Int>, bytesMax: Int
    ) -> [Int32]? {
        switch vector {
        case .string(let vector):
            return vector.codes.withUnsafeBufferPointer { codes in
                vector.dictionary.ends.withUnsafeBufferPointer { ends in
                    offsets(rows, bytesMax: bytesMax) { row in
                        let code = codes[row]
                        return code == StringVector.nullCode ? 0 : rowRange(ends, Int(code)).count
                    }
                }
            }
        case .identifier(let vector):
            return vector.ends.withUnsafeBufferPointer { ends in
                vector.bytes.withUnsafeBytes { bytes in
                    offsets(rows, bytesMax: bytesMax) { row in
                        IdentifierText.length(
                            UnsafeRawBufferPointer(rebasing: bytes[rowRange(ends, row)]))
                    }
                }
            }
        case .text(let vector):
            return vector.references.withUnsafeBufferPointer { references in
                offsets(rows, bytesMax: bytesMax) { row in
                    references[row].isNull ? 0 : Int(references[row].length)
                }
            }
        case .null, .integer, .float:
            return [Int32](repeating: 0, count: rows.count + 1)
        }
    }

    @inline(__always)
    private static func offsets(
        _ rows: Range<Int>, bytesMax: Int, length: (Int) -> Int
    ) -> [Int32]? {
        var total = 0
        let offsets = [Int32](unsafeUninitializedCapacity: rows.count + 1) { out, initialized in
            out[0] = 0
            for index in 0..<rows.count {
                total &+= length(rows.lowerBound &+ index)
                out[index &+ 1] = Int32(truncatingIfNeeded: total)
            }
            initialized = rows.count + 1
        }
        return total <= bytesMax ? offsets : nil
    }

    /// Writes the texts of rows whose offsets are these. May touch up to `ArrowMessage.alignment`
    /// bytes beyond them. Throws `corruption` when a text block is damaged.
    static func write(
        _ vector: ColumnVector, _ rows: Range<Int>, _ offsets: [Int32],
        to target: UnsafeMutableRawPointer
    ) throws(StoreError) {
        switch vector {
        case .string(let vector): write(vector, rows, to: target)
        case .identifier(let vector):
            vector.ends.withUnsafeBufferPointer { ends in
                vector.bytes.withUnsafeBytes { bytes in
                    for (index, row) in rows.enumerated() {
                        let start = offsets[index]
                        IdentifierText.write(
                            UnsafeRawBufferPointer(rebasing: bytes[rowRange(ends, row)]),
                            length: Int(offsets[index &+ 1] &- start), to: target + Int(start))
                    }
                }
            }
        case .text(let vector):
            var reader = TextReader(vector.blocks)
            for (index, row) in rows.enumerated() {
                guard let text = try reader.bytes(vector.references[row]) else { continue }
                text.withUnsafeBytes {
                    (target + Int(offsets[index])).copyBytes(of: $0)
                }
            }
        case .null, .integer, .float: break
        }
    }

    private static func write(
        _ vector: StringVector, _ rows: Range<Int>, to target: UnsafeMutableRawPointer
    ) {
        let short = 16
        vector.codes.withUnsafeBufferPointer { codes in
            vector.dictionary.ends.withUnsafeBufferPointer { ends in
                vector.dictionary.bytes.withUnsafeBytes { bytes in
                    var place = target
                    for row in rows where codes[row] != StringVector.nullCode {
                        let range = rowRange(ends, Int(codes[row]))
                        // Most strings are short: one load and one store, whatever their length.
                        if range.count <= short, bytes.count &- range.lowerBound >= short {
                            place.storeBytes(
                                of: bytes.loadUnaligned(
                                    fromByteOffset: range.lowerBound, as: SIMD16<UInt8>.self),
                                as: SIMD16<UInt8>.self)
                        } else {
                            place.copyBytes(of: UnsafeRawBufferPointer(rebasing: bytes[range]))
                        }
                        place += range.count
                    }
                }
            }
        }
    }
}

extension UnsafeMutableRawPointer {
    /// Copies a buffer to here.
    @inline(__always)
    func copyBytes(of buffer: UnsafeRawBufferPointer) {
        if let start = buffer.baseAddress { copyMemory(from: start, byteCount: buffer.count) }
    }
}
