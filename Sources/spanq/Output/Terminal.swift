// Standard output and standard error. A reader that went away (SIGPIPE) ends the program quietly:
// the signal keeps its default action.

import Glibc
import SpanModel
import SpanPlatform

/// The two output streams.
enum Terminal {
    /// Whether standard output is a terminal.
    static var isOutputInteractive: Bool { isatty(1) == 1 }

    /// Whether progress may be drawn on standard error.
    static var showsProgress: Bool { isatty(2) == 1 }

    /// Whether lines can be edited: keys come from a terminal, and are shown on one.
    static var isPromptInteractive: Bool { isatty(0) == 1 && isatty(2) == 1 }

    /// Whether what is said to people may be coloured (https://no-color.org).
    static var isColoured: Bool {
        isatty(2) == 1 && DefaultPaths.environment("NO_COLOR") == nil
            && DefaultPaths.environment("TERM") != "dumb"
    }

    /// Columns of the terminal that standard output is; nil when it is none.
    static var width: Int? { width(of: 1) }

    /// Columns of the terminal that lines are edited on.
    static var editorWidth: Int { width(of: 2) ?? 80 }

    private static func width(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0,
            size.ws_col > 0
        else { return nil }
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

    /// Writes a piece of an answer to standard output.
    static func pass(_ piece: [UInt8]) throws(StoreError) {
        guard write(piece, to: 1) else {
            throw .io(operation: "write", path: "standard output", errno: errno)
        }
    }

    /// Writes one line to standard error; control characters in it are replaced.
    static func message(_ line: String) {
        var bytes = line.utf8.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }
        bytes.append(UInt8(ascii: "\n"))
        _ = write(bytes, to: 2)
    }

    /// Makes room for the next of several answers: an empty screen on a terminal, else an empty line.
    static func beginFrame() throws(CommandFailure) {
        try write(Array((isOutputInteractive ? "\u{1B}[H\u{1B}[2J" : "\n").utf8))
    }

    /// Waits.
    static func pause(seconds: Double) {
        var time = timespec(
            tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
        nanosleep(&time, nil)
    }

    /// Draws over the current line of standard error.
    static func draw(_ line: String) { _ = write(Array("\r\(line)\u{1B}[K".utf8), to: 2) }

    /// Writes to the terminal that standard error is, as it is.
    static func show(_ text: String) { _ = write(Array(text.utf8), to: 2) }

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
