// Where in a statement something is wrong, as messages about it say: "… at line 1, column 8 …".

/// A line and a character, both counted from 1.
struct ErrorPlace {
    let line: Int
    let column: Int

    /// Nil when the message names no place.
    init?(_ message: String) {
        let words = message.split(separator: " ")
        for start in words.indices.dropLast(4)
        where words[start] == "at" && words[start + 1] == "line" && words[start + 3] == "column" {
            guard let line = Self.number(words[start + 2]),
                let column = Self.number(words[start + 4])
            else { continue }
            self.line = line
            self.column = column
            return
        }
        return nil
    }

    private static func number(_ word: Substring) -> Int? {
        Int(word.prefix { $0.isNumber }).flatMap { $0 > 0 ? $0 : nil }
    }
}
