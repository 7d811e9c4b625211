// Packed identifiers: forms, case, length, order by text.

import SpanModel
import Testing

@Suite struct PackedIdentifierTests {
    @Test(arguments: [
        ("00112233445566778899AABBccddeeff", "00112233445566778899aabbccddeeff", 17),
        ("00112233445566FF", "00112233445566ff", 9),
        ("00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddeeff", 17),
        ("00112233-4455-6677-8899-AABBCCDDEEFF", "00112233-4455-6677-8899-AABBCCDDEEFF", 37),
        ("0011223344556677889-aabbccddeeff", "0011223344556677889-aabbccddeeff", 33),
        ("001122334455667g", "001122334455667g", 17), ("x", "x", 2), ("Größe", "Größe", 8),
    ])
    func packsAndUnpacks(_ text: String, _ canonical: String, _ length: Int) throws {
        let packed = try #require(PackedIdentifier.pack(text))
        #expect(packed.count == length)
        #expect(packed.withUnsafeBytes { PackedIdentifier.text(of: $0) } == canonical)
        #expect(packed.withUnsafeBytes { PackedIdentifier.isValid($0) })
        #expect(PackedIdentifier.pack(canonical) == packed)
    }

    @Test func refusesWhatIsTooLongOrEmpty() {
        #expect(PackedIdentifier.pack("") == nil)
        #expect(PackedIdentifier.pack(String(repeating: "a", count: 128))?.count == 129)
        #expect(PackedIdentifier.pack(String(repeating: "a", count: 129)) == nil)
    }

    @Test func validity() {
        let invalid: [[UInt8]] = [
            [], [0], [4], [5, 1], [1] + [UInt8](repeating: 0, count: 15),
            [2] + [UInt8](repeating: 0, count: 16), [4] + [UInt8](repeating: 65, count: 129),
        ]
        for bytes in invalid { #expect(!bytes.withUnsafeBytes { PackedIdentifier.isValid($0) }) }
    }

    @Test func orderIsTheOrderOfTexts() {
        let texts = [
            "00112233445566778899aabbccddeeff", "00112233445566ff", "zz", "a", "ab",
            "00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddeefe",
            "ffffffffffffffff", "fffffffffffffffe", "g",
        ]
        for left in texts {
            for right in texts {
                let isLess = (PackedIdentifier.pack(left) ?? []).withUnsafeBytes { left in
                    (PackedIdentifier.pack(right) ?? []).withUnsafeBytes {
                        PackedIdentifier.isLess(left, $0)
                    }
                }
                #expect(isLess == left.utf8.lexicographicallyPrecedes(right.utf8))
            }
        }
    }
}
