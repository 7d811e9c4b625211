// Reads one line from the terminal, with editing, history, search (ctrl-R) and completion. Drawn on
// standard error, because standard output is for data. A line that is wider than the terminal
// scrolls sideways. Order of calls: `read` for each line.

import SpanWire

/// Edits lines.
struct LineEditor {
    /// How a line ended.
    enum Outcome {
        case line(String)
        /// ctrl-C.
        case cancelled
        /// ctrl-D on an empty line, or the end of input.
        case ended
    }

    private var keys = KeyReader()
    private var buffer = EditBuffer()
    private var prompt = ""
    private var history: [String] = []
    /// The entry shown; `history.count`: none, but what was being typed.
    private var historyIndex = 0
    private var typed = ""
    private var isTabRepeated = false

    /// Reads a line. `complete` gives the words that may stand for the one before the cursor, and
    /// how much of it is there already.
    mutating func read(
        prompt: String, history: [String],
        complete: (_ beforeCursor: String) -> (words: [String], typedCount: Int)
    ) -> Outcome {
        guard let rawMode = RawMode() else { return .ended }
        defer { rawMode.end() }
        self.prompt = prompt
        self.history = history
        historyIndex = history.count
        typed = ""
        buffer = EditBuffer()
        draw()
        while let key = keys.next() {
            let wasTab = isTabRepeated
            isTabRepeated = false
            switch key {
            case .enter: return finish(.line(buffer.text))
            case .control("c"): return finish(.cancelled, mark: "^C")
            case .control("d") where buffer.isEmpty: return finish(.ended)
            case .control("r"):
                if let outcome = search() { return outcome }
            case .tab: completeWord(complete(buffer.beforeCursor), lists: wasTab)
            default: edit(key)
            }
            if !keys.hasBuffered { draw() }
        }
        return finish(.ended)
    }

    private mutating func edit(_ key: Key) {
        switch key {
        case .character(let character): buffer.insert([character])
        case .backspace: buffer.deleteBackward()
        case .delete, .control("d"): buffer.deleteForward()
        case .left, .control("b"): buffer.moveLeft()
        case .right, .control("f"): buffer.moveRight()
        case .wordLeft: buffer.moveWordLeft()
        case .wordRight: buffer.moveWordRight()
        case .home, .control("a"): buffer.moveToStart()
        case .end, .control("e"): buffer.moveToEnd()
        case .control("k"): buffer.deleteToEnd()
        case .control("u"): buffer.deleteToStart()
        case .control("w"): buffer.deleteWord()
        case .up, .control("p"): showEntry(historyIndex - 1)
        case .down, .control("n"): showEntry(historyIndex + 1)
        case .control("l"): Terminal.show("\u{1B}[H\u{1B}[2J")
        case .enter, .tab, .control, .unknown: break
        }
    }

    private mutating func showEntry(_ index: Int) {
        guard (0...history.count).contains(index) else { return }
        if historyIndex == history.count { typed = buffer.text }
        historyIndex = index
        buffer = EditBuffer(index == history.count ? typed : history[index])
    }

    // MARK: - Completion

    /// Inserts what all words have in common; the second time in a row, lists them.
    private mutating func completeWord(
        _ candidates: (words: [String], typedCount: Int), lists: Bool
    ) {
        guard let first = candidates.words.first else { return }
        let common = candidates.words.dropFirst().reduce(first) { common, word in
            let count = zip(common, word).prefix { $0 == $1 }.count
            return String(common.prefix(count))
        }
        let isOnly = candidates.words.count == 1
        // The word is written anew: keywords take the case of the list.
        if common.count >= candidates.typedCount {
            for _ in 0..<candidates.typedCount { buffer.deleteBackward() }
            buffer.insert(isOnly ? common + " " : common)
        }
        isTabRepeated = !isOnly
        if lists, !isOnly {
            Terminal.show("\r\n" + candidates.words.joined(separator: "  ") + "\r\n")
        }
    }

    // MARK: - Search

    /// Finds entries that contain what is typed, newest first. Nil: the line goes on being edited.
    private mutating func search() -> Outcome? {
        var wanted = ""
        var index = history.count
        while true {
            let entry = index < history.count ? history[index] : ""
            draw("search '\(wanted)': ", EditBuffer(entry))
            guard let key = keys.next() else { return finish(.ended) }
            switch key {
            case .character(let character):
                wanted.append(character)
                index = find(wanted, before: history.count) ?? history.count
            case .backspace:
                wanted = String(wanted.dropLast())
                index = find(wanted, before: history.count) ?? history.count
            case .control("r"): index = find(wanted, before: index) ?? index
            case .control("c"), .control("g"): return nil
            default:
                if index < history.count { showEntry(index) }
                if key != .enter { return nil }
                draw()
                return finish(.line(buffer.text))
            }
        }
    }

    private func find(_ wanted: String, before index: Int) -> Int? {
        wanted.isEmpty ? nil : history[..<index].lastIndex { $0.contains(wanted) }
    }

    // MARK: - Drawing

    private mutating func finish(_ outcome: Outcome, mark: String = "") -> Outcome {
        buffer.moveToEnd()
        draw()
        Terminal.show(mark + "\r\n")
        return outcome
    }

    private func draw() { draw(prompt, buffer) }

    private func draw(_ prompt: String, _ buffer: EditBuffer) {
        let room = max(10, Terminal.editorWidth - DisplayWidth.of(prompt) - 1)
        var first = buffer.cursor
        var column = 0
        while first > 0 {
            let width = DisplayWidth.of(String(buffer.characters[first - 1]))
            if column + width > room { break }
            column += width
            first -= 1
        }
        var shown = ""
        var width = 0
        for character in buffer.characters[first...] {
            width += DisplayWidth.of(String(character))
            if width > room { break }
            shown.append(character)
        }
        let position = DisplayWidth.of(prompt) + column
        Terminal.show("\r\(prompt)\(shown)\u{1B}[K\r\u{1B}[\(position)C")
    }
}
