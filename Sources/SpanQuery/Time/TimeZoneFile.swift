// Reads TZif files (RFC 9636): the 64-bit block of version 2 and later, then the footer's POSIX TZ
// rule. Files are the system's, but every count is checked against the length all the same.

import Glibc
import SpanModel

enum TimeZoneFile {
    private static let directory = "/usr/share/zoneinfo/"
    private static let bytesMax = 256 << 10

    /// The bytes of a zone's file; nil when there is none.
    static func read(_ name: String) -> [UInt8]? {
        let descriptor = open(directory + name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        var length = 0
        while length < bytesMax {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: length), bytesMax - length)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            length += count
        }
        return Array(bytes[..<length])
    }

    /// The rules of a file; nil when it is no TZif file of version 2 or later.
    static func parse(_ bytes: [UInt8], name: String) -> TimeZoneRules? {
        guard let first = Header(bytes, at: 0), first.version >= UInt8(ascii: "2"),
            let header = Header(bytes, at: Header.length + first.bodyLength(timeBytes: 4))
        else { return nil }
        let times = header.end
        let indices = times + header.timeCount * 8
        let types = indices + header.timeCount
        let footer = header.end + header.bodyLength(timeBytes: 8)
        guard header.typeCount > 0, footer <= bytes.count else { return nil }
        let typeOffsets = (0..<header.typeCount).map { type in
            Int64(Int32(truncatingIfNeeded: bigEndian(bytes, types + type * 6, 4)))
                * 1_000_000_000
        }
        var transitions: [Int64] = []
        var offsets = [typeOffsets[0]]
        for index in 0..<header.timeCount {
            let seconds = bigEndian(bytes, times + index * 8, 8)
            let (instant, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            let type = Int(bytes[indices + index])
            guard type < typeOffsets.count else { return nil }
            if overflow {
                if seconds < 0 { offsets[0] = typeOffsets[type] }
                continue
            }
            guard transitions.last.map({ $0 < instant }) ?? true else { return nil }
            transitions.append(instant)
            offsets.append(typeOffsets[type])
        }
        let rule = String(decoding: bytes[footer...].filter { $0 != 10 }, as: UTF8.self)
        PosixZoneRule(rule)?.extend(&transitions, &offsets)
        return TimeZoneRules(name: name, transitions: transitions, offsets: offsets)
    }

    private struct Header {
        static let length = 44
        let version: UInt8
        let end: Int
        let timeCount: Int
        let typeCount: Int
        private let otherBytes: Int
        private let leapCount: Int

        init?(_ bytes: [UInt8], at start: Int) {
            guard start >= 0, start + Self.length <= bytes.count,
                bytes[start..<start + 4].elementsEqual("TZif".utf8)
            else { return nil }
            let counts = (0..<6).map { Int(bigEndian(bytes, start + 20 + $0 * 4, 4)) }
            guard counts.allSatisfy({ $0 <= bytes.count }) else { return nil }
            version = bytes[start + 4]
            end = start + Self.length
            otherBytes = counts[0] + counts[1] + counts[5]
            leapCount = counts[2]
            timeCount = counts[3]
            typeCount = counts[4]
        }

        func bodyLength(timeBytes: Int) -> Int {
            timeCount * (timeBytes + 1) + typeCount * 6 + leapCount * (timeBytes + 4) + otherBytes
        }
    }

    /// A big-endian integer of `count` bytes; the caller has checked the bounds.
    private static func bigEndian(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int64 {
        bytes[start..<start + count].reduce(Int64(0)) { $0 << 8 | Int64($1) }
    }
}
