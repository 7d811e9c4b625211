// How the keys and conditions of a ranked pass become the number of a cell, by the dictionaries of one
// segment: codes side by side, behind them a bit for each condition.

import SpanColumns
import SpanModel

/// What a ranked pass groups by and counts: string columns, and equality of string columns with a text.
struct RankedQuestion {
    /// Nil: only rows are counted.
    let interval: ColumnInterval?
    let keys: [Int]
    let conditions: [(column: Int, text: String)]

    /// All columns, keys first.
    var columns: [Int] { keys + conditions.map(\.column) }
}

/// The bits of a cell's number.
struct RankedLayout {
    struct Key {
        let dictionary: StringDictionary
        let shift: Int
        let bitCount: Int
    }

    struct Condition {
        /// What the page says where the condition is met; nil: nowhere in the segment.
        let code: UInt32?
        let mark: UInt32
    }

    let keys: [Key]
    let conditions: [Condition]
    /// Bits of all keys.
    let keyBits: Int

    /// Nil when a cell has more bits than a table of cells has.
    init?(_ question: RankedQuestion, _ pages: RankedPages) {
        var keys: [Key] = []
        var shift = 0
        for page in pages.keys.prefix(question.keys.count) {
            keys.append(Key(dictionary: page.dictionary, shift: shift, bitCount: page.bitCount))
            shift += page.bitCount
        }
        guard shift + question.conditions.count <= RankedCells.bitsMax else { return nil }
        var conditions: [Condition] = []
        for (index, condition) in question.conditions.enumerated() {
            let code = pages.keys[keys.count + index].dictionary.code(of: condition.text)
            conditions.append(
                Condition(code: code.map { $0 + 1 }, mark: 1 << UInt32(shift + index)))
        }
        self.keys = keys
        self.conditions = conditions
        keyBits = shift
    }

    /// Cells that there may be.
    var cellCount: Int { 1 << (keyBits + conditions.count) }

    /// The columns of some keys. Throws `corruption` when one is in no dictionary.
    func columns(_ cells: [Int]) throws(StoreError) -> [ColumnVector] {
        var columns: [ColumnVector] = []
        for key in keys {
            let mask = (1 << key.bitCount) - 1
            let codes = cells.map { UInt32($0 >> key.shift & mask) &- 1 }
            guard
                codes.allSatisfy({ $0 == StringVector.nullCode || $0 < key.dictionary.count })
            else {
                throw .corruption(
                    file: "segment", offset: 0, region: "strings",
                    reason: "a code is not in the dictionary")
            }
            columns.append(.string(StringVector(codes: codes, dictionary: key.dictionary)))
        }
        return columns
    }
}
