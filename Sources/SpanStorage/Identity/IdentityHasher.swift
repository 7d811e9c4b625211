// Identities as hashes. The identity columns of a table are split in two: the leading part (the
// trace of a span, the series of a metric) and the rest (span and source; the step). Both hashes
// are on disk in the identity index, so their definition is fixed (schemas/run.md); the seed is the
// store's id, so that nobody can make identities collide without reading the store.
// Cost: one hash per distinct string and per identifier, a few nanoseconds per integer.

import SpanColumns
import SpanFormat
import SpanModel

/// The two hashes of an identity.
package struct IdentityHash: Sendable, Hashable {
    package let leading: UInt64
    package let rest: UInt64

    /// Both in one word, for in-memory tables.
    var whole: UInt64 { Hash64.combine(leading, rest) }

    /// The pair that a run stores for a row of `segment`.
    func runPair(segment: UInt64) -> RunPair {
        RunPair(leading, (rest & IdentityHash.runMask) | (segment & ~IdentityHash.runMask))
    }

    /// The bits of `RunPair.second` that hold the hash of the rest.
    static let runMask: UInt64 = 0xffff_ffff_0000_0000
}

/// Hashes identities of one table.
struct IdentityHasher: Sendable {
    let schema: TableSchema
    let seed: UInt64
    /// How many identity columns form the leading part.
    let leadingCount: Int

    init(schema: TableSchema, seed: UInt64) {
        self.schema = schema
        self.seed = seed
        switch schema.lookup {
        case .hashed(let leading): leadingCount = leading
        case .sorted:
            leadingCount = schema.identity.count - (schema.trailingInteger == nil ? 0 : 1)
        }
    }

    /// The hashes of every row of a batch.
    func hashes(of columns: [ColumnVector], rowCount: Int) -> [IdentityHash] {
        let leading = fold(schema.identity[..<leadingCount], columns, rowCount)
        let rest = fold(schema.identity[leadingCount...], columns, rowCount)
        return (0..<rowCount).map { IdentityHash(leading: leading[$0], rest: rest[$0]) }
    }

    /// The hash of a leading part that is one identifier, for trace look-ups.
    func leadingHash(packed: [UInt8]) -> UInt64 {
        Hash64.combine(seed, packed.withUnsafeBytes { Hash64.hash($0, seed: seed) })
    }

    private func fold(
        _ columnNumbers: ArraySlice<Int>, _ columns: [ColumnVector], _ rowCount: Int
    ) -> [UInt64] {
        Self.hashes(columnNumbers.map { columns[$0] }, rowCount: rowCount, seed: seed)
    }

    /// A hash over some columns of each row.
    static func hashes(_ columns: [ColumnVector], rowCount: Int, seed: UInt64) -> [UInt64] {
        var state = [UInt64](repeating: seed, count: rowCount)
        for vector in columns { combine(vector, into: &state, seed) }
        return state
    }

    private static func combine(
        _ vector: ColumnVector, into state: inout [UInt64], _ seed: UInt64
    ) {
        switch vector {
        case .null:
            for row in state.indices { state[row] = Hash64.combine(state[row], 0) }
        case .integer(let integers):
            for row in state.indices {
                state[row] = Hash64.combine(state[row], UInt64(bitPattern: integers.values[row]))
            }
        case .float(let floats):
            for row in state.indices {
                state[row] = Hash64.combine(state[row], floats.values[row].bitPattern)
            }
        case .identifier(let identifiers):
            identifiers.bytes.withUnsafeBytes { bytes in
                for row in state.indices {
                    let range = identifiers.range(row)
                    let hash =
                        range.isEmpty
                        ? 0
                        : Hash64.hash(UnsafeRawBufferPointer(rebasing: bytes[range]), seed: seed)
                    state[row] = Hash64.combine(state[row], hash)
                }
            }
        case .string(let strings):
            let hashes = (0..<UInt32(strings.dictionary.count)).map { code in
                strings.dictionary.withBytes(code) { Hash64.hash($0, seed: seed) }
            }
            for row in state.indices {
                let code = strings.codes[row]
                let hash = code == StringVector.nullCode ? 0 : hashes[Int(code)]
                state[row] = Hash64.combine(state[row], hash)
            }
        case .text:
            preconditionFailure("a text column cannot be part of an identity")
        }
    }
}

extension TableSchema {
    /// The last identity column when it is an integer: the step of a metric.
    var trailingInteger: Int? {
        guard let last = identity.last, columns[last].type.form == .integer else { return nil }
        return last
    }
}
