// Several dictionaries → one with the strings in use, in order of source and code. Order of
// calls: `use` for each row, `finish` once, `code` for each row. Sources that share a dictionary
// share its table, and each string in use is hashed once per dictionary, never per row.

/// Merges dictionaries and translates codes.
struct DictionaryMerge {
    private var dictionaries: [StringDictionary] = []
    /// By source: where its dictionary's codes start in `codes`.
    private var starts: [Int] = []
    /// By dictionary and code: first whether the string is in use, then its new code.
    private var codes: [UInt32] = []

    private static let unused = UInt32.max
    private static let used = UInt32.max - 1

    /// A merge of the dictionaries of the sources, in their order.
    init(_ sources: [StringDictionary]) {
        var startOf: [ObjectIdentifier: Int] = [:]
        var total = 0
        for dictionary in sources {
            let identity = ObjectIdentifier(dictionary)
            if startOf[identity] == nil {
                startOf[identity] = total
                dictionaries.append(dictionary)
                total += dictionary.count
            }
            starts.append(startOf[identity] ?? 0)
        }
        codes = Array(repeating: Self.unused, count: total)
    }

    /// Marks a code as used; a null needs no mark.
    @inline(__always)
    mutating func use(_ code: UInt32, of source: Int) {
        if code != StringVector.nullCode { codes[starts[source] + Int(code)] = Self.used }
    }

    /// The dictionary of all strings in use.
    mutating func finish() -> StringDictionary {
        var interner = StringInterner()
        var place = 0
        for dictionary in dictionaries {
            for code in 0..<UInt32(dictionary.count) {
                if codes[place] == Self.used {
                    codes[place] = dictionary.withBytes(code) { interner.intern($0) }
                }
                place += 1
            }
        }
        return interner.dictionary()
    }

    /// The new code of a row's code.
    @inline(__always)
    func code(_ code: UInt32, of source: Int) -> UInt32 {
        code == StringVector.nullCode ? code : codes[starts[source] + Int(code)]
    }
}
