// Every limit of the store, in one place, each with its reason. A queue, buffer or loop that can
// grow with input names one of these.

/// Named limits. Sizes in bytes, counts in items, times as the name ends. Public, like `SpanColumn`, for
/// those that are asked for each record.
public enum Limits {
    // MARK: Requests

    /// Request body after decompression: OTLP exporters send up to 64 MiB.
    package static let requestBodyBytesMax = 64 << 20
    /// Decompressed ÷ compressed size beyond which a body is a decompression bomb.
    package static let decompressionRatioMax = 255
    /// Bytes of request bodies, raw and decoded, that all connections together may hold.
    package static let ingestBudgetBytes = 192 << 20
    /// Open connections; beyond it the longest idle one is closed.
    package static let connectionsMax = 256
    /// A request head that takes longer is a slow client.
    package static let requestHeadSecondsMax = 10
    /// Rejected records that an answer lists; the count stays exact.
    package static let rejectionsListedMax = 100
    /// SQL or condition text.
    package static let queryTextBytesMax = 64 << 10

    // MARK: Records

    /// Identifiers (trace, span, session …) as text.
    package static let identifierBytesMax = 128
    /// Dictionary strings (names, models, projects …).
    package static let stringBytesMax = 64 << 10
    /// Attributes of one span.
    @inlinable package static var attributesPerSpanMax: Int { 512 }
    /// An attribute key.
    package static let attributeKeyBytesMax = 256
    /// An attribute value that is not mapped to input or output.
    @inlinable package static var attributeValueBytesMax: Int { 1 << 20 }
    /// A file of a run: a request's body holds it, and its base64 an answer's.
    package static let fileBytesMax = 32 << 20
    /// Bytes of a file that one entity holds.
    package static let filePartBytes = 512 << 10
    /// Nesting of JSON and of OTLP values.
    package static let nestingDepthMax = 16
    /// Trajectories within trajectories.
    package static let trajectoryDepthMax = 64
    /// Workspaces of one store.
    package static let workspacesMax = 64
    /// A workspace's name.
    package static let workspaceNameBytesMax = 128
    /// An `Idempotency-Key`.
    package static let idempotencyKeyBytesMax = 256
    /// Batch ids that the idempotency window remembers.
    package static let idempotencyWindowBatches = 1_000_000

    // MARK: Columns

    /// Rows of one page of one column.
    package static let pageRowsMax = 65_536
    /// Rows of one WAL record; a larger body becomes several records of one batch.
    @inlinable package static var recordRowsMax: Int { 65_536 }
    /// Raw bytes after which an open text block is closed and compressed.
    @inlinable package static var textBlockBytes: Int { 64 << 10 }
    /// Raw bytes below which a text block is stored as it is: compression would not pay.
    package static let textBlockStoredBytesMax = 256

    /// Days that a retention policy may keep rows.
    package static let retentionDaysMax: Int64 = 36_500

    /// Seconds between two looks for rows that are past their retention.
    package static let retentionSweepSeconds = 3_600

    /// Bytes of a file that are copied at a time.
    package static let copyPieceBytes = 1 << 20

    /// Used bytes from which a rewrite may copy a text block as it is instead of packing its texts.
    package static let textBlockKeptBytesMin = 16 << 10
    /// zstd level of texts as they come in, and as compaction packs them.
    package static let textLevel: Int32 = 1
    /// zstd level of idle recompression: a tenth of the speed of level 1 for a quarter less.
    package static let textDenseLevel: Int32 = 9
    /// Raw bytes of a column that dictionaries are trained and judged on.
    package static let textSampleBytesMax = 8 << 20
    /// Copies of dictionaries that are kept to decompress behind.
    package static let dictionaryWindowsMax = 16
    /// Decompressed blocks that a rewrite in order of rows keeps.
    package static let textBlocksOpenMax = 256

    // MARK: Write path

    /// Length of one preallocated WAL file.
    package static let walFileBytes = 32 << 20
    /// All WAL files together; at the limit ingest waits for a seal (503).
    package static let walBytesMax = 512 << 20
    /// Batches that wait for the next group commit.
    package static let commitQueueBatchesMax = 1_024
    /// Bytes of memtables after which all of them are sealed, unless a setting says else.
    package static let memtableBytesMax = 64 << 20
    /// What that setting may say, in MiB.
    package static let memtableMiB = 4...128
    /// Rows of memtables after which all of them are sealed: bounds replay and row numbers.
    package static let memtableRowsMax = 1 << 20
    /// Seconds after which a memtable that took no write is sealed.
    package static let memtableIdleSecondsMax = 20
    /// Rows of memtables that a clean stop leaves to the log: the next start replays them in about
    /// 10 ms.
    package static let rowsLeftToReplayMax = 8_192
    /// Seconds between two looks at whether there is time to recompress texts: long enough that a
    /// pause between loads is not taken for it.
    package static let idleLookSeconds = 120
    /// Rows written between two looks up to which there is.
    package static let idleRowsMax = 10_000
    /// Free bytes kept aside, so that seal, manifest and deletes work on a full disk.
    package static let headroomBytes = 64 << 20
    /// Memtable chunks of one size class before they are merged into one of the next.
    package static let chunkMergeFanIn = 16

    // MARK: Segments

    /// Rows of one segment after compaction.
    package static let segmentRowsMax = 1 << 20
    /// Sealed segments of one table before they are rewritten by day.
    package static let sealedSegmentsMax = 4
    /// Days from the first to the last time of a sealed segment up to which it is taken to have rows of
    /// each when somebody asks for a compaction.
    package static let sealedDaysToldMax = 16
    /// Segments of one table and day before they are compacted.
    package static let segmentsPerDayMax = 4
    /// Runs of one identity index.
    package static let identityRunsMax = 8
    /// Decoded size that a compressed page may declare.
    package static let pageDecodedBytesMax = 4 << 20

    /// Rows of a block whose sum segments keep: so many that sums cost a third of a byte a row, and so
    /// few that a point of a chart of many rows spans several blocks.
    package static let summedRows = 80

    // MARK: Text search

    /// A term of a dictionary; longer tokens are noted as opaque, not by their bytes.
    package static let termBytesMax = 32
    /// A term with a digit; longer ones are mostly identifiers and numbers that never come again.
    package static let termWithDigitBytesMax = 7
    /// Terms of one column of a segment; further ones are opaque.
    package static let termsPerColumnMax = 1 << 18
    /// Terms that a piece of a pattern may match before it stops pruning.
    package static let termsPerPieceMax = 4_096
    /// Bytes of a literal that are looked for in blocks; the rest of a longer one is compared text by
    /// text, so that no literal makes the search slow.
    package static let searchedLiteralBytesMax = 64
    /// Places of a pattern in one segment's blocks that a query keeps for further row groups.
    package static let textPlacesKeptMax = 4 << 20

    // MARK: Key columns

    /// Keys of a JSON column that a segment keeps as columns of their own.
    package static let keyColumnsMax = 24
    /// A key in fewer than one of so many rows is left to the JSON.
    package static let keyColumnRowsPerValueMax = 100
    /// Distinct texts of a key column's dictionary; keys with more have a column only where they are
    /// numbers.
    package static let keyColumnValuesMax = 65_535
    /// Bytes of the texts of a key column's dictionary.
    package static let keyColumnValueBytesMax = 1 << 20
    /// Texts that a key column's dictionary may have however few rows there are; beyond, a text must
    /// stand in four rows on average: a dictionary of texts that tell rows apart saves nothing.
    package static let keyColumnValuesFree = 256
    /// Rows of one residual block: the values of so many are decoded to assemble any of its texts.
    package static let residualRowsMax = 4_096
    /// Decoded items of one residual block: a text longer than a block has one of its own.
    package static let residualItemBytesMax = 2 * requestBodyBytesMax
    /// Keys that are counted to choose from.
    package static let keysCountedMax = 4_096
    /// Rows up to which all are counted; of more, every sixteenth block.
    package static let keyRowsCountedMax = 65_536

    // MARK: Queries

    /// Groups of one query.
    package static let groupsMax = 10_000_000
    /// Bytes of a result that is not streamed.
    package static let resultBytesMax = 64 << 20
    /// Rows of a streamed result that are read at a time, and their bytes: fewer rows where these are more.
    package static let streamedRowsMax = 65_536
    package static let streamedBytesMax = 32 << 20
    /// Groups of a rollup that are worked out from their rows in one pass: sessions of 200 spans take 20 KB each
    /// meanwhile.
    package static let openGroupsMax = 4_096
    /// Parts of groups in several segments, whose rows are read: traces of 10 spans take 600 bytes each
    /// meanwhile.
    package static let sharedPartsMax = 1 << 18
    /// Groups worked out from their rows that are kept for the next questions: about 250 bytes each.
    package static let openGroupsKeptMax = 1 << 18
    /// Traces whose starts are kept with a snapshot: 36 bytes each.
    package static let tracesKeptMax = 1 << 18
    /// Rows of a page of a derived table whose columns are made for them alone.
    package static let detailedRowsMax = 4_096
    /// Bytes of a derived table.
    package static let derivedBytesMax = 192 << 20
    /// Columns of a result.
    package static let resultColumnsMax = 1_024
    /// Nesting of expressions in SQL: parentheses, calls, CASE, chains of operators.
    package static let expressionDepthMax = 64
    /// Expressions within one, those counted again that are evaluated more than once.
    package static let expressionWeightMax = 1 << 17
    /// Bytes of text that one expression makes for the rows of a row group.
    package static let expressionBytesMax = 64 << 20
    /// Bytes that one query holds of groups, of values by which it orders rows, and of derived tables.
    package static let queryMemoryBytesMax = 256 << 20
    /// Bytes of the groups of all threads of a query, from which they are made in several passes: about as much
    /// again is needed to make columns of them and to order these.
    package static let groupBytesMax = 64 << 20
    /// Groups told apart by the order of rows that may be looked up from then on: ten times the memory at once.
    package static let lookedUpGroupsMax = 1 << 18
    /// Distinct values of a thread from which they are kept as they are, not numbered: these fit in a core's cache.
    package static let distinctCodesMax = 1 << 16
    /// Rows that a query decodes and works on at a time: a few columns of them fit in a core's cache.
    package static let morselRows = 16_384
    /// Rows per thread from which a query wakes another core, which costs it about 40 µs.
    package static let queryThreadRowsMin = 32_768
    /// Rows that a thread keeps of an ordered query with a limit, before it drops those behind it.
    package static let queryKeptRowsMin = 65_536
    /// Rows that a query orders together: about 70 bytes each meanwhile. More are ordered in parts of half as many.
    package static let orderedRowsMax = 1 << 20
    /// Rows that a question may read on the event loop, where connections wait for it: about a millisecond.
    package static let loopRowsMax = 4_096
    /// The same of a table with texts: rows between wanted ones included, so that most traces are small, and few
    /// enough that the blocks of texts of all of them would take some milliseconds.
    package static let loopTextRowsMax = 128
    /// Rows of a query up to which the numbers of its result are read with those that order it.
    package static let queryCarriedRowsMax = 8_192
    /// Blocks of texts from which a result is fetched on all cores: about 0.2 ms on one.
    package static let fetchThreadBlocksMin = 6
    /// Values that a thread keeps for quantiles of few groups; more are counted, then picked by a
    /// second scan, which costs less than the memory.
    package static let quantileValuesMax = 8_192
    /// Values for quantiles from which those are picked that lie near the wanted ranks before values are
    /// laid out by group, which is slow once they leave a core's cache.
    package static let narrowedValuesMin = 1 << 18
    /// Bytes of one column's cells after which a piece of an answer ends.
    package static let resultPieceBytesMax = 4 << 20
    /// Rows of one record batch of an Arrow answer: so few that one is encoded while another is written.
    package static let arrowBatchRowsMax = 16_384
    /// Bytes of one text column of a record batch; offsets of 32 bits reach further.
    package static let arrowBatchTextBytesMax = 16 << 20
    /// Cells of the lengths that segments keep by group, at 15 bytes each, up to which a query reads them
    /// in place of rows.
    package static let lengthCellsMax = 4 << 20
    /// Seconds one query may run.
    package static let querySecondsMax = 30
}
