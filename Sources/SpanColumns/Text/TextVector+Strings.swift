// Short texts that repeat, such as lists of models, as dictionary strings, and back.

import SpanModel

extension ColumnVector {
    /// The same, texts as strings. Throws what reading texts does.
    package func withTextsAsStrings() throws(StoreError) -> ColumnVector {
        guard case .text(let texts) = self else { return self }
        return .string(try StringVector(texts))
    }
}

extension StringVector {
    /// The texts of a vector as strings.
    package init(_ texts: TextVector) throws(StoreError) {
        var reader = TextReader(texts.blocks)
        var interner = StringInterner()
        var codes: [UInt32] = []
        codes.reserveCapacity(texts.references.count)
        for reference in texts.references {
            guard let text = try reader.bytes(reference) else {
                codes.append(Self.nullCode)
                continue
            }
            codes.append(text.withUnsafeBytes { interner.intern($0) })
        }
        self.init(codes: codes, dictionary: interner.dictionary())
    }
}

extension TextVector {
    /// Strings as texts in one block, which is the dictionary's bytes.
    package init(_ strings: StringVector) {
        let dictionary = strings.dictionary
        let places = (0..<UInt32(dictionary.count)).map { code in
            let range = dictionary.range(code)
            return TextReference(
                block: 0, offset: UInt32(range.lowerBound), length: UInt32(range.count))
        }
        let block = TextBlock(
            codec: .stored, rawLength: UInt32(dictionary.bytes.count), bytes: dictionary.bytes)
        self.init(
            references: strings.codes.map {
                $0 == StringVector.nullCode ? .null : places[Int($0)]
            }, blocks: MemoryTextBlocks([block]))
    }
}
