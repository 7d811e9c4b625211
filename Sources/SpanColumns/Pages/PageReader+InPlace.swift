// Pages that are read a block of rows at a time into memory of the caller, as they are packed: for
// kernels that work on a thousand rows in a core's nearest cache and allocate nothing per block. The
// page's bytes must outlive them. A block is what `PackedLanes` unpacks at once.

import SpanModel

/// The codes of a string page.
package struct KeyPage {
    /// What the codes mean.
    package let dictionary: StringDictionary
    /// Nil: all rows are null.
    private let section: IntegerReader?

    fileprivate init(_ section: IntegerReader?, _ dictionary: StringDictionary) {
        self.section = section
        self.dictionary = dictionary
    }

    /// The page of a column that has none: every row is null.
    package static var null: KeyPage { KeyPage(nil, .empty) }

    /// Bits of the numbers that `copy` writes.
    package var bitCount: Int { bitWidth(UInt64(dictionary.count)) }

    /// Writes each row's code plus 1, or 0 for a null; false when one has more than `bitCount` bits,
    /// and so is in no dictionary.
    package func copy(_ rows: Range<Int>, into out: UnsafeMutablePointer<UInt32>) -> Bool {
        guard let section else {
            out.update(repeating: 0, count: rows.count)
            return true
        }
        return section.decode(rows, bitCount: bitCount, into: out)
    }
}

/// The distances of a page, each of them `base` plus a packed number × `unit`, which never wraps.
package struct PackedDistances {
    package let base: Int64
    package let unit: Int64
    private let lanes: PackedLanes
    private let nulls: NullReader

    /// Bits of a number, so that those of a page can be added up in 64 bits.
    private static let widthMax = 48

    fileprivate init?(_ section: IntegerReader, _ nulls: NullReader) {
        guard let packed = section.packed, packed.lanes.width <= Self.widthMax else { return nil }
        (lanes, base, unit) = packed
        self.nulls = nulls
    }

    /// Writes the numbers of `rows`; a null's number means nothing.
    package func copy(_ rows: Range<Int>, into out: UnsafeMutablePointer<Int64>) {
        lanes.unpack(rows, base: 0, unit: 1, into: out)
    }

    /// Appends the distances of some rows, which are not null, counted from `first`.
    package func append(
        _ rows: UnsafeBufferPointer<UInt32>, from first: Int, to values: inout [Int64]
    ) {
        for row in rows {
            let row = first + Int(row)
            precondition(row >= 0 && row < lanes.count)
            values.append(base &+ Int64(bitPattern: lanes.number(at: row)) &* unit)
        }
    }

    /// A byte for each of `rows`, 0 = null; nil when none of them is null. Throws `corruption`.
    package func validity(_ rows: Range<Int>) throws(StoreError) -> [UInt8]? {
        try nulls.decode(rows)
    }
}

extension PageReader {
    /// Rows that the pages of this file decode together, if they start at a multiple of it.
    package static let blockRows = PackedLanes.blockRows

    /// The page as codes of `dictionary`; nil for a page of another form. Throws `corruption`.
    package func keys(_ dictionary: StringDictionary) throws(StoreError) -> KeyPage? {
        switch body {
        case .null: return KeyPage(nil, dictionary)
        case .string(let section):
            try section.check(0..<rowCount)
            return KeyPage(section, dictionary)
        default: return nil
        }
    }

    /// The page as packed distances; nil for a page of another form.
    package var packedDistances: PackedDistances? {
        guard case .distance(let section, let nulls) = body else { return nil }
        return PackedDistances(section, nulls)
    }
}
