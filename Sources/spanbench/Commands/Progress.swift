// What is said to people, on standard error: standard output carries results alone.

/// Lines about what goes on.
enum Progress {
    /// Writes one line.
    static func say(_ text: String) {
        try? OutputFile.standardError.write(Array("spanbench: \(text)\n".utf8))
    }
}
