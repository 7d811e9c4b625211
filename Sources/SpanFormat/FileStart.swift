// The first twelve bytes of a file: magic and version. They keep their place for ever and are read
// before anything else is believed, checksums included, so that a file of a newer program is named
// as such and not called damaged.

import SpanModel

/// Reads what every file starts with.
enum FileStart {
    /// Checks magic and version, and returns the version. Throws `unsupportedVersion` for one above
    /// `newest`, else `corruption`.
    @discardableResult
    static func check(
        _ reader: inout ByteReader, magic: [UInt8], newest: UInt32, file: String
    ) throws(StoreError) -> UInt32 {
        guard try reader.take(8).elementsEqual(magic) else { throw reader.damage("bad magic") }
        let found = try reader.uint32()
        guard found <= newest else {
            throw .unsupportedVersion(file: file, found: found, newest: newest)
        }
        guard found > 0 else { throw reader.damage("version 0") }
        return found
    }
}

extension ByteReader {
    /// Reads a byte that is 0 or 1.
    mutating func flag() throws(StoreError) -> Bool {
        let byte = try uint8()
        guard byte <= 1 else { throw damage("flag \(byte)") }
        return byte == 1
    }
}
