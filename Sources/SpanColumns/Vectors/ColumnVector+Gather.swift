// A new vector from rows of several: how memtable chunks merge, how a seal sorts and how
// compaction rewrites. Picks name the rows in their new order.
// Cost: 1 to 3 ns a value, identifiers about 5, plus one pass over the strings in use; texts are
// re-based, not read (`TextGathering`).

import SpanModel

/// A row of one of several sources.
package typealias RowPick = (source: UInt32, row: UInt32)

extension ColumnVector {
    /// The picked rows of `sources`, all of `form` or `.null`. Strings get one new dictionary of
    /// the strings in use, texts one new list of the blocks in use. Throws what reading blocks
    /// throws, and `corruption` when a text lies outside its block. A pick outside the sources
    /// traps.
    package static func gather(
        _ sources: [ColumnVector], _ picks: [RowPick], form: PhysicalForm
    ) throws(StoreError) -> ColumnVector {
        let counts = sources.map(\.count)
        for pick in picks { precondition(Int(pick.row) < counts[Int(pick.source)]) }
        if sources.allSatisfy(isNullVector) { return .null(count: picks.count) }
        switch form {
        case .integer: return gatherIntegers(sources, picks)
        case .float: return gatherFloats(sources, picks)
        case .identifier: return .identifier(gatherIdentifiers(sources, picks))
        case .string: return .string(gatherStrings(sources, picks))
        case .text: return .text(try TextGathering.gather(sources, picks))
        }
    }

    static func isNullVector(_ vector: ColumnVector) -> Bool {
        if case .null = vector { true } else { false }
    }

    // MARK: - Fixed width

    private static func gatherIntegers(
        _ sources: [ColumnVector], _ picks: [RowPick]
    ) -> ColumnVector {
        let vectors = sources.map { source -> IntegerVector in
            if case .integer(let vector) = source { return vector }
            return IntegerVector(values: [], validity: nil)
        }
        let (values, validity) = gatherNumbers(
            vectors.map(\.values), vectors.map(\.validity), picks, null: 0)
        return .integer(IntegerVector(values: values, validity: validity))
    }

    private static func gatherFloats(
        _ sources: [ColumnVector], _ picks: [RowPick]
    ) -> ColumnVector {
        let vectors = sources.map { source -> FloatVector in
            if case .float(let vector) = source { return vector }
            return FloatVector(values: [], validity: nil)
        }
        let (values, validity) = gatherNumbers(
            vectors.map(\.values), vectors.map(\.validity), picks, null: 0)
        return .float(FloatVector(values: values, validity: validity))
    }

    /// Values and validity; a source without values is all null.
    private static func gatherNumbers<T>(
        _ values: [[T]], _ validity: [[UInt8]?], _ picks: [RowPick], null: T
    ) -> ([T], validity: [UInt8]?) {
        let gathered = withBuffers(values) { buffers in
            [T](unsafeUninitializedCapacity: picks.count) { out, initialized in
                for (place, pick) in picks.enumerated() {
                    let buffer = buffers[Int(pick.source)]
                    let value = buffer.isEmpty ? null : buffer[Int(pick.row)]
                    (out.baseAddress.map { $0 + place })?.initialize(to: value)
                }
                initialized = picks.count
            }
        }
        let isComplete = values.indices.allSatisfy { validity[$0] == nil && !values[$0].isEmpty }
        if isComplete { return (gathered, nil) }
        // One flag per source answers for those that have no array of their own.
        let flags = validity.map { $0 ?? [] }
        let whole = values.indices.map {
            !values[$0].isEmpty && validity[$0] == nil ? 1 as UInt8 : 0
        }
        var valid = 0
        let bytes = withBuffers(flags) { buffers in
            [UInt8](unsafeUninitializedCapacity: picks.count) { out, initialized in
                for (place, pick) in picks.enumerated() {
                    let source = Int(pick.source)
                    let buffer = buffers[source]
                    let flag = buffer.isEmpty ? whole[source] : min(buffer[Int(pick.row)], 1)
                    valid &+= Int(flag)
                    out[place] = flag
                }
                initialized = picks.count
            }
        }
        return (gathered, valid == picks.count ? nil : bytes)
    }

    // MARK: - Identifiers

    private static func gatherIdentifiers(
        _ sources: [ColumnVector], _ picks: [RowPick]
    ) -> IdentifierVector {
        let vectors = sources.map { source -> IdentifierVector in
            if case .identifier(let vector) = source { return vector }
            return IdentifierVector()
        }
        return withBuffers(vectors.map(\.ends)) { ends in
            var newEnds: [UInt32] = []
            newEnds.reserveCapacity(picks.count)
            var total: UInt32 = 0
            for pick in picks {
                let range = identifierRange(ends[Int(pick.source)], Int(pick.row))
                total += UInt32(range.count)
                newEnds.append(total)
            }
            let bytes = withBuffers(vectors.map(\.bytes)) { sources in
                [UInt8](unsafeUninitializedCapacity: Int(total)) { out, initialized in
                    guard let target = UnsafeMutableRawPointer(out.baseAddress) else { return }
                    var place = 0
                    for pick in picks {
                        let source = Int(pick.source)
                        let range = identifierRange(ends[source], Int(pick.row))
                        guard !range.isEmpty, let from = sources[source].baseAddress else {
                            continue
                        }
                        (target + place).copyMemory(
                            from: from + range.lowerBound, byteCount: range.count)
                        place += range.count
                    }
                    initialized = place
                }
            }
            return IdentifierVector(ends: newEnds, bytes: bytes)
        }
    }

    @inline(__always)
    private static func identifierRange(
        _ ends: UnsafeBufferPointer<UInt32>, _ row: Int
    ) -> Range<Int> {
        if ends.isEmpty { return 0..<0 }
        return (row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row])
    }

    // MARK: - Strings

    private static func gatherStrings(
        _ sources: [ColumnVector], _ picks: [RowPick]
    ) -> StringVector {
        let vectors = sources.map { source -> StringVector in
            if case .string(let vector) = source { return vector }
            return StringVector(codes: [], dictionary: .empty)
        }
        var merge = DictionaryMerge(vectors.map(\.dictionary))
        return withBuffers(vectors.map(\.codes)) { codes in
            for pick in picks {
                let source = codes[Int(pick.source)]
                if source.isEmpty { continue }
                merge.use(source[Int(pick.row)], of: Int(pick.source))
            }
            let dictionary = merge.finish()
            var merged: [UInt32] = []
            merged.reserveCapacity(picks.count)
            for pick in picks {
                let source = codes[Int(pick.source)]
                merged.append(
                    source.isEmpty
                        ? StringVector.nullCode
                        : merge.code(source[Int(pick.row)], of: Int(pick.source)))
            }
            return StringVector(codes: merged, dictionary: dictionary)
        }
    }
}

/// Calls `body` with the buffers of all arrays at once. Few arrays are nested; many (single-row
/// batches) are copied into one first, so that the stack stays shallow.
func withBuffers<T, R>(_ arrays: [[T]], _ body: ([UnsafeBufferPointer<T>]) -> R) -> R {
    let nestedMax = 64
    var buffers: [UnsafeBufferPointer<T>] = []
    buffers.reserveCapacity(arrays.count)
    guard arrays.count > nestedMax else { return nest(arrays[...], &buffers, body) }
    var joined: [T] = []
    joined.reserveCapacity(arrays.reduce(0) { $0 + $1.count })
    for array in arrays { joined.append(contentsOf: array) }
    return joined.withUnsafeBufferPointer { whole in
        var start = 0
        for array in arrays {
            buffers.append(UnsafeBufferPointer(rebasing: whole[start..<start + array.count]))
            start += array.count
        }
        return body(buffers)
    }
}

private func nest<T, R>(
    _ arrays: ArraySlice<[T]>, _ buffers: inout [UnsafeBufferPointer<T>],
    _ body: ([UnsafeBufferPointer<T>]) -> R
) -> R {
    guard let first = arrays.first else { return body(buffers) }
    return first.withUnsafeBufferPointer { buffer in
        buffers.append(buffer)
        return nest(arrays.dropFirst(), &buffers, body)
    }
}
