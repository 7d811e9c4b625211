// Hashes of a rollup's groups: groups of different places are told apart by them alone.
// Cost: about 10 ns a string; rows of a segment decode the key's page.

import SpanColumns
import SpanFormat
import SpanModel

/// Hashes the strings that are groups.
struct GroupHash {
    /// The table's string column whose values are the groups.
    let key: Int
    /// That of the store's identities.
    let seed: UInt64

    /// The hash of a group's string.
    func of(_ string: UnsafeRawBufferPointer) -> UInt64 { Hash64.hash(string, seed: seed) }

    /// The hashes of a dictionary's strings, by code.
    func hashes(of dictionary: StringDictionary) -> [UInt64] {
        (0..<UInt32(dictionary.count)).map { dictionary.withBytes($0, of) }
    }

    /// The hashes of the rows of a string column without nulls.
    func hashes(of vector: ColumnVector) -> [UInt64] {
        guard case .string(let strings) = vector else {
            preconditionFailure("groups are strings")
        }
        let hashes = hashes(of: strings.dictionary)
        return strings.codes.map { hashes[Int($0)] }
    }

    /// The hashes of the rows of a column of strings or identifiers, 0 for null; none where all are null.
    func values(of vector: ColumnVector) -> [UInt64] {
        switch vector {
        case .string(let strings):
            let hashes = hashes(of: strings.dictionary)
            return strings.codes.map { $0 == StringVector.nullCode ? 0 : hashes[Int($0)] }
        case .identifier(let identifiers):
            return (0..<identifiers.ends.count).map { row in
                identifiers.withBytes(row) { $0.isEmpty ? 0 : of($0) }
            }
        case .null: return []
        case .integer, .float, .text: preconditionFailure("parts are strings or identifiers")
        }
    }

    /// The hashes of the groups of some rows of a segment, one or more of each. Throws `corruption`.
    func hashes(
        of rows: [UInt32], in segment: MappedSegment
    ) throws(StoreError) -> [UInt64] {
        if rows.isEmpty { return [] }
        let dictionary = try segment.dictionary(key)
        var hashes: [UInt64] = []
        var reader: (group: Int, page: PageReader?) = (-1, nil)
        for row in rows.sorted() {
            let (group, local) = segment.position(of: Int(row))
            if group != reader.group {
                reader = (group, try segment.pageReader(key, group: group))
            }
            guard let code = reader.page?.code(at: local) else { continue }
            guard code < dictionary.count else { throw segment.damage(key, "code out of range") }
            hashes.append(dictionary.withBytes(code, of))
        }
        return hashes
    }

    /// The same of rows of the memtable.
    func hashes(of rows: some Sequence<Int>, in chunk: MemtableChunk) -> [UInt64] {
        guard case .string(let strings) = chunk.columns[key] else { return [] }
        return rows.compactMap { row in
            let code = strings.codes[row]
            return code == StringVector.nullCode ? nil : strings.dictionary.withBytes(code, of)
        }
    }
}
