// What the values of a key column are. Values are texts; where all of them are what JSON writes for
// integers, or all for doubles, the numbers stand for them and give them back byte for byte.

import SpanColumns
import SpanModel
import SpanSketch

/// The type of a key column. Raw values are on disk.
package enum KeyType: UInt8, Sendable {
    case string = 0
    case integer = 1
    case double = 2

    /// The number that a text stands for in a column of this type, a double as its bits; nil when it
    /// has no place in one, and in a column of strings.
    package func number(_ text: UnsafeRawBufferPointer) -> Int64? {
        switch self {
        case .string: nil
        case .integer: JSONNumber.canonicalInt64(text)
        case .double:
            JSONNumber.canonicalDouble(text).map { Int64(bitPattern: $0.bitPattern) }
        }
    }

    /// An integer that orders numbers of this type, as zones hold it.
    package func ordered(_ number: Int64) -> Int64 {
        self == .double ? OrderedDouble.key(Self.double(number)) : number
    }

    /// The numbers as a vector of their own form.
    package func vector(_ numbers: [Int64], _ validity: [UInt8]?) -> ColumnVector {
        guard self == .double else {
            return .integer(IntegerVector(values: numbers, validity: validity))
        }
        return .float(FloatVector(values: numbers.map(Self.double), validity: validity))
    }

    /// The form of pages that hold numbers.
    var form: PhysicalForm {
        switch self {
        case .string: .string
        case .integer: .integer
        case .double: .float
        }
    }

    /// The double of some bits.
    static func double(_ bits: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: bits))
    }
}
