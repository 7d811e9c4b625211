// Writes residual blocks (schemas/segment.md): objects in order of rows, members that key columns hold
// left out. What is left out comes back byte for byte: members stand without whitespace, names and
// strings without escapes, and the column has the value of a name's first place.
// Order of calls: `start`, a row after the other, `finish`, and again.
// Cost: a walk over each object.

import SpanColumns
import SpanModel

/// Writes residual blocks, a row after the other.
package struct ResidualWriter: Sendable {
    /// Row numbers of the open block.
    package private(set) var rows = 0..<0
    private var items: [UInt8] = []

    package init() {}

    /// Starts a block whose first row is `row`.
    package mutating func start(at row: Int) {
        rows = row..<row
        items.removeAll(keepingCapacity: true)
    }

    /// Adds a row that has no text or an empty one.
    package mutating func appendNothing() {
        items.append(ResidualBlock.Tag.nothing)
        advance()
    }

    /// Adds a row. `column` tells the number of the key column that holds the value of a member in
    /// this row, nil when none does.
    package mutating func append(
        _ object: UnsafeRawBufferPointer, column: (JSONString) -> Int?
    ) {
        let start = items.count
        if !appendMembers(of: object, column) {
            items.removeLast(items.count - start)
            items.append(ResidualBlock.Tag.whole)
            items.put(UInt32(object.count))
            items.append(contentsOf: object)
        }
        advance()
    }

    /// The block's bytes.
    package func finish(level: Int32) -> [UInt8] {
        let packed = BlockCompressor.compress(items, codec: .zstd, level: level)
        var bytes: [UInt8] = []
        bytes.put(UInt32(rows.lowerBound))
        bytes.put(UInt32(rows.count))
        bytes.put(UInt32(items.count))
        bytes.put(packed.codec.rawValue)
        bytes += packed.bytes
        return bytes
    }

    private mutating func advance() { rows = rows.lowerBound..<rows.upperBound + 1 }

    /// Adds the members of a compact object; false when it is not that, or too long.
    private mutating func appendMembers(
        of object: UnsafeRawBufferPointer, _ column: (JSONString) -> Int?
    ) -> Bool {
        guard let base = object.baseAddress, object.first == UInt8(ascii: "{"),
            object.last == UInt8(ascii: "}")
        else { return false }
        // Where the quote of the next name has to stand.
        var expected = 1
        var isCompact = true
        var seen: UInt64 = 0
        JSONObject.forEachMember(of: object) { name, value in
            guard isCompact, let nameBase = name.raw.baseAddress,
                let valueBase = value.raw.baseAddress
            else {
                isCompact = false
                return
            }
            let nameStart = nameBase - base
            let valueStart = valueBase - base
            let end = valueStart + value.raw.count
            isCompact =
                nameStart - 1 == expected && nameStart + name.raw.count + 2 == valueStart
                && end - expected <= Int(UInt16.max)
            guard isCompact else { return }
            if let key = column(name), seen & 1 << UInt64(key) == 0 {
                // Where a key stands twice, its column has the first value.
                seen |= 1 << UInt64(key)
                if !name.hasEscapes, let kind = Self.hole(value) {
                    items.append(ResidualBlock.Tag.firstHole + UInt8(key) * 2 + kind)
                    expected = end + 1
                    return
                }
            }
            items.append(ResidualBlock.Tag.literal)
            items.put(UInt16(truncatingIfNeeded: end - expected))
            items.append(
                contentsOf: UnsafeRawBufferPointer(rebasing: object[expected..<end]))
            expected = end + 1
        }
        guard isCompact, expected == (expected == 1 ? object.count - 1 : object.count) else {
            return false
        }
        items.append(ResidualBlock.Tag.end)
        return true
    }

    /// 0: a string that is its own text; 1: another value whose text is its text; nil: neither.
    private static func hole(_ value: JSONSlice) -> UInt8? {
        switch value.kind {
        case .string: return value.plainText == nil ? nil : 0
        case .null, .nonFinite: return nil
        case .object, .array, .number, .bool: return value.plainText == nil ? nil : 1
        }
    }
}
