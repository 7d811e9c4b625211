// The words of the texts: made of syllables, in Zipf's frequencies, like prompts and answers. Two of
// them are the needles of the search question: one in about every twelfth output, one in few.
// Cost: about 10 ns a word.

/// Words and their frequencies.
struct Vocabulary {
    /// A word that about 8 % of the outputs hold, and that no other word contains.
    static let commonNeedle = "kaleidoscope"
    /// A word of one output in 50,000.
    static let rareNeedle = "xylophonist"

    private static let wordCount = 20_000
    private static let commonNeedlePerOutput = 0.08
    private static let rareNeedlePerOutput = 0.000_02
    private static let onsets = [
        "b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st", "tr", "ch",
        "sh", "pl",
    ]
    private static let vowels = ["a", "e", "i", "o", "u", "ea", "ou", "ai"]
    private static let codas = ["", "", "", "n", "r", "s", "t", "l", "nd", "ng", "m", "ck"]

    private let bytes: [UInt8]
    private let starts: [Int32]
    private let table: WeightedTable

    init() {
        var random = BenchRandom(seed: 0x5EED_0F_0B0D5)
        var bytes: [UInt8] = []
        var starts: [Int32] = [0]
        for rank in 0..<Self.wordCount {
            // Frequent words are short.
            let syllables = rank < 40 ? 1 : rank < 1_500 ? 2 : 2 + random.below(2)
            for _ in 0..<syllables {
                for part in [Self.onsets, Self.vowels, Self.codas] {
                    bytes += part[random.below(part.count)].utf8
                }
            }
            starts.append(Int32(bytes.count))
        }
        self.bytes = bytes
        self.starts = starts
        table = WeightedTable(zipf: Self.wordCount, slotCount: 1 << 18)
    }

    /// Appends 100 to 600 bytes of sentences that depend on the seed alone. `isOutput` texts may
    /// hold the needles.
    func appendText(seed: UInt64, isOutput: Bool, to text: inout [UInt8]) {
        var random = BenchRandom(seed: seed)
        let end = text.count + 100 + random.below(480)
        if isOutput {
            let share = random.unit()
            if share < Self.commonNeedlePerOutput { text += "\(Self.commonNeedle) ".utf8 }
            if share > 1 - Self.rareNeedlePerOutput { text += "\(Self.rareNeedle) ".utf8 }
        }
        while true {
            let word = random.next()
            let choice = table.choice(word)
            text += bytes[Int(starts[choice])..<Int(starts[choice + 1])]
            if text.count >= end { break }
            appendSeparator(UInt8(truncatingIfNeeded: word), to: &text)
        }
        text.append(UInt8(ascii: "."))
    }

    /// What follows a word: mostly a space, at times punctuation, a line's end, a number, a quote.
    private func appendSeparator(_ dice: UInt8, to text: inout [UInt8]) {
        switch dice {
        case 0..<16: text += ". ".utf8
        case 16..<28: text += ", ".utf8
        case 28..<31: text.append(UInt8(ascii: "\n"))
        case 31..<35: text += " \(Int(dice) * 37 % 1_000) ".utf8
        case 35: text += " \"".utf8
        case 36: text += "\" ".utf8
        default: text.append(UInt8(ascii: " "))
        }
    }
}
