// The values of one key of a JSON column as they come, object after object, and the key column made of
// them. Texts are numbered while they repeat. Where they do not, and all are numbers, only the numbers
// are kept on.
// Order of calls: `set` for the members of objects, `finish` once.
// Cost: two bytes a row while values repeat, then nine; both layouts are written where both may pay.

import SpanColumns
import SpanFormat
import SpanModel

/// A key that has a column: the column's section, and which rows have a value in it.
struct ShreddedKey {
    let key: [UInt8]
    let section: [UInt8]
    private let validity: [UInt8]

    fileprivate init(key: [UInt8], section: [UInt8], validity: [UInt8]) {
        self.key = key
        self.section = section
        self.validity = validity
    }

    /// The keys that have a value in each row, a bit each.
    static func present(_ keys: [ShreddedKey], rowCount: Int) -> [UInt32] {
        precondition(keys.count <= UInt32.bitWidth)
        var present = [UInt32](repeating: 0, count: rowCount)
        for (number, key) in keys.enumerated() {
            for row in 0..<rowCount {
                present[row] |= UInt32(key.validity[row]) &<< UInt32(truncatingIfNeeded: number)
            }
        }
        return present
    }
}

/// The values of one key as they come. A class: a struct of arrays would be copied for each value. One
/// shredder has it, and no method of it is called within another one's access, so that nothing is left
/// to check when a value is set.
final class KeyValues {
    let key: [UInt8]
    @exclusivity(unchecked) private var interner = StringInterner()
    /// Strings of the interner: to ask it copies it.
    @exclusivity(unchecked) private var distinctCount: UInt32 = 0
    /// Of the interner; emptied once values are too varied to be numbered.
    @exclusivity(unchecked) private var codes: [UInt16]
    /// The types of numbers that all texts so far could have.
    @exclusivity(unchecked) private var types: [KeyType] = [.integer, .double]
    /// By row, once values are too varied.
    @exclusivity(unchecked) private var numbers: [Int64] = []
    /// By row, a byte each.
    @exclusivity(unchecked) private var validity: [UInt8]
    @exclusivity(unchecked) private var presentRows = 0
    @exclusivity(unchecked) private var textBytes = 0
    @exclusivity(unchecked) private var state = State.numbered
    @exclusivity(unchecked) private var text: [UInt8] = []

    private enum State { case numbered, varied, dropped }

    private static let null = UInt16.max

    init(_ key: [UInt8], rowCount: Int) {
        self.key = key
        codes = Array(repeating: Self.null, count: rowCount)
        validity = Array(repeating: 0, count: rowCount)
    }

    /// Takes in a member of the object of a row.
    func set(_ row: Int, _ value: JSONSlice) {
        // Where a key stands twice, the first one counts, as in a look-up.
        if state == .dropped || validity[row] != 0 { return }
        if let plain = value.plainText { return set(row, text: plain) }
        text.removeAll(keepingCapacity: true)
        guard value.appendText(to: &text) else { return }
        text.withUnsafeBytes { set(row, text: $0) }
    }

    private func set(_ row: Int, text: UnsafeRawBufferPointer) {
        if state == .numbered { setCode(row, text) } else { setNumber(row, text) }
        guard state != .dropped else { return }
        validity[row] = 1
        presentRows += 1
        textBytes += text.count
    }

    private func setCode(_ row: Int, _ text: UnsafeRawBufferPointer) {
        let code = interner.intern(text)
        if code == distinctCount {
            distinctCount += 1
            if !types.isEmpty { types = types.filter { $0.number(text) != nil } }
            guard code < Limits.keyColumnValuesMax,
                interner.byteCount <= Limits.keyColumnValueBytesMax
            else { return stopNumbering(row, text) }
        }
        codes[row] = UInt16(truncatingIfNeeded: code)
    }

    /// Goes on without a dictionary, from this row's text on.
    private func stopNumbering(_ row: Int, _ text: UnsafeRawBufferPointer) {
        guard let type = types.first else { return drop() }
        numbers = numbers(type)
        (codes, interner, state) = ([], StringInterner(), .varied)
        setNumber(row, text)
    }

    private func setNumber(_ row: Int, _ text: UnsafeRawBufferPointer) {
        guard let type = types.first, let number = type.number(text) else { return drop() }
        numbers[row] = number
    }

    private func drop() {
        (codes, numbers, validity) = ([], [], [])
        (interner, state) = (StringInterner(), .dropped)
    }

    /// The numbers of all rows, of their codes.
    private func numbers(_ type: KeyType) -> [Int64] {
        let dictionary = interner.dictionary()
        let values = (0..<UInt32(dictionary.count)).map { code in
            dictionary.withBytes(code) { type.number($0) ?? 0 }
        }
        return codes.map { $0 == Self.null ? 0 : values[Int($0)] }
    }

    /// The key's column, for rows in these row groups; nil when its values are too varied to be worth
    /// one.
    func finish(column: Int, groups: [Range<Int>]) -> ShreddedKey? {
        if presentRows == 0 { return nil }
        let count = interner.count
        var section: [UInt8]?
        if state == .numbered, count <= Limits.keyColumnValuesFree || count * 4 <= presentRows {
            section = numberedSection(column, groups)
        }
        if state == .varied || count > Limits.keyColumnValuesFree, let type = types.first {
            let plain = plainSection(column, groups, type)
            // The texts of a dictionary are at hand. Without one, residual blocks would take at least
            // half of the bytes of digits, and two more a member.
            let most = section.map { $0.count / 4 * 3 } ?? textBytes / 2 + presentRows * 2
            if plain.count <= most { section = plain }
        }
        return section.map { ShreddedKey(key: key, section: $0, validity: validity) }
    }

    private func numberedSection(_ column: Int, _ groups: [Range<Int>]) -> [UInt8] {
        let (dictionary, ranks) = interner.dictionary().sorted()
        let vectors = groups.map { rows in
            let codes = codes[rows].map { $0 == Self.null ? StringVector.nullCode : ranks[Int($0)] }
            return ColumnVector.string(StringVector(codes: codes, dictionary: dictionary))
        }
        return KeyColumn.encode(
            column: column, key: key, type: types.first ?? .string, dictionary: dictionary,
            groups: vectors)
    }

    private func plainSection(
        _ column: Int, _ groups: [Range<Int>], _ type: KeyType
    ) -> [UInt8] {
        let numbers = state == .varied ? numbers : numbers(type)
        let vectors = groups.map { rows in
            let present = Array(validity[rows])
            return type.vector(Array(numbers[rows]), present.contains(0) ? present : nil)
        }
        return KeyColumn.encode(
            column: column, key: key, type: type, dictionary: nil, groups: vectors)
    }
}
