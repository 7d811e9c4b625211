// Text references of several vectors → one vector over one list of blocks. Blocks that a picked
// row refers to are taken over as they are; the others are dropped. Small blocks (single-row
// batches make tiny ones) are joined into blocks of about `Limits.textBlockBytes` and compressed.
// Cost: 2 to 4 ns a row; only small blocks are decompressed.

import SpanModel

/// Gathers text vectors.
enum TextGathering {
    /// Raw bytes below which a block is joined with others.
    static let joinedBytesMax = Limits.textBlockBytes / 4

    /// Where a source's block went.
    private struct Place {
        var block = Place.unused
        /// What is added to offsets into the block.
        var offset: UInt32 = 0
        /// Raw length of a joined block; references may not reach beyond it.
        var limit = UInt32.max

        static let unused = UInt32.max
        static let used = UInt32.max - 1
    }

    /// The picked rows; sources that are not `.text` are all null.
    static func gather(
        _ sources: [ColumnVector], _ picks: [RowPick]
    ) throws(StoreError) -> TextVector {
        let vectors = sources.map { source -> TextVector in
            if case .text(let vector) = source { return vector }
            return TextVector(references: [], blocks: MemoryTextBlocks([]))
        }
        let counts = vectors.map { $0.blocks.count }
        let (origins, starts) = distinctOrigins(vectors, counts)
        var places = [Place](
            repeating: Place(), count: origins.reduce(0) { $0 + counts[$1] })
        var references = pickedReferences(vectors, picks)
        for (row, pick) in picks.enumerated() where references[row].hasBytes {
            let source = Int(pick.source)
            guard references[row].block < counts[source] else { throw outside(references[row]) }
            places[starts[source] + Int(references[row].block)].block = Place.used
        }
        let blocks = try collect(origins.map { vectors[$0].blocks }, &places)
        for (row, pick) in picks.enumerated() where references[row].hasBytes {
            let place = places[starts[Int(pick.source)] + Int(references[row].block)]
            let reference = references[row]
            guard UInt64(reference.offset) + UInt64(reference.length) <= UInt64(place.limit) else {
                throw outside(reference)
            }
            references[row].block = place.block
            references[row].offset = reference.offset + place.offset
        }
        return TextVector(references: references, blocks: blocks)
    }

    /// The first vector of each set of blocks, and per vector where its blocks' places start.
    private static func distinctOrigins(
        _ vectors: [TextVector], _ counts: [Int]
    ) -> (origins: [Int], starts: [Int]) {
        var startOf: [TextBlockIdentity: Int] = [:]
        var origins: [Int] = []
        var starts: [Int] = []
        var total = 0
        for (source, vector) in vectors.enumerated() {
            let identity = vector.blocks.identity
            if let identity, let start = startOf[identity] {
                starts.append(start)
                continue
            }
            if let identity { startOf[identity] = total }
            origins.append(source)
            starts.append(total)
            total += counts[source]
        }
        return (origins, starts)
    }

    private static func pickedReferences(
        _ vectors: [TextVector], _ picks: [RowPick]
    ) -> [TextReference] {
        withBuffers(vectors.map(\.references)) { buffers in
            var references: [TextReference] = []
            references.reserveCapacity(picks.count)
            for pick in picks {
                let buffer = buffers[Int(pick.source)]
                let reference = buffer.isEmpty ? .null : buffer[Int(pick.row)]
                references.append(reference.length == 0 ? .empty : reference)
            }
            return references
        }
    }

    /// The blocks in use, in order of source and number; `places` learns where each went.
    private static func collect(
        _ sources: [any TextBlockSource], _ places: inout [Place]
    ) throws(StoreError) -> GatheredTextBlocks {
        var blocks: [GatheredTextBlocks.Entry] = []
        var joined: [UInt8] = []
        var joinedPlaces: [Int] = []
        var index = -1
        for source in sources {
            let isResident = source is MemoryTextBlocks
            for number in 0..<UInt32(source.count) {
                index += 1
                guard places[index].block == Place.used else { continue }
                let block = try source.block(number)
                places[index].limit = block.rawLength
                guard block.rawLength < joinedBytesMax else {
                    places[index].block = UInt32(blocks.count)
                    blocks.append(isResident ? .resident(block) : .stored(source, number))
                    continue
                }
                if joined.count + Int(block.rawLength) > Limits.textBlockBytes {
                    close(&joined, &joinedPlaces, &places, &blocks)
                }
                places[index].offset = UInt32(joined.count)
                joined += try BlockCompressor.decompress(block)
                joinedPlaces.append(index)
            }
        }
        close(&joined, &joinedPlaces, &places, &blocks)
        return GatheredTextBlocks(entries: blocks)
    }

    /// Appends the joined bytes as one block.
    private static func close(
        _ joined: inout [UInt8], _ joinedPlaces: inout [Int], _ places: inout [Place],
        _ blocks: inout [GatheredTextBlocks.Entry]
    ) {
        guard !joinedPlaces.isEmpty else { return }
        for index in joinedPlaces { places[index].block = UInt32(blocks.count) }
        let codec: BlockCodec = joined.count <= Limits.textBlockStoredBytesMax ? .stored : .zstd
        blocks.append(.resident(BlockCompressor.compress(joined, codec: codec)))
        joined.removeAll(keepingCapacity: true)
        joinedPlaces.removeAll()
    }

    private static func outside(_ reference: TextReference) -> StoreError {
        .corruption(
            file: "text", offset: UInt64(reference.block), region: "text reference",
            reason: "a text lies outside its block")
    }
}

/// Blocks gathered from several sources. Those of files stay there until they are asked for.
struct GatheredTextBlocks: TextBlockSource {
    enum Entry {
        case resident(TextBlock)
        case stored(any TextBlockSource, UInt32)
    }

    let entries: [Entry]

    var count: Int { entries.count }

    var identity: TextBlockIdentity? { .of(entries) }

    func block(_ number: UInt32) throws(StoreError) -> TextBlock {
        guard number < entries.count else {
            throw .corruption(
                file: "memory", offset: UInt64(number), region: "text block",
                reason: "block number out of range")
        }
        switch entries[Int(number)] {
        case .resident(let block): return block
        case .stored(let source, let number): return try source.block(number)
        }
    }
}
