// How queries search texts through storage: what a text must hold, which rows may match, and the
// places already found in blocks that several row groups share. The rows of a segment are sorted,
// its text blocks are not, so one block has rows in many row groups: it is decompressed and searched
// once for all of them.

import SpanModel
import Synchronization

/// Literals that a text must hold, one behind the other, not overlapping.
package struct TextPattern: Hashable, Sendable {
    /// None of them empty.
    package let literals: [[UInt8]]
    /// Whether ASCII letters match in both cases.
    package let ignoresCase: Bool

    package init(literals: [[UInt8]], ignoringCase: Bool) {
        self.literals = literals
        ignoresCase = ignoringCase
    }
}

/// Texts of a row group that may match a pattern.
package struct TextCandidates: Sendable {
    /// The rows of `references`, ascending; nil: all rows of the group.
    package let rows: [UInt32]?
    package let references: [TextReference]
    package let blocks: any TextBlockSource
    /// Places found in `blocks`, shared by all row groups that refer to them.
    package let hits: BlockHits

    package init(
        rows: [UInt32]?, references: [TextReference], blocks: any TextBlockSource, hits: BlockHits
    ) {
        self.rows = rows
        self.references = references
        self.blocks = blocks
        self.hits = hits
    }
}

/// Where the literals of one pattern stand in the blocks of one source, as far as was searched.
/// Thread-safe: whoever claims a block searches it, others go on and come back.
package final class BlockHits: Sendable {
    /// Offsets in a block, ascending, for each literal.
    package typealias Places = [[UInt32]]

    /// What a searcher does about a block.
    package enum Claim {
        case found(Places)
        /// The caller searches it, and calls `put`.
        case unsearched
        /// Another searcher is at it.
        case busy
    }

    private enum State {
        case unsearched, claimed, notKept
        case found(Places)
    }

    private struct States {
        var blocks: [State]
        var keptPlaces = 0
    }

    private let states: Mutex<States>

    package init(blockCount: Int) {
        states = Mutex(States(blocks: Array(repeating: .unsearched, count: blockCount)))
    }

    /// Asks for a block below the count; the first caller gets it to search.
    package func claim(_ block: UInt32) -> Claim {
        states.withLock { states in
            switch states.blocks[Int(block)] {
            case .found(let places): return .found(places)
            case .notKept: return .unsearched
            case .claimed: return .busy
            case .unsearched:
                states.blocks[Int(block)] = .claimed
                return .unsearched
            }
        }
    }

    /// Keeps what was found in a block for other row groups, unless all is too much already.
    package func put(_ places: Places, of block: UInt32) {
        let count = places.reduce(0) { $0 + $1.count }
        states.withLock { states in
            guard states.keptPlaces + count <= Limits.textPlacesKeptMax else {
                states.blocks[Int(block)] = .notKept
                return
            }
            states.keptPlaces += count
            states.blocks[Int(block)] = .found(places)
        }
    }
}
