// What a condition says of the strings of a dictionary, each tested once for all rows.

import SpanModel

/// Verdicts of a condition by code.
package struct CodeVerdicts: Sendable {
    package let dictionary: StringDictionary
    /// Of null, then of each code, then filled up to the bits of a code plus 1.
    package let values: [UInt8]
    /// Strings for which the condition is true.
    package let trueCount: Int
    /// The code of the only such string; nil when there are none or several.
    package let only: UInt32?

    /// Of a code that is in no dictionary; a null's, for which a condition is neither, is another number.
    static let outside: UInt8 = 4
    private static let unknown: UInt8 = 2

    /// Tests the strings of a dictionary.
    package init(
        _ dictionary: StringDictionary, _ test: (UnsafeRawBufferPointer) -> Bool
    ) {
        let codes = (0..<UInt32(dictionary.count)).filter { dictionary.withBytes($0, test) }
        self.init(dictionary, codes: codes)
    }

    /// The condition that a string is one of some codes of a dictionary, in which most are others.
    package init(_ dictionary: StringDictionary, codes: [UInt32]) {
        let room = 1 << bitWidth(UInt64(dictionary.count))
        var values = [UInt8](repeating: Self.outside, count: room)
        values[0] = Self.unknown
        for place in 1..<dictionary.count + 1 { values[place] = 0 }
        var trueCount = 0
        for code in codes where values[Int(code) + 1] == 0 {
            values[Int(code) + 1] = 1
            trueCount += 1
        }
        self.values = values
        self.dictionary = dictionary
        self.trueCount = trueCount
        only = trueCount == 1 ? codes.first : nil
    }
}
