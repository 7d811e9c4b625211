// A part of all groups, those whose keys have certain hashes, so that a query with more groups than memory is
// answered in several passes over its rows.
// Cost: 2 ns a row and key, of identifiers 5; a string is hashed once a dictionary.

import SpanColumns
import SpanModel
import SpanSketch

/// One of several parts of the groups by some keys.
struct GroupPartition {
    private let operands: [Operand]
    private let index: UInt64
    /// One less than the parts, which are a power of two.
    private let mask: UInt64
    /// By key: the dictionary that was met last, with the hashes of its strings.
    private var dictionaries: [(dictionary: StringDictionary, hashes: [UInt64])?]

    /// Keys that are chosen against it make parts of unequal size, and in the end an error.
    private static let seed: UInt64 = 0xA076_1D64_78BD_642F
    private static let nullHash: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// `count` parts, a power of two.
    init(_ operands: [Operand], index: Int, of count: Int) {
        precondition(count & (count - 1) == 0)
        self.operands = operands
        self.index = UInt64(index)
        mask = UInt64(count - 1)
        dictionaries = operands.map { _ in nil }
    }

    /// The rows of the part's groups.
    mutating func rows(_ evaluator: RowEvaluator) throws(StoreError) -> [UInt32] {
        var hashes = [UInt64](repeating: Self.seed, count: evaluator.rowCount)
        for key in operands.indices {
            add(try evaluator.vector(operands[key]), key: key, to: &hashes)
        }
        let (index, mask) = (index, mask)
        return hashes.withUnsafeBufferPointer { hashes in
            RowKernels.select(evaluator.allRows, of: hashes.count) { row in
                hashes[row] &>> 32 & mask == index ? 1 : 0
            }
        }
    }

    private mutating func add(_ vector: ColumnVector, key: Int, to hashes: inout [UInt64]) {
        switch vector {
        case .null, .text:
            for row in hashes.indices { Self.mix(Self.nullHash, into: &hashes[row]) }
        case .integer(let source): Self.add(source.values, source.validity, to: &hashes)
        case .float(let source):
            Self.add(source.values.map(OrderedDouble.key), source.validity, to: &hashes)
        case .string(let source): add(source, key: key, to: &hashes)
        case .identifier(let source):
            for row in hashes.indices {
                let hash = source.withBytes(row) { Hash64.hash($0, seed: Self.seed) }
                Self.mix(hash, into: &hashes[row])
            }
        }
    }

    private static func add(_ values: [Int64], _ validity: [UInt8]?, to hashes: inout [UInt64]) {
        for row in hashes.indices {
            let isNull = validity.map { $0[row] == 0 } ?? false
            mix(isNull ? nullHash : UInt64(bitPattern: values[row]), into: &hashes[row])
        }
    }

    private mutating func add(_ vector: StringVector, key: Int, to hashes: inout [UInt64]) {
        let dictionary = vector.dictionary
        if dictionaries[key]?.dictionary !== dictionary {
            let known = (0..<UInt32(dictionary.count)).map { code in
                dictionary.withBytes(code) { Hash64.hash($0, seed: Self.seed) }
            }
            dictionaries[key] = (dictionary, known)
        }
        let known = dictionaries[key]?.hashes ?? []
        for (row, code) in vector.codes.enumerated() {
            Self.mix(
                code == StringVector.nullCode ? Self.nullHash : known[Int(code)],
                into: &hashes[row])
        }
    }

    @inline(__always)
    private static func mix(_ value: UInt64, into hash: inout UInt64) {
        let product = (hash ^ value).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        hash = product.high ^ product.low
    }
}
