// The chunks of a memtable, in order of sequence. Small chunks are merged by sixteens into the next
// size class, so that a million one-row batches cost two or three copies a row and a few hundred
// chunks, not a million. Snapshots hold the array as it was; merging never touches a chunk in it.

import SpanColumns
import SpanModel

/// Chunks of one kind (writes or merged rows).
struct ChunkList: Sendable {
    private(set) var chunks: [MemtableChunk] = []
    private(set) var byteCount = 0
    private(set) var rowCount = 0

    /// Adds a chunk of later sequences.
    mutating func append(_ chunk: MemtableChunk) {
        guard chunk.rowCount > 0 else { return }
        chunks.append(chunk)
        byteCount += chunk.byteCount
        rowCount += chunk.rowCount
        mergeTail()
    }

    /// The chunk and row with a sequence.
    func locate(_ sequence: UInt64) -> (chunk: MemtableChunk, row: Int)? {
        let behind = chunks.indices.partitionPoint { chunks[$0].sequences[0] <= sequence }
        guard behind > 0, let row = chunks[behind - 1].row(of: sequence) else { return nil }
        return (chunks[behind - 1], row)
    }

    /// Merges the last chunks while sixteen of one size class stand at the end.
    private mutating func mergeTail() {
        while let last = chunks.last {
            let sizeClass = Self.sizeClass(last.rowCount)
            let tail = chunks.suffix(Limits.chunkMergeFanIn)
            guard tail.count == Limits.chunkMergeFanIn,
                tail.allSatisfy({ Self.sizeClass($0.rowCount) == sizeClass }),
                tail.reduce(0, { $0 + $1.rowCount }) <= Limits.pageRowsMax
            else { return }
            // Blocks in memory cannot fail to read; if one did, the parts stay as they are.
            guard let merged = try? Self.merge(Array(tail)) else { return }
            byteCount += merged.byteCount - tail.reduce(0) { $0 + $1.byteCount }
            chunks.removeLast(Limits.chunkMergeFanIn)
            chunks.append(merged)
        }
    }

    private static func sizeClass(_ rows: Int) -> Int {
        (Int.bitWidth - rows.leadingZeroBitCount - 1) / Limits.chunkMergeFanIn.trailingZeroBitCount
    }

    private static func merge(_ parts: [MemtableChunk]) throws(StoreError) -> MemtableChunk {
        let schema = parts[0].schema
        var columns: [ColumnVector] = []
        for (number, column) in schema.columns.enumerated() {
            columns.append(
                try ColumnVector.concatenate(
                    parts.map { $0.columns[number] }, form: column.type.form))
        }
        let merged = MemtableChunk(
            schema: schema, columns: columns, sequences: parts.flatMap(\.sequences),
            isMerged: parts[0].isMerged)
        var first: UInt32 = 0
        for part in parts {
            for kill in part.kills.all {
                merged.kills.add(row: first + kill.row, sequence: kill.sequence)
            }
            first += UInt32(part.rowCount)
        }
        return merged
    }
}
