// The config file: the flat part of YAML, `key: value` lines with comments and quotes. All
// settings are scalars, so nesting, lists and anchors are errors with file and line, as are unknown
// and repeated keys. A YAML library would bring Foundation and 60 MB of program with it.

import Glibc
import SpanModel

/// Settings that a file gives.
struct ConfigFile {
    private static let bytesMax = 64 << 10

    /// Values with the lines they stand on.
    private(set) var values: [Setting: (value: String, line: Int)] = [:]

    /// Reads a file.
    init(path: String) throws(StoreError) {
        try self.init(text: try Self.read(path), path: path)
    }

    /// Parses a file's text; `path` is for messages.
    init(text: String, path: String) throws(StoreError) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            func fail(_ reason: String) -> StoreError {
                .invalidArgument(name: "\(path):\(index + 1)", reason: reason)
            }
            let content = line.last == "\r" ? line.dropLast() : line
            guard let first = content.first(where: { $0 != " " }), first != "#",
                content != "---"
            else { continue }
            guard content.first != " ", content.first != "\t",
                let colon = content.firstIndex(of: ":")
            else { throw fail("expected 'key: value'") }
            let key = String(content[..<colon])
            guard let setting = Setting(rawValue: key) else {
                throw fail("there is no setting '\(key)'")
            }
            guard values[setting] == nil else { throw fail("'\(key)' is set twice") }
            guard let value = Self.scalar(content[content.index(after: colon)...]) else {
                throw fail("'\(key)' needs a plain or quoted value on the same line")
            }
            values[setting] = (value, index + 1)
        }
    }

    /// A plain or quoted scalar and an optional comment; nil for anything else.
    private static func scalar(_ text: Substring) -> String? {
        guard text.first == " " || text.first == "\t" else { return nil }
        let trimmed = text.drop { $0 == " " || $0 == "\t" }
        guard let first = trimmed.first else { return nil }
        if first == "\"" || first == "'" {
            guard let end = trimmed.dropFirst().firstIndex(of: first) else { return nil }
            let inside = trimmed[trimmed.index(after: trimmed.startIndex)..<end]
            let rest = trimmed[trimmed.index(after: end)...].drop { $0 == " " || $0 == "\t" }
            return (rest.isEmpty || rest.first == "#") && !inside.contains("\\")
                ? String(inside) : nil
        }
        guard !"[{&*!|>%@`#".contains(first) else { return nil }
        var end = trimmed.endIndex
        if let comment = trimmed.firstRange(of: " #") { end = comment.lowerBound }
        let value = trimmed[..<end].reversed().drop { $0 == " " || $0 == "\t" }.reversed()
        return String(value)
    }

    private static func read(_ path: String) throws(StoreError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .io(operation: "open", path: path, errno: errno) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw .io(operation: "read", path: path, errno: errno) }
        guard count <= bytesMax,
            let text = String(validating: bytes[..<count], as: UTF8.self)
        else {
            throw .invalidArgument(name: path, reason: "is not a small UTF-8 text file")
        }
        return text
    }
}
