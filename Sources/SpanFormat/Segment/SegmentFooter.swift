// The directory of a segment: where its pages, dictionaries, text blocks and sections lie, each
// with a checksum and what pruning needs to know (schemas/segment.md). Decoded once per mapping.

import SpanColumns
import SpanModel

/// A checked run of bytes of a segment.
package struct SectionEntry: Sendable, Equatable {
    package let offset: UInt64
    package let length: UInt32
    /// CRC32C bound to the segment's file number and `offset`.
    package let checksum: UInt32

    package init(offset: UInt64, length: UInt32, checksum: UInt32) {
        self.offset = offset
        self.length = length
        self.checksum = checksum
    }
}

/// One page of one column.
package struct PageEntry: Sendable, Equatable {
    package let section: SectionEntry
    package let encoding: PageEncoding
    package let zone: ZoneMap

    package init(section: SectionEntry, encoding: PageEncoding, zone: ZoneMap) {
        self.section = section
        self.encoding = encoding
        self.zone = zone
    }
}

/// One text block of one column.
package struct TextBlockEntry: Sendable, Equatable {
    package let section: SectionEntry
    package let codec: BlockCodec
    package let rawLength: UInt32

    package init(section: SectionEntry, codec: BlockCodec, rawLength: UInt32) {
        self.section = section
        self.codec = codec
        self.rawLength = rawLength
    }
}

/// A column of a segment. No pages: every row is null.
package struct ColumnDirectory: Sendable, Equatable {
    /// One per row group.
    package var pages: [PageEntry] = []
    /// The strings of a string column.
    package var dictionary: SectionEntry?
    package var textBlocks: [TextBlockEntry] = []

    package init() {}
}

/// What a section beside the columns holds. Raw values are on disk; readers skip unknown kinds, so
/// more can be added without a new version.
package enum SectionKind: UInt32, Sendable {
    /// `SeriesDirectory` of a table whose identity is a prefix of its sort key.
    case seriesDirectory = 1
    /// `TermDictionary` of an indexed text column.
    case termDictionary = 4
    /// `KeyColumn` of a JSON column as versions up to 3 wrote it: texts without zones.
    case textKeyColumn = 5
    /// `RankSection` of a table that measures intervals.
    case ranks = 6
    /// `RollupSection`, one for each rollup of the table.
    case rollup = 7
    /// The zstd dictionary of a text column's blocks.
    case textDictionary = 8
    /// `LengthSection` of a table that measures intervals.
    case lengths = 9
    /// `BlockSumSection` of a table with a summed column.
    case blockSums = 11
    /// `KeyColumn` of a JSON column.
    case keyColumn = 12
    /// `RollupSection` over the rows of both regions, of the rollups whose entries are added up.
    case writesRollup = 13
    /// The parts of the groups of a rollup.
    case rollupParts = 14
    /// `RunSumSection` of a table with a summed column that has superseded rows.
    case runSums = 15
}

/// A section beside the columns.
package struct ExtraSection: Sendable, Equatable {
    package let kind: UInt32
    package let section: SectionEntry

    package init(kind: UInt32, section: SectionEntry) {
        self.kind = kind
        self.section = section
    }
}

/// The footer of a segment.
package struct SegmentFooter: Sendable, Equatable {
    package let file: UInt64
    package let table: UInt8
    /// Rows of each row group; the first `liveGroupCount` are the live region, the others history.
    package var groupRows: [UInt32] = []
    package var liveGroupCount = 0
    /// By column number, as many as the writer's schema had.
    package var columns: [ColumnDirectory]
    /// Row numbers sorted by identity hash, a page per 65,536; empty when the table does not hash.
    package var identityPages: [PageEntry] = []
    package var sections: [ExtraSection] = []

    package init(file: UInt64, table: UInt8, columnCount: Int) {
        self.file = file
        self.table = table
        self.columns = Array(repeating: ColumnDirectory(), count: columnCount)
    }

    /// Rows of the live region.
    package var liveRows: Int { groupRows[..<liveGroupCount].reduce(0) { $0 + Int($1) } }

    /// Rows of both regions.
    package var rowCount: Int { groupRows.reduce(0) { $0 + Int($1) } }

    /// Identity pages of a table that hashes: one per 65,536 rows.
    package var identityPageCount: Int { (rowCount + Limits.pageRowsMax - 1) / Limits.pageRowsMax }

    /// Bytes of all text blocks, as they are stored.
    package var textBytes: Int {
        columns.reduce(0) { $1.textBlocks.reduce($0) { $0 + Int($1.section.length) } }
    }

    /// Bytes of all sections of a kind.
    package func bytes(of kind: SectionKind) -> Int {
        sections.reduce(0) { $0 + ($1.kind == kind.rawValue ? Int($1.section.length) : 0) }
    }

    /// The section of a kind, if the segment has one.
    package func section(_ kind: SectionKind) -> SectionEntry? {
        sections.first { $0.kind == kind.rawValue }?.section
    }
}
