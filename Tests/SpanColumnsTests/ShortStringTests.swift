// Codes of strings of every length, whichever way a string is given.

import SpanColumns
import SpanModel
import SpanTesting
import Testing

@Suite struct ShortStringTests {
    /// Strings that differ in one byte or in their length, zeros at the end included.
    private func strings() -> [[UInt8]] {
        var strings: [[UInt8]] = []
        for count in 0...70 {
            strings.append([UInt8](repeating: 0, count: count))
            if count > 0 { strings.append([UInt8](repeating: 0x61, count: count)) }
            for place in 0..<count {
                var string = [UInt8](repeating: 0x61, count: count)
                string[place] = 0x62
                strings.append(string)
            }
        }
        return strings
    }

    @Test func codesCountInOrderOfAppearance() {
        var interner = StringInterner()
        let strings = strings()
        for _ in 0..<2 {
            for (index, string) in strings.enumerated() {
                let code = string.withUnsafeBytes { interner.intern($0) }
                #expect(code == UInt32(index))
            }
        }
        #expect(interner.count == strings.count)
        #expect(interner.byteCount == strings.reduce(0) { $0 + $1.count })
        let dictionary = interner.dictionary()
        #expect(dictionary.bytes == strings.flatMap { $0 })
    }

    @Test func paddedStringsHaveTheCodesOfOthers() {
        let strings = strings()
        var builder = BatchBuilder(schema: Tables.spans)
        for pass in 0..<4 {
            for string in strings {
                // What follows a padded string is not looked at.
                let bytes = string + [UInt8](repeating: UInt8(pass * 80), count: 32)
                bytes.withUnsafeBytes { bytes in
                    guard let start = bytes.baseAddress else { return }
                    let cells = [StringCell(SpanColumn.name, start, string.count)]
                    cells.withUnsafeBufferPointer {
                        builder.setStrings(
                            $0, paddedEnd: pass % 2 == 0 ? start + string.count : nil)
                    }
                }
                builder.endRow()
            }
        }
        guard case .string(let names) = builder.finish().columns[SpanColumn.name] else {
            Issue.record("names must be strings")
            return
        }
        let once = (0..<UInt32(strings.count)).map { $0 }
        #expect(names.codes == once + once + once + once)
        #expect(names.dictionary.bytes == strings.flatMap { $0 })
    }
}
