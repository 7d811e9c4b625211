// All rows of several vectors, one after the other: how memtable chunks merge.
// Cost: a copy of the arrays, plus one pass over the strings in use; texts are re-based, not read
// (`TextGathering`).

import SpanModel

extension ColumnVector {
    /// The rows of `sources`, all of `form` or `.null`, in their order. Throws like `gather`.
    package static func concatenate(
        _ sources: [ColumnVector], form: PhysicalForm
    ) throws(StoreError) -> ColumnVector {
        if sources.count == 1, let only = sources.first { return only }
        let count = sources.reduce(0) { $0 + $1.count }
        if sources.allSatisfy(isNullVector) { return .null(count: count) }
        switch form {
        case .integer: return integers(sources, count)
        case .float: return floats(sources, count)
        case .identifier: return identifiers(sources, count)
        case .string: return strings(sources, count)
        case .text: return .text(try TextGathering.gather(sources, allRows(sources, count)))
        }
    }

    private static func allRows(_ sources: [ColumnVector], _ count: Int) -> [RowPick] {
        var picks: [RowPick] = []
        picks.reserveCapacity(count)
        for (source, vector) in sources.enumerated() {
            for row in 0..<UInt32(vector.count) { picks.append((UInt32(source), row)) }
        }
        return picks
    }

    private static func integers(_ sources: [ColumnVector], _ count: Int) -> ColumnVector {
        var values: [Int64] = []
        values.reserveCapacity(count)
        var validity = ConcatenatedValidity(count)
        for source in sources {
            if case .integer(let vector) = source {
                values.append(contentsOf: vector.values)
                validity.append(vector.validity, count: vector.values.count)
            } else {
                values.append(contentsOf: repeatElement(0, count: source.count))
                validity.appendNulls(source.count)
            }
        }
        return .integer(IntegerVector(values: values, validity: validity.bytes))
    }

    private static func floats(_ sources: [ColumnVector], _ count: Int) -> ColumnVector {
        var values: [Double] = []
        values.reserveCapacity(count)
        var validity = ConcatenatedValidity(count)
        for source in sources {
            if case .float(let vector) = source {
                values.append(contentsOf: vector.values)
                validity.append(vector.validity, count: vector.values.count)
            } else {
                values.append(contentsOf: repeatElement(0, count: source.count))
                validity.appendNulls(source.count)
            }
        }
        return .float(FloatVector(values: values, validity: validity.bytes))
    }

    private static func identifiers(_ sources: [ColumnVector], _ count: Int) -> ColumnVector {
        var out = IdentifierVector()
        out.ends.reserveCapacity(count)
        for source in sources {
            let base = UInt32(out.bytes.count)
            if case .identifier(let vector) = source {
                for end in vector.ends { out.ends.append(base + end) }
                out.bytes.append(contentsOf: vector.bytes)
            } else {
                out.ends.append(contentsOf: repeatElement(base, count: source.count))
            }
        }
        return .identifier(out)
    }

    private static func strings(_ sources: [ColumnVector], _ count: Int) -> ColumnVector {
        let vectors = sources.map { source -> StringVector in
            if case .string(let vector) = source { return vector }
            return StringVector(
                codes: Array(repeating: StringVector.nullCode, count: source.count),
                dictionary: .empty)
        }
        if let first = vectors.first?.dictionary, vectors.allSatisfy({ $0.dictionary === first }) {
            return .string(StringVector(codes: vectors.flatMap(\.codes), dictionary: first))
        }
        var merge = DictionaryMerge(vectors.map(\.dictionary))
        for (source, vector) in vectors.enumerated() {
            for code in vector.codes { merge.use(code, of: source) }
        }
        let dictionary = merge.finish()
        var codes: [UInt32] = []
        codes.reserveCapacity(count)
        for (source, vector) in vectors.enumerated() {
            for code in vector.codes { codes.append(merge.code(code, of: source)) }
        }
        return .string(StringVector(codes: codes, dictionary: dictionary))
    }
}

/// Validity bytes of rows one after the other; none while all rows have values.
private struct ConcatenatedValidity {
    private(set) var bytes: [UInt8]?
    private var rows = 0
    private let capacity: Int

    init(_ capacity: Int) { self.capacity = capacity }

    mutating func append(_ validity: [UInt8]?, count: Int) {
        if let validity, validity.contains(0) {
            begin()
            bytes?.append(contentsOf: validity)
        } else if bytes != nil {
            bytes?.append(contentsOf: repeatElement(1, count: count))
        }
        rows += count
    }

    mutating func appendNulls(_ count: Int) {
        if count > 0 { begin() }
        bytes?.append(contentsOf: repeatElement(0, count: count))
        rows += count
    }

    private mutating func begin() {
        guard bytes == nil else { return }
        var started = [UInt8](repeating: 1, count: rows)
        started.reserveCapacity(capacity)
        bytes = started
    }
}
