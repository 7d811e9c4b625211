// Every on-disk name in one place: one maker and one reader per kind. A name is a fixed word, 16
// lower-case hexadecimal digits and a fixed ending; nothing that a user typed ever becomes part of
// one. What no reader here knows is not ours and is left alone.

/// Makes and reads the names of the store's files.
package enum FileNames {
    // MARK: Write-ahead log

    /// The directory, beside the files it was taken from, for what recovery set aside.
    package static let quarantine = "quarantine"

    /// A file of the write-ahead log: `wal-<index>.log`.
    package static func wal(_ index: UInt64) -> String { "wal-\(hex16(index)).log" }

    /// The index of a `wal-<index>.log`, nil for any other name.
    package static func walIndex(_ name: String) -> UInt64? {
        number(name, prefix: "wal-", suffix: ".log")
    }

    /// A WAL file that is being made, not yet part of the log: `wal-<index>.tmp`.
    package static func walTemporary(_ index: UInt64) -> String { "wal-\(hex16(index)).tmp" }

    /// Whether a name is that of a WAL file that was never finished.
    package static func isWALTemporary(_ name: String) -> Bool {
        number(name, prefix: "wal-", suffix: ".tmp") != nil
    }

    /// Log bytes that recovery set aside: `wal-tail-<position>.bin`.
    package static func walTail(_ position: UInt64) -> String {
        "wal-tail-\(hex16(position)).bin"
    }

    /// What is known of a segment that went into quarantine: `segment-<number>.json`.
    package static func segmentReport(_ number: UInt64) -> String {
        "segment-\(hex16(number)).json"
    }

    /// What a recovery found and did, by the manifest's edit: `recovery-<edit>.json`.
    package static func recoveryReport(_ edit: UInt64) -> String { "recovery-\(hex16(edit)).json" }

    // MARK: Store

    /// Locked by the process that holds the store; says who that is.
    package static let lock = "LOCK"
    /// What makes up the store; replaced whole.
    package static let manifest = "MANIFEST"
    /// The next manifest until it is renamed.
    package static let temporaryManifest = "MANIFEST.tmp"

    /// Space kept aside for a full disk: allocated, without content.
    package static let headroom = "HEADROOM"

    /// The directory of a workspace: `workspace-<number>`.
    package static func workspaceDirectory(_ number: UInt32) -> String {
        "workspace-\(hex16(UInt64(number)))"
    }

    /// The number of a workspace's directory, nil for any other name.
    package static func workspaceNumber(_ name: String) -> UInt32? {
        number(name, prefix: "workspace-", suffix: "").flatMap { UInt32(exactly: $0) }
    }

    /// A segment: `segment-<number>.seg`.
    package static func segment(_ number: UInt64) -> String { "segment-\(hex16(number)).seg" }

    /// A run of an identity index: `identity-<number>.run`.
    package static func identityRun(_ number: UInt64) -> String {
        "identity-\(hex16(number)).run"
    }

    /// A run of the idempotency window: `idempotency-<number>.run`.
    package static func idempotencyRun(_ number: UInt64) -> String {
        "idempotency-\(hex16(number)).run"
    }

    /// The rows killed in listed segments: `kills-<number>.bin`.
    package static func kills(_ number: UInt64) -> String { "kills-\(hex16(number)).bin" }

    /// Whether a file is of a kind that only the manifest keeps: unlisted, it is a leftover.
    package static func isRemovable(_ name: String) -> Bool {
        name == temporaryManifest
            || number(name, prefix: "segment-", suffix: ".seg") != nil
            || number(name, prefix: "identity-", suffix: ".run") != nil
            || number(name, prefix: "idempotency-", suffix: ".run") != nil
            || number(name, prefix: "kills-", suffix: ".bin") != nil
    }

    /// Whether a file below `quarantine/` holds bytes of rows: a part of a log, or a file of the store
    /// that was set aside.
    package static func isSetAside(_ name: String) -> Bool {
        number(name, prefix: "wal-tail-", suffix: ".bin") != nil || isRemovable(name)
    }

    // MARK: Grammar

    /// 16 lower-case hexadecimal digits.
    package static func hex16(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// The number of `<prefix><16 digits><suffix>`, nil for anything else.
    package static func number(_ name: String, prefix: String, suffix: String) -> UInt64? {
        let bytes = Array(name.utf8)
        guard bytes.count == prefix.utf8.count + 16 + suffix.utf8.count,
            bytes.starts(with: prefix.utf8),
            bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
        else { return nil }
        var number: UInt64 = 0
        for byte in bytes.dropFirst(prefix.utf8.count).prefix(16) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                number = number << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                number = number << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }
}
