// The hash is on disk: these values never change.

import SpanModel
import Testing

@Suite struct Hash64Tests {
    @Test(arguments: [(0, 0), (1, 0), (3, 0), (4, 0), (8, 0), (16, 0), (17, 0), (33, 7)])
    func golden(_ length: Int, _ seed: UInt64) {
        let bytes = (0..<length).map { UInt8($0) }
        let hash = bytes.withUnsafeBytes { Hash64.hash($0, seed: seed) }
        #expect(hash == Self.expected[length])
    }

    @Test func combineGolden() {
        #expect(Hash64.combine(1, 2) == Self.combined)
        #expect(Hash64.combine(2, 1) != Self.combined)
    }

    @Test func everyBitCounts() {
        for length in 1...40 {
            var seen: Set<UInt64> = []
            for bit in 0..<length * 8 {
                var bytes = [UInt8](repeating: 0, count: length)
                bytes[bit / 8] = 1 << UInt8(bit % 8)
                seen.insert(bytes.withUnsafeBytes { Hash64.hash($0, seed: 1) })
            }
            #expect(seen.count == length * 8)
        }
    }

    @Test func everyBitAndTheLengthCountInBothHalves() {
        for length in [0, 1, 63, 64, 65, 127, 128, 200] {
            var first: Set<UInt64> = []
            var second: Set<UInt64> = []
            for bit in 0...length * 8 {
                var bytes = [UInt8](repeating: 0, count: length)
                if bit < length * 8 { bytes[bit / 8] = 1 << UInt8(bit % 8) }
                let (low, high) = bytes.withUnsafeBytes { Hash64.hash128($0, seed: 1) }
                first.insert(low)
                second.insert(high)
            }
            #expect(first.count == length * 8 + 1)
            #expect(second.count == length * 8 + 1)
            #expect(first.isDisjoint(with: second))
        }
        let zeros = [UInt8](repeating: 0, count: 256)
        let hashes = Set(
            (0...256).map { length in
                zeros.withUnsafeBytes {
                    Hash64.hash128(UnsafeRawBufferPointer(rebasing: $0[..<length]), seed: 1).0
                }
            })
        #expect(hashes.count == 257)
    }

    private static let expected: [Int: UInt64] = [
        0: 0x2526_a4b0_2b21_d56b,
        1: 0x3500_155d_0b10_d12e,
        3: 0x2323_6de3_af3c_3ceb,
        4: 0x275e_313c_f704_0639,
        8: 0x8e29_59ec_622b_4e4b,
        16: 0x7757_67ca_6299_4456,
        17: 0xb782_9e0f_707a_2e77,
        33: 0x1844_00fc_81e7_92ea,
    ]
    private static let combined: UInt64 = 0x8220_b85b_ee74_c3c6
}
