// Searches the texts of a row group block by block, in order of block number, so that each block is
// taken up once. Blocks that another thread is searching are left for the end, when it is done.

import SpanColumns
import SpanModel

/// One pass over the texts of a row group.
struct BlockWalk {
    private let finder: PlaceFinder
    private let blocks: any TextBlockSource
    private let hits: BlockHits
    private let references: [TextReference]

    /// `references` are those of the candidates that are wanted.
    init(_ finder: PlaceFinder, _ candidates: TextCandidates, _ references: [TextReference]) {
        self.finder = finder
        blocks = candidates.blocks
        hits = candidates.hits
        self.references = references
    }

    /// Whether each text matches. Throws `corruption` when a block is damaged.
    func run() throws(StoreError) -> [Bool] {
        var isMatch = [Bool](repeating: false, count: references.count)
        let order = try inBlockOrder()
        var postponed: [Range<Int>] = []
        var start = 0
        while start < order.count {
            let block = references[Int(order[start])].block
            var end = start + 1
            while end < order.count, references[Int(order[end])].block == block { end += 1 }
            if let places = try places(of: block) {
                mark(order[start..<end], places, &isMatch)
            } else {
                postponed.append(start..<end)
            }
            start = end
        }
        for range in postponed {
            let block = references[Int(order[range.lowerBound])].block
            var places = try self.places(of: block)
            if places == nil { places = try search(block) }
            mark(order[range], places ?? [], &isMatch)
        }
        return isMatch
    }

    private func mark(
        _ indices: ArraySlice<UInt32>, _ places: BlockHits.Places, _ isMatch: inout [Bool]
    ) {
        if places.contains(where: \.isEmpty) { return }
        for index in indices {
            isMatch[Int(index)] = finder.matches(references[Int(index)], places)
        }
    }

    /// What a block holds; nil while another thread finds out.
    private func places(of block: UInt32) throws(StoreError) -> BlockHits.Places? {
        switch hits.claim(block) {
        case .found(let places): return places
        case .busy: return nil
        case .unsearched:
            let places = try search(block)
            hits.put(places, of: block)
            return places
        }
    }

    private func search(_ block: UInt32) throws(StoreError) -> BlockHits.Places {
        finder.places(in: try BlockCompressor.decompress(try blocks.block(block)))
    }

    /// The texts that lie in blocks, by block: counted and placed, not compared.
    private func inBlockOrder() throws(StoreError) -> [UInt32] {
        let blockCount = blocks.count
        var starts = [Int](repeating: 0, count: blockCount + 1)
        for reference in references where reference.hasBytes {
            guard reference.block < blockCount else {
                throw .corruption(
                    file: "text", offset: UInt64(reference.block), region: "text reference",
                    reason: "a text lies in no block")
            }
            starts[Int(reference.block) + 1] += 1
        }
        for block in 0..<blockCount { starts[block + 1] += starts[block] }
        var order = [UInt32](repeating: 0, count: starts[blockCount])
        for (index, reference) in references.enumerated() where reference.hasBytes {
            order[starts[Int(reference.block)]] = UInt32(index)
            starts[Int(reference.block)] += 1
        }
        return order
    }
}
