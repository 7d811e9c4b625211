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
        self.init(dictionary) { code in dictionary.withBytes(code, test) }
    }

    /// The condition that a string is one of some codes.
    package init(_ dictionary: StringDictionary, codes: [UInt32]) {
        let wanted = Set(codes)
        self.init(dictionary) { wanted.contains($0) }
    }

    private init(_ dictionary: StringDictionary, isTrue: (UInt32) -> Bool) {
        var values = [UInt8](repeating: 0, count: dictionary.count + 1)
        var trueCount = 0
        for code in 0..<UInt32(dictionary.count) where isTrue(code) {
            values[Int(code) + 1] = 1
            trueCount += 1
        }
        values[0] = Self.unknown
        let room = 1 << bitWidth(UInt64(dictionary.count))
        self.values = values + repeatElement(Self.outside, count: room - values.count)
        self.dictionary = dictionary
        self.trueCount = trueCount
        only = trueCount == 1 ? values.firstIndex(of: 1).map { UInt32($0 - 1) } : nil
    }
}
