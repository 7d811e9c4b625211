// Log lines: `spand: <level>: <message> <key=value …>` on standard error, one write per line so
// that lines of several threads do not mix. Nothing that came in a payload is ever logged.

import Glibc
import Logging

/// Writes log lines to standard error.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]

    package init(level: Logger.Level) { logLevel = level }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line = "spand: \(event.level): \(event.message)"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
        Self.write(line)
    }

    /// Writes one line to standard error; control characters in it are replaced.
    package static func write(_ line: String) {
        var bytes = line.utf8.map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: " ") : $0 }
        bytes.append(UInt8(ascii: "\n"))
        _ = Glibc.write(2, bytes, bytes.count)
    }
}
