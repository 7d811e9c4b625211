// Groups by several strings of small dictionaries: one array by all their codes together says a row's group,
// instead of a look-up for each key and one for each pair of keys. It is made anew for other dictionaries.
// Cost: 1 ns a row; a megabyte at most.

import SpanColumns

/// Groups by the codes of several strings.
struct DictionaryTuples {
    private var dictionaries: [StringDictionary] = []
    /// By codes, of which that of the last key is the lowest digit, and null is 0: the group, or `unknown`.
    private var groups: [UInt32] = []

    private static let unknown = UInt32.max
    private static let groupsMax = 1 << 18
    /// Entries that are made for each row of a vector.
    private static let groupsPerRow = 4

    /// Whether keys are such strings, for which there is an array now.
    mutating func prepare(_ keys: [ColumnVector], rowCount: Int) -> Bool {
        guard keys.count > 1 else { return false }
        var isKnown = dictionaries.count == keys.count
        var size = 1
        for (index, key) in keys.enumerated() {
            guard case .string(let vector) = key, vector.dictionary.count < Self.groupsMax else {
                return false
            }
            isKnown = isKnown && dictionaries[index] === vector.dictionary
            size *= vector.dictionary.count + 1
            guard size <= Self.groupsMax else { return false }
        }
        if isKnown { return true }
        guard size <= rowCount * Self.groupsPerRow else { return false }
        dictionaries = keys.compactMap { key in
            if case .string(let vector) = key { vector.dictionary } else { nil }
        }
        groups = Array(repeating: Self.unknown, count: size)
        return true
    }

    /// The rows that have no group yet.
    static func unknownRows(_ groups: [UInt32]) -> [UInt32] {
        groups.withUnsafeBufferPointer { groups in
            // No group has the highest bit.
            return RowKernels.select(SelectionVector.all(groups.count), of: groups.count) {
                Int(truncatingIfNeeded: groups[$0] &>> 31)
            }
        }
    }

    /// Notes the groups of some rows.
    mutating func set(_ found: [UInt32], for keys: [ColumnVector]) {
        for (place, group) in zip(places(keys), found) { groups[Int(place)] = group }
    }

    /// The groups of rows as far as they are known; complete when none is unknown.
    func groups(_ keys: [ColumnVector]) -> (groups: [UInt32], isComplete: Bool) {
        guard keys.count == 2, case .string(let left) = keys[0], case .string(let right) = keys[1]
        else {
            let found = groups.gathered(places(keys))
            return (found, found.allSatisfy { $0 != Self.unknown })
        }
        var bits: UInt32 = 0
        let radix = UInt32(truncatingIfNeeded: right.dictionary.count + 1)
        let found = left.codes.withUnsafeBufferPointer { left in
            right.codes.withUnsafeBufferPointer { right in
                groups.withUnsafeBufferPointer { groups in
                    [UInt32](unsafeUninitializedCapacity: left.count) { out, count in
                        for row in left.indices {
                            // The code of null is all ones, so that the next one is 0.
                            let place = (left[row] &+ 1) &* radix &+ (right[row] &+ 1)
                            let group = groups[Int(place)]
                            out[row] = group
                            bits |= group
                        }
                        count = left.count
                    }
                }
            }
        }
        return (found, bits >> 31 == 0)
    }

    /// Where in the array each row's group is.
    private func places(_ keys: [ColumnVector]) -> [UInt32] {
        var places = [UInt32](repeating: 0, count: keys.first?.count ?? 0)
        for key in keys {
            guard case .string(let vector) = key else { continue }
            let radix = UInt32(truncatingIfNeeded: vector.dictionary.count + 1)
            for row in places.indices {
                places[row] = places[row] &* radix &+ (vector.codes[row] &+ 1)
            }
        }
        return places
    }
}
