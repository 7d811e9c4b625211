// What a residual block is assembled from: the members that a key column holds, and where the texts go.
// Cost: three copies a member.

import SpanColumns
import SpanModel

/// A key column as residual blocks need it.
package struct ResidualKey: Sendable {
    /// `"key":`
    private let head: [UInt8]
    private let codes: [UInt32]
    private let dictionary: StringDictionary

    /// `values` are those of the block's rows.
    package init(key: [UInt8], values: StringVector) {
        head = [UInt8(ascii: "\"")] + key + [UInt8(ascii: "\""), UInt8(ascii: ":")]
        codes = values.codes
        dictionary = values.dictionary
    }

    /// Appends the member of a row; false when it has none.
    @inline(__always)
    func append(
        _ row: Int, isString: Bool, to output: inout ResidualOutput
    ) -> Bool {
        let code = codes[row]
        guard code < dictionary.ends.count else { return false }
        head.withUnsafeBytes { output.append($0) }
        if isString { output.append(UInt8(ascii: "\"")) }
        let range = dictionary.range(code)
        dictionary.bytes.withUnsafeBytes {
            output.append(UnsafeRawBufferPointer(rebasing: $0[range]))
        }
        if isString { output.append(UInt8(ascii: "\"")) }
        return true
    }
}

/// Bytes behind each other in a buffer; what would not fit is dropped and noted.
struct ResidualOutput {
    private let buffer: UnsafeMutableRawBufferPointer
    private(set) var count = 0
    private(set) var hasOverflown = false

    init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        guard count < buffer.count else {
            hasOverflown = true
            return
        }
        buffer[count] = byte
        count &+= 1
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
        guard buffer.count - count >= bytes.count else {
            hasOverflown = true
            return
        }
        target.advanced(by: count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }
}
