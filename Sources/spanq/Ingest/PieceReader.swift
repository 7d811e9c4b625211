// Cuts a file or standard input into pieces of one request each.
// Memory: one piece and what was read of the next.

import Glibc
import SpanModel

/// Part of a file.
struct Piece {
    let bytes: [UInt8]
    /// The number of its first line, from 1.
    let firstLine: Int
    /// The Content-Encoding that its bytes are in already; nil: none.
    let coding: String?
}

/// Reads a file in pieces. A compressed file is one piece, sent as it is.
final class PieceReader {
    /// Where a file is cut.
    enum Cut {
        /// After whole lines, a few MiB each.
        case lines
        /// After each line.
        case line
        /// Nowhere.
        case whole
    }

    private static let readBytes = 1 << 20
    private static let batchBytes = 4 << 20

    private let path: String
    private var cut: Cut
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var position = 0
    private var line = 1
    private var isAtEnd = false
    private var coding: String?

    /// Opens a file; `-` is standard input.
    init(path: String, cut: Cut) throws(CommandFailure) {
        self.path = path
        self.cut = cut
        descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(
                what: "cannot open the file", place: path, hint: "errno \(errno)", exitCode: 74)
        }
    }

    deinit { if descriptor > 0 { close(descriptor) } }

    /// Bytes of all files; nil when one has no size.
    static func totalBytes(_ paths: [String]) -> Int? {
        var total = 0
        for path in paths {
            var info = stat()
            guard path != "-", stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
                return nil
            }
            total += Int(info.st_size)
        }
        return total
    }

    /// The next piece; nil at the end. Throws for a piece beyond what a request may hold.
    func next() throws(CommandFailure) -> Piece? {
        while true {
            if let end = endOfPiece() {
                let piece = Piece(
                    bytes: Array(buffer[position..<end]), firstLine: line, coding: coding)
                line += piece.bytes.count { $0 == 0x0A }
                position = end
                return piece
            }
            if isAtEnd { return nil }
            guard buffer.count - position <= Limits.requestBodyBytesMax else {
                throw CommandFailure(
                    .limitExceeded, "a piece is larger than a request may be", place: path)
            }
            try fill()
            if coding == nil, line == 1, let found = Self.coding(of: buffer) {
                coding = found
                cut = .whole
            }
        }
    }

    /// The coding whose magic number (RFC 1952, RFC 8878) the bytes begin with.
    private static func coding(of bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0x1F, 0x8B]) { return "gzip" }
        if bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return "zstd" }
        return nil
    }

    private func endOfPiece() -> Int? {
        guard position < buffer.count else { return nil }
        if isAtEnd && (cut == .whole || cut == .lines) { return buffer.count }
        switch cut {
        case .whole: return nil
        case .line:
            let newline = buffer[position...].firstIndex(of: 0x0A)
            return newline.map { $0 + 1 } ?? (isAtEnd ? buffer.count : nil)
        case .lines:
            guard buffer.count - position >= Self.batchBytes else { return nil }
            return buffer[position...].lastIndex(of: 0x0A).map { $0 + 1 }
        }
    }

    private func fill() throws(CommandFailure) {
        buffer.removeSubrange(..<position)
        position = 0
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.readBytes))
        let count = buffer.withUnsafeMutableBytes { bytes in
            read(descriptor, bytes.baseAddress.map { $0 + start }, Self.readBytes)
        }
        buffer.removeLast(Self.readBytes - max(0, count))
        if count == 0 { isAtEnd = true }
        if count < 0, errno != EINTR {
            throw CommandFailure(
                what: "cannot read the file", place: path, hint: "errno \(errno)", exitCode: 74)
        }
    }
}
