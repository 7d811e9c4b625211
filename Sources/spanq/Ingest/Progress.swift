// A progress bar on standard error, only when that is a terminal.

/// Draws how much of the files was sent.
struct Progress {
    private static let cells = 30

    private let totalBytes: Int?
    private let isShown = Terminal.showsProgress
    private var doneBytes = 0

    /// `totalBytes` nil: unknown, so only the amount is shown.
    init(totalBytes: Int?) { self.totalBytes = totalBytes }

    /// More was sent.
    mutating func advance(by bytes: Int) {
        doneBytes += bytes
        guard isShown else { return }
        let amount = "\(doneBytes >> 20) MiB"
        guard let totalBytes, totalBytes > 0 else { return Terminal.draw(amount) }
        let filled = min(Self.cells, Self.cells * doneBytes / totalBytes)
        let bar =
            String(repeating: "#", count: filled)
            + String(repeating: ".", count: Self.cells - filled)
        Terminal.draw("[\(bar)] \(min(100, 100 * doneBytes / totalBytes)) % \(amount)")
    }

    /// Removes the bar.
    func clear() { if isShown { Terminal.draw("") } }
}
