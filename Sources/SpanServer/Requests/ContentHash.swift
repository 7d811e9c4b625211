// What tells whether an idempotency key is used again for the same write: 128 bits over the route
// and the decompressed body. It finds mistakes of clients, it does not withstand an adversary, who
// could only make his own retry look like a replay.

import SpanModel

/// Hashes a write's content.
enum ContentHash {
    private static let seed: UInt64 = 0x7370_616e_6431_0001

    /// A key that the content itself gives; no header can hold it.
    static func key(_ hash: [UInt8]) -> String {
        "\u{1}" + hash.map { String($0, radix: 16) }.joined(separator: ".")
    }

    /// 16 bytes.
    static func of(route: String, body: [UInt8]) -> [UInt8] {
        let named = Array(route.utf8).withUnsafeBytes { Hash64.hash($0, seed: seed) }
        let (first, second) = body.withUnsafeBytes { Hash64.hash128($0, seed: named) }
        return [first, second].flatMap { hash in
            withUnsafeBytes(of: hash.littleEndian) { Array($0) }
        }
    }
}
