// One column of a batch ↔ its section. Small batches are plain, so that one row is a few bytes a
// column; from 64 rows on integers, codes and references are encoded like pages.
// Reading is in BatchSection+Reading.swift. Format: schemas/batch.md, "Sections".

import SpanModel

/// Writes and reads the section of one column.
enum BatchSection {
    /// Rows from which the page encodings pay.
    static let pageRowsMin = 64

    /// How a section lies. Raw values are on disk.
    enum Layout: UInt8 {
        case integers = 1
        case integerPage = 2
        case floats = 3
        case identifiers = 4
        case strings = 5
        case stringPage = 6
        case texts = 7
        case textPage = 8
    }

    /// Appends the section of a column that is not `.null`, and the blocks its texts lie in.
    static func append(
        _ vector: ColumnVector, to out: inout [UInt8], blocks: inout [TextBlock]
    ) throws(StoreError) {
        let isPage = vector.count >= pageRowsMin
        switch vector {
        case .null: break
        case .integer(let integers):
            if isPage {
                appendPage(.integerPage, vector, to: &out)
            } else {
                append(.integers, to: &out)
                append(integers.validity, to: &out)
                for value in integers.values { out.put(value) }
            }
        case .float(let floats):
            append(.floats, to: &out)
            append(floats.validity, to: &out)
            for value in floats.values { out.put(value.bitPattern) }
        case .identifier(let identifiers):
            append(.identifiers, to: &out)
            append(identifiers, to: &out)
        case .string(let strings):
            append(isPage ? .stringPage : .strings, to: &out)
            append(strings.dictionary, to: &out)
            if isPage {
                // Stored is code + 1, so that a null (all ones in memory) is 0.
                IntegerSection.append(strings.codes.map { Int64($0 &+ 1) }, to: &out)
            } else {
                for code in strings.codes { out.appendVariable(Int(code &+ 1)) }
            }
        case .text(let texts):
            let own = try append(texts.blocks, to: &out, isPage: isPage)
            blocks.append(contentsOf: own)
            if isPage {
                appendPage(vector, to: &out)
            } else {
                append(texts.references, to: &out)
            }
        }
    }

    private static func append(_ layout: Layout, to out: inout [UInt8]) {
        out.append(layout.rawValue)
    }

    private static func appendPage(
        _ layout: Layout, _ vector: ColumnVector, to out: inout [UInt8]
    ) {
        append(layout, to: &out)
        appendPage(vector, to: &out)
    }

    private static func appendPage(_ vector: ColumnVector, to out: inout [UInt8]) {
        let page = PageEncoder.encode(vector, forBatch: true)
        out.append(page.encoding.rawValue)
        out.appendVariable(page.bytes.count)
        out.append(contentsOf: page.bytes)
    }

    private static func append(_ validity: [UInt8]?, to out: inout [UInt8]) {
        out.append(validity == nil ? 0 : 1)
        if let validity { out.append(contentsOf: validity) }
    }

    private static func append(_ identifiers: IdentifierVector, to out: inout [UInt8]) {
        var start: UInt32 = 0
        out.reserveCapacity(out.count + identifiers.count + identifiers.bytes.count)
        for end in identifiers.ends {
            out.append(UInt8(end - start))
            start = end
        }
        out.append(contentsOf: identifiers.bytes)
    }

    private static func append(_ dictionary: StringDictionary, to out: inout [UInt8]) {
        out.appendVariable(dictionary.count)
        var start: UInt32 = 0
        for end in dictionary.ends {
            out.appendVariable(Int(end - start))
            start = end
        }
        out.append(contentsOf: dictionary.bytes)
    }

    private static func append(
        _ source: any TextBlockSource, to out: inout [UInt8], isPage: Bool
    ) throws(StoreError) -> [TextBlock] {
        append(isPage ? .textPage : .texts, to: &out)
        var blocks: [TextBlock] = []
        out.appendVariable(source.count)
        for number in 0..<source.count {
            let block = try source.block(UInt32(number))
            out.append(block.codec.rawValue)
            out.appendVariable(Int(block.rawLength))
            out.appendVariable(block.bytes.count)
            blocks.append(block)
        }
        return blocks
    }

    private static func append(_ references: [TextReference], to out: inout [UInt8]) {
        for reference in references {
            out.appendVariable(reference.isNull ? 0 : Int(reference.length) + 1)
            if !reference.isNull, reference.length > 0 {
                out.appendVariable(Int(reference.block))
                out.appendVariable(Int(reference.offset))
            }
        }
    }
}
