// Identifiers that are computed from what they identify, so that the same thing sent twice gets the
// same one. The form is that of NeMo Intake, whose clients compute some of them themselves.

/// Makes `prefix-` and 32 hexadecimal digits.
package enum StableID {
    /// The first 16 bytes of SHA-256 over, for each part, its length (8 bytes, big endian) and its
    /// UTF-8 bytes. Lengths keep ("ab", "c") and ("a", "bc") apart.
    package static func make(_ prefix: String, _ parts: [String]) -> String {
        var message: [UInt8] = []
        for part in parts {
            let bytes = Array(part.utf8)
            for shift in stride(from: 56, through: 0, by: -8) {
                message.append(UInt8(truncatingIfNeeded: UInt64(bytes.count) >> UInt64(shift)))
            }
            message += bytes
        }
        let digits = SHA256.digest(message).prefix(16).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return prefix + "-" + digits.joined()
    }
}
