// Standard output and standard error. A reader that went away (SIGPIPE) ends the program quietly:
// the signal keeps its default action.

import Glibc
import SpanPlatform

/// The two output streams.
enum Terminal {
    /// Whether standard output is a terminal.
    static var isOutputInteractive: Bool { isatty(1) == 1 }

    /// Whether progress may be drawn on standard error.
    static var showsProgress: Bool { isatty(2) == 1 }

    /// Columns of the terminal that standard output is; nil when it is none.
    static var width: Int? {
        var size = winsize()
        guard isOutputInteractive, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    /// Writes data to standard output.
    static func write(_ bytes: [UInt8]) throws(CommandFailure) {
        guard write(bytes, to: 1) else {
            throw CommandFailure(
                what: "cannot write", place: "standard output", hint: "errno \(errno)",
                exitCode: 74)
        }
    }

    /// Writes one line to standard error; control characters in it are replaced.
    static func message(_ line: String) {
        var bytes = line.utf8.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }
        bytes.append(UInt8(ascii: "\n"))
        _ = write(bytes, to: 2)
    }

    /// Draws over the current line of standard error.
    static func draw(_ line: String) { _ = write(Array("\r\(line)\u{1B}[K".utf8), to: 2) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
