// The encodings of pages, and the page itself. Format: schemas/encodings.md.

/// How a page's bytes encode its values. Raw values are on disk.
package enum PageEncoding: UInt8, Sendable, CaseIterable {
    /// No row has a value; any form; no bytes.
    case null = 0
    /// One value for all rows. Integer, float (bits) and string (codes).
    case constant = 1
    /// Runs of equal values. Integer, float and string.
    case runLength = 2
    /// Frame of reference, bit-packed in interleaved lanes. Integer, float and string.
    case packed = 3
    /// Bit-packed differences with a restart every 1,024 rows. Integer.
    case delta = 4
    /// Decimals as integers and a power of ten, with exceptions. Float.
    case decimal = 5
    /// `xorBlocks` as one block; no longer written. Float.
    case xor = 6
    /// Identifiers of one fixed length.
    case fixedIdentifiers = 7
    /// Identifiers of any length.
    case variableIdentifiers = 8
    /// Distinct identifiers and a code per row.
    case dictionaryIdentifiers = 9
    /// Lengths of texts that follow each other, with exceptions.
    case sequentialText = 10
    /// Block, offset and length of each text.
    case scatteredText = 11
    /// Distances from the same rows of another column's page. Integer.
    case distance = 12
    /// Exclusive or with the value before, leading zero bytes left out, with a restart every 1,024
    /// rows. Float.
    case xorBlocks = 13
    /// Series that are one of them plus a constant, with exceptions. Integer; in segments alone.
    case aligned = 14
    /// Bit-packed bits of doubles, 256 rows at a time. Float; in segments alone.
    case blockedFloats = 15
    /// Rows back to where another column's page has the identifier, with exceptions. Identifier; in
    /// segments alone.
    case backReferences = 16
}

extension PageEncoding {
    /// The name of the case, for errors; a constant, as it is passed for every page read.
    var name: String {
        switch self {
        case .null: "null"
        case .constant: "constant"
        case .runLength: "runLength"
        case .packed: "packed"
        case .delta: "delta"
        case .decimal: "decimal"
        case .xor: "xor"
        case .fixedIdentifiers: "fixedIdentifiers"
        case .variableIdentifiers: "variableIdentifiers"
        case .dictionaryIdentifiers: "dictionaryIdentifiers"
        case .sequentialText: "sequentialText"
        case .scatteredText: "scatteredText"
        case .distance: "distance"
        case .xorBlocks: "xorBlocks"
        case .aligned: "aligned"
        case .blockedFloats: "blockedFloats"
        case .backReferences: "backReferences"
        }
    }
}

/// One column's values for up to `Limits.pageRowsMax` rows, encoded.
package struct EncodedPage: Sendable, Equatable {
    package let encoding: PageEncoding
    package let bytes: [UInt8]
    package let zone: ZoneMap

    package init(encoding: PageEncoding, bytes: [UInt8], zone: ZoneMap) {
        self.encoding = encoding
        self.bytes = bytes
        self.zone = zone
    }
}
