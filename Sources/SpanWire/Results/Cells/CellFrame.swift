// What stands around the cells of one column in every row: in JSON the key before them, and after
// the last column's the end of the row. A row is then nothing but its cells, one after the other.

import SpanModel

/// Bytes before and after each cell of a column.
struct CellFrame {
    /// Padded, so that it can be copied sixteen bytes at a time.
    private let bytes: [UInt8]
    private let prefixCount: Int
    private let suffixStart: Int
    private let suffixCount: Int

    init(prefix: [UInt8] = [], suffix: [UInt8] = []) {
        var bytes = prefix
        bytes.pad(to: 16)
        suffixStart = bytes.count
        bytes.append(contentsOf: suffix)
        bytes.append(contentsOf: repeatElement(0, count: 16))
        bytes.pad(to: 16)
        self.bytes = bytes
        prefixCount = prefix.count
        suffixCount = suffix.count
    }

    /// Bytes around each cell.
    var byteCount: Int { prefixCount + suffixCount }

    /// Calls `body` with the frame's bytes at hand.
    @inline(__always)
    func withBytes<E: Error>(_ body: (Bytes) throws(E) -> Void) throws(E) {
        try bytes.withUnsafeBufferPointer { buffer throws(E) in
            try body(
                Bytes(
                    start: UnsafeRawPointer(buffer.baseAddress), prefixCount: prefixCount,
                    suffixStart: suffixStart, suffixCount: suffixCount))
        }
    }

    /// The frame while cells are written.
    struct Bytes {
        fileprivate let start: UnsafeRawPointer?
        fileprivate let prefixCount: Int
        fileprivate let suffixStart: Int
        fileprivate let suffixCount: Int

        /// Bytes around each cell.
        var byteCount: Int { prefixCount &+ suffixCount }

        @inline(__always)
        func open(_ out: inout UnsafeMutableRawPointer) {
            guard prefixCount > 0, let start else { return }
            out.copyShort(from: start, count: prefixCount)
            out += prefixCount
        }

        @inline(__always)
        func close(_ out: inout UnsafeMutableRawPointer) {
            guard suffixCount > 0, let start else { return }
            out.copyShort(from: start + suffixStart, count: suffixCount)
            out += suffixCount
        }
    }

    /// The frames of columns whose rows are JSON objects, `{"a":1,"b":2}` and what divides rows.
    static func objects(
        _ names: [String], before: [UInt8] = [], after: [UInt8] = []
    ) -> [CellFrame] {
        names.enumerated().map { index, name in
            var prefix = index == 0 ? before + [UInt8(ascii: "{")] : [UInt8(ascii: ",")]
            JSONWriter.appendString(name, to: &prefix)
            prefix.append(UInt8(ascii: ":"))
            let isLast = index == names.count - 1
            return CellFrame(prefix: prefix, suffix: isLast ? [UInt8(ascii: "}")] + after : [])
        }
    }

    /// The frames of columns whose rows are lines of CSV.
    static func lines(columnCount: Int) -> [CellFrame] {
        (0..<columnCount).map { index in
            CellFrame(
                prefix: index == 0 ? [] : [UInt8(ascii: ",")],
                suffix: index == columnCount - 1 ? [0x0D, 0x0A] : [])
        }
    }
}
