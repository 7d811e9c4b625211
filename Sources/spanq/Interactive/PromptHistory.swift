// What was entered before: kept in memory, and in a file that only its user may read
// ($XDG_STATE_HOME/spanq/history), an entry a line. A file that cannot be read or written is no
// reason to stop: the history then ends with the program.

import Glibc
import SpanPlatform

/// Entries, oldest first.
struct PromptHistory {
    /// Entries that are kept.
    private static let entriesMax = 1_000
    /// Bytes of the file that are read; the oldest ones beyond it are forgotten.
    private static let fileBytesMax = 4 << 20

    private(set) var entries: [String] = []
    private let path: String?

    /// Reads the file, and makes it shorter when it has grown long.
    init() {
        path = Self.makePath()
        guard let path, let bytes = Self.read(path) else { return }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        entries = lines.suffix(Self.entriesMax)
        if lines.count > 2 * Self.entriesMax { write(entries, flags: O_TRUNC) }
    }

    /// Adds an entry, unless it is the last one again.
    mutating func add(_ entry: String) {
        guard !entry.isEmpty, entry != entries.last else { return }
        entries.append(entry)
        if entries.count > Self.entriesMax { entries.removeFirst() }
        write([entry], flags: O_APPEND)
    }

    private static func makePath() -> String? {
        guard
            let state = DefaultPaths.environment("XDG_STATE_HOME")
                ?? DefaultPaths.environment("HOME").map({ $0 + "/.local/state" })
        else { return nil }
        let directory = state + "/spanq"
        for index in directory.indices.dropFirst() where directory[index] == "/" {
            mkdir(String(directory[..<index]), 0o700)
        }
        mkdir(directory, 0o700)
        return directory + "/history"
    }

    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        lseek(descriptor, max(0, size - Self.fileBytesMax), SEEK_SET)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < Self.fileBytesMax {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return bytes
    }

    private func write(_ entries: [String], flags: Int32) {
        guard let path else { return }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o600)
        guard descriptor >= 0 else { return }
        let bytes = Array(entries.map { $0 + "\n" }.joined().utf8)
        // One call, so that two prompts at a time do not mix their lines.
        _ = Glibc.write(descriptor, bytes, bytes.count)
        close(descriptor)
    }
}
