// A dictionary section (schemas/segment.md) read where it lies: for columns of many long strings, of which few
// are wanted at a time. Cost: a look-up and a copy for each different string that is wanted.

import SpanColumns
import SpanModel

/// The strings of a dictionary section, checked as they are read.
struct StringsInPlace {
    private let bytes: UnsafeRawBufferPointer

    /// An empty section has no strings.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The strings with some codes, nil for null, over a dictionary of just these. Throws `corruption`.
    func vector(_ codes: some Collection<UInt32?>) throws(StoreError) -> StringVector {
        var places = Places(count: word(0) ?? 0, asked: codes.count)
        var found: [UInt32] = []
        found.reserveCapacity(codes.count)
        var ends: [UInt32] = []
        var strings: [UInt8] = []
        for code in codes {
            guard let code else {
                found.append(StringVector.nullCode)
                continue
            }
            if places[code] == StringVector.nullCode {
                strings.append(contentsOf: try string(code))
                places[code] = UInt32(ends.count)
                ends.append(UInt32(strings.count))
            }
            found.append(places[code])
        }
        return StringVector(
            codes: found, dictionary: StringDictionary(ends: ends, bytes: strings))
    }

    /// Where strings went, by code, `nullCode` while nowhere: a list where many are asked for.
    private struct Places {
        private var dense: [UInt32]
        private var sparse: [UInt32: UInt32] = [:]

        private static let codesPerPlace = 8

        init(count: Int, asked: Int) {
            let isDense = count <= asked * Self.codesPerPlace
            dense = isDense ? Array(repeating: StringVector.nullCode, count: count) : []
        }

        subscript(code: UInt32) -> UInt32 {
            get {
                code < dense.count
                    ? dense[Int(code)] : sparse[code, default: StringVector.nullCode]
            }
            set {
                if code < dense.count {
                    dense[Int(code)] = newValue
                } else {
                    sparse[code] = newValue
                }
            }
        }
    }

    private func word(_ index: Int) -> Int? {
        let offset = index * 4
        guard offset + 4 <= bytes.count else { return nil }
        return Int(
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }

    private func string(_ code: UInt32) throws(StoreError) -> UnsafeRawBufferPointer {
        let number = Int(code)
        guard let count = word(0), number < count, let end = word(number + 1),
            let start = number == 0 ? 0 : word(number)
        else { throw Self.damage("a code is not in the dictionary") }
        let first = 4 + count * 4
        guard start <= end, first + end <= bytes.count else {
            throw Self.damage("a string lies outside the dictionary")
        }
        return UnsafeRawBufferPointer(rebasing: bytes[first + start..<first + end])
    }

    private static func damage(_ reason: String) -> StoreError {
        .corruption(file: "section", offset: 0, region: "dictionary", reason: reason)
    }
}
