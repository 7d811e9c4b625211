// The union of the dictionaries of one string column over many row groups, sorted by bytes, with a
// table per dictionary from its codes to the union's. Strings are hashed once per dictionary, never
// per row.

import SpanColumns

/// A sorted union and how to translate into it.
struct DictionaryUnion {
    let dictionary: StringDictionary
    /// By dictionary, then by its code; codes that were not asked for map to `StringVector.nullCode`.
    private let translations: [ObjectIdentifier: [UInt32]]

    /// The union of the strings that `used` marks in each dictionary.
    init(_ used: [(dictionary: StringDictionary, isUsed: [Bool])]) {
        var interner = StringInterner()
        var raw: [(ObjectIdentifier, [UInt32])] = []
        for (dictionary, isUsed) in used {
            var codes = [UInt32](repeating: StringVector.nullCode, count: dictionary.count)
            for code in codes.indices where isUsed[code] {
                codes[code] = dictionary.withBytes(UInt32(code)) { interner.intern($0) }
            }
            raw.append((ObjectIdentifier(dictionary), codes))
        }
        let (sorted, ranks) = interner.dictionary().sorted()
        dictionary = sorted
        var translations: [ObjectIdentifier: [UInt32]] = [:]
        for (identifier, codes) in raw {
            translations[identifier] = codes.map {
                $0 == StringVector.nullCode ? $0 : ranks[Int($0)]
            }
        }
        self.translations = translations
    }

    /// The union's codes for a dictionary that took part.
    func translation(_ dictionary: StringDictionary) -> [UInt32] {
        translations[ObjectIdentifier(dictionary)] ?? []
    }

    /// The union of all strings that rows of these vectors use.
    static func ofRows(_ vectors: [StringVector]) -> DictionaryUnion {
        var order: [StringDictionary] = []
        var marks: [ObjectIdentifier: [Bool]] = [:]
        for vector in vectors {
            let identifier = ObjectIdentifier(vector.dictionary)
            var isUsed =
                marks.removeValue(forKey: identifier)
                ?? {
                    order.append(vector.dictionary)
                    return Array(repeating: false, count: vector.dictionary.count)
                }()
            for code in vector.codes where code != StringVector.nullCode {
                isUsed[Int(code)] = true
            }
            marks[identifier] = isUsed
        }
        return DictionaryUnion(order.map { ($0, marks[ObjectIdentifier($0)] ?? []) })
    }

    /// The union of the strings that some rows use; `vectors` are by group, nil where all is null.
    /// What other rows of the groups hold stays out, so that it does not outlive them.
    static func of(_ rows: [RewriteRow], in vectors: [StringVector?]) -> DictionaryUnion {
        var dictionaries: [(dictionary: StringDictionary, first: Int)] = []
        var firsts: [ObjectIdentifier: Int] = [:]
        var stringCount = 0
        // The strings of all dictionaries, numbered through: a row touches no count of references.
        let firstOfGroup = vectors.map { vector -> Int in
            guard let dictionary = vector?.dictionary else { return 0 }
            if let known = firsts[ObjectIdentifier(dictionary)] { return known }
            firsts[ObjectIdentifier(dictionary)] = stringCount
            dictionaries.append((dictionary, stringCount))
            stringCount += dictionary.count
            return stringCount - dictionary.count
        }
        let codes = vectors.map { $0?.codes ?? [] }
        var isUsed = [Bool](repeating: false, count: stringCount)
        for row in rows where !codes[Int(row.group)].isEmpty {
            let code = codes[Int(row.group)][Int(row.row)]
            guard code != StringVector.nullCode else { continue }
            isUsed[firstOfGroup[Int(row.group)] + Int(code)] = true
        }
        return DictionaryUnion(
            dictionaries.map {
                ($0.dictionary, Array(isUsed[$0.first..<$0.first + $0.dictionary.count]))
            })
    }
}

extension StringDictionary {
    /// The same strings in order of their bytes; the second result maps old codes to new ones.
    func sorted() -> (StringDictionary, ranks: [UInt32]) {
        let order = (0..<UInt32(count)).sorted {
            self.bytes[range($0)].lexicographicallyPrecedes(self.bytes[range($1)])
        }
        var ranks = [UInt32](repeating: 0, count: count)
        var ends: [UInt32] = []
        var bytes: [UInt8] = []
        for (rank, code) in order.enumerated() {
            ranks[Int(code)] = UInt32(rank)
            bytes.append(contentsOf: self.bytes[range(code)])
            ends.append(UInt32(bytes.count))
        }
        return (StringDictionary(ends: ends, bytes: bytes), ranks)
    }
}
