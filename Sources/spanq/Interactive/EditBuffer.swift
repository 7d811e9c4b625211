// The line that is being edited: characters and a cursor. Nothing of a terminal is known here.

/// An edited line.
struct EditBuffer {
    private(set) var characters: [Character] = []
    /// The character that the cursor stands on; `characters.count` behind the last one.
    private(set) var cursor = 0

    init(_ text: String = "") {
        characters = Array(text)
        cursor = characters.count
    }

    var text: String { String(characters) }
    var isEmpty: Bool { characters.isEmpty }

    /// What stands before the cursor.
    var beforeCursor: String { String(characters[..<cursor]) }

    mutating func insert(_ text: some Collection<Character>) {
        characters.insert(contentsOf: text, at: cursor)
        cursor += text.count
    }

    /// Removes the character before the cursor.
    mutating func deleteBackward() { deleteBackward(to: max(0, cursor - 1)) }

    /// Removes the character on the cursor.
    mutating func deleteForward() {
        if cursor < characters.count { characters.remove(at: cursor) }
    }

    /// Removes the word before the cursor and the blanks behind it.
    mutating func deleteWord() { deleteBackward(to: wordStart) }

    /// Removes everything before the cursor.
    mutating func deleteToStart() { deleteBackward(to: 0) }

    /// Removes everything from the cursor on.
    mutating func deleteToEnd() { characters.removeSubrange(cursor...) }

    mutating func moveLeft() { cursor = max(0, cursor - 1) }
    mutating func moveRight() { cursor = min(characters.count, cursor + 1) }
    mutating func moveToStart() { cursor = 0 }
    mutating func moveToEnd() { cursor = characters.count }
    mutating func moveWordLeft() { cursor = wordStart }

    mutating func moveWordRight() {
        while cursor < characters.count, characters[cursor].isWhitespace { cursor += 1 }
        while cursor < characters.count, !characters[cursor].isWhitespace { cursor += 1 }
    }

    private var wordStart: Int {
        var start = cursor
        while start > 0, characters[start - 1].isWhitespace { start -= 1 }
        while start > 0, !characters[start - 1].isWhitespace { start -= 1 }
        return start
    }

    private mutating func deleteBackward(to start: Int) {
        characters.removeSubrange(start..<cursor)
        cursor = start
    }
}
