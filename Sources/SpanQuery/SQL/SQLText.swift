// The text of a query or condition, and errors that say where in it something is wrong.

import SpanModel

/// A text being read, and what errors call it (`sql`, `where`).
struct SQLText: Sendable {
    let name: String
    let bytes: [UInt8]

    /// Throws `limitExceeded` for a text that is too long.
    init(_ text: String, name: String) throws(StoreError) {
        bytes = Array(text.utf8)
        self.name = name
        guard bytes.count <= Limits.queryTextBytesMax else {
            throw .limitExceeded(
                limit: "bytes of \(name)", value: bytes.count, maximum: Limits.queryTextBytesMax)
        }
    }

    /// An error about what begins at a byte of the text, and what may help.
    func error(_ reason: String, at offset: Int, hint: String? = nil) -> StoreError {
        let (line, column) = place(of: offset)
        let end = hint.map { ": \($0)" } ?? ""
        return .invalidArgument(
            name: name, reason: "\(reason) at line \(line), column \(column)\(end)")
    }

    /// An error about a name that does not exist, with those of `names` that look like it.
    func unknown(_ what: String, _ name: String, among names: [String], at offset: Int)
        -> StoreError
    {
        let nearest = EditDistance.nearest(to: name, in: names).map { "'\($0)'" }
        return error(
            "unknown \(what) \(Self.quoted(name))", at: offset,
            hint: nearest.isEmpty ? nil : "did you mean \(nearest.joined(separator: ", "))?")
    }

    /// An error that evaluation threw while the text was bound, with its place.
    func error(_ error: StoreError, at offset: Int) -> StoreError {
        guard case .invalidArgument(_, let reason) = error else { return error }
        return self.error(reason, at: offset)
    }

    /// Counted from 1, columns in characters.
    private func place(of offset: Int) -> (line: Int, column: Int) {
        let before = bytes[..<min(offset, bytes.count)]
        let line = before.reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let column = before[start...].reduce(1) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        return (line, column)
    }

    /// What the text says between two bytes.
    func piece(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// A word of the text as messages show it.
    static func quoted(_ word: String) -> String {
        let shownMax = 60
        return word.count <= shownMax ? "'\(word)'" : "'\(word.prefix(shownMax))…'"
    }
}
