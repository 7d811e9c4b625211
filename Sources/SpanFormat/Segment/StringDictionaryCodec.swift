// StringDictionary ↔ bytes: a UInt32 count, that many UInt32 ends, the strings back to back
// (schemas/segment.md). Decoding costs a copy of the strings and
// a look at their order.

import SpanColumns
import SpanModel

/// Encodes and decodes the dictionary section of a string column.
package enum StringDictionaryCodec {
    /// The section's bytes.
    package static func encode(_ dictionary: StringDictionary) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(4 + dictionary.count * 4 + dictionary.bytes.count)
        out.put(UInt32(dictionary.count))
        for end in dictionary.ends { out.put(end) }
        out.append(contentsOf: dictionary.bytes)
        return out
    }

    /// The dictionary of a section. Throws `corruption`.
    package static func decode(_ reader: inout ByteReader) throws(StoreError) -> StringDictionary {
        let count = try reader.count(itemBytes: 4)
        var ends: [UInt32] = []
        ends.reserveCapacity(count)
        var last: UInt32 = 0
        for _ in 0..<count {
            let end = try reader.uint32()
            guard end >= last else { throw reader.damage("string ends fall") }
            ends.append(end)
            last = end
        }
        guard reader.remaining == Int(last) else { throw reader.damage("string bytes differ") }
        let strings = try reader.take(Int(last))
        return StringDictionary(
            ends: ends, bytes: [UInt8](strings), isSorted: isSorted(ends, strings))
    }

    /// Whether the strings ascend, as every writer leaves them; only then are they searched.
    private static func isSorted(_ ends: [UInt32], _ strings: UnsafeRawBufferPointer) -> Bool {
        func string(_ code: Int) -> UnsafeRawBufferPointer {
            let start = code == 0 ? 0 : Int(ends[code - 1])
            return UnsafeRawBufferPointer(rebasing: strings[start..<Int(ends[code])])
        }
        return ends.indices.dropFirst().allSatisfy {
            string($0 - 1).lexicographicallyPrecedes(string($0))
        }
    }
}
