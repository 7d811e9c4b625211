// CRC32C: published values, hardware against tables, binding to file and offset.

import SpanPlatform
import SpanTesting
import Testing

struct CRC32CTests {
    static let known: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
        ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
        ([UInt8](0..<32), 0x46dd_794e),
        (Array("123456789".utf8), 0xe306_9283),
        ([], 0),
    ]

    @Test("Known answers of RFC 3720", arguments: known)
    func knownAnswers(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(bytes) == expected)
        #expect(CRC32C.portableChecksum(bytes) == expected)
    }

    @Test("The instruction and the tables agree at every length, in any two parts")
    func partsAndPaths() {
        var generator = SeededGenerator(seed: 1)
        for count in 0..<300 {
            let bytes = generator.bytes(count)
            let whole = CRC32C.checksum(bytes)
            #expect(CRC32C.portableChecksum(bytes) == whole)
            let cut = generator.int(below: count + 1)
            var crc = CRC32C()
            bytes[..<cut].withUnsafeBytes { crc.update($0) }
            bytes[cut...].withUnsafeBytes { crc.update($0) }
            #expect(crc.value == whole)
        }
    }

    @Test("A bound checksum is that of file id, offset and bytes in a row")
    func bound() {
        let bytes: [UInt8] = [1, 2, 3]
        let row: [UInt8] = [8, 7, 6, 5, 4, 3, 2, 1, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]
        let sum = CRC32C.checksum(bytes, fileID: 0x0102_0304_0506_0708, offset: 64)
        #expect(sum == CRC32C.checksum(row))
        #expect(sum != CRC32C.checksum(bytes, fileID: 0x0102_0304_0506_0708, offset: 128))
        #expect(sum != CRC32C.checksum(bytes, fileID: 1, offset: 64))
    }
}
