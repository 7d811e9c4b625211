// What a residual block is assembled from: the members that a key column holds, and where the texts go.
// Cost: three copies a member, and a number is written.

import SpanColumns
import SpanModel

/// A key column as residual blocks need it.
package struct ResidualKey: Sendable {
    /// `"key":`
    private let head: [UInt8]
    private let form: ResidualView.Form
    private var codes: [UInt32] = []
    private var dictionary = StringDictionary.empty
    /// Integers, or doubles as their bits.
    private var numbers: [Int64] = []
    /// Of numbers; empty: all rows have one.
    private var validity: [UInt8] = []

    /// `values` are those of the block's rows: strings, integers or doubles.
    package init(key: [UInt8], values: ColumnVector) {
        head = [UInt8(ascii: "\"")] + key + [UInt8(ascii: "\""), UInt8(ascii: ":")]
        switch values {
        case .string(let strings):
            form = .string
            (codes, dictionary) = (strings.codes, strings.dictionary)
        case .integer(let vector):
            form = .integer
            (numbers, validity) = (vector.values, vector.validity ?? [])
        case .float(let vector):
            form = .double
            numbers = vector.values.map { Int64(bitPattern: $0.bitPattern) }
            validity = vector.validity ?? []
        case .null, .identifier, .text: form = .none
        }
    }

    /// Calls `body` with views of keys, in their order, whose arrays stay where they are meanwhile.
    static func withViews<R>(
        _ keys: ArraySlice<ResidualKey?>, _ views: inout [ResidualView],
        _ body: (UnsafeBufferPointer<ResidualView>) -> R
    ) -> R {
        guard let first = keys.first else { return views.withUnsafeBufferPointer(body) }
        guard let first else {
            views.append(.none)
            return withViews(keys.dropFirst(), &views, body)
        }
        return first.withView { view in
            views.append(view)
            return withViews(keys.dropFirst(), &views, body)
        }
    }

    private func withView<R>(_ body: (ResidualView) -> R) -> R {
        head.withUnsafeBytes { head in
            codes.withUnsafeBufferPointer { codes in
                dictionary.ends.withUnsafeBufferPointer { ends in
                    dictionary.bytes.withUnsafeBytes { bytes in
                        numbers.withUnsafeBufferPointer { numbers in
                            validity.withUnsafeBufferPointer { validity in
                                body(
                                    ResidualView(
                                        form: form, head: head, codes: codes, ends: ends,
                                        bytes: bytes, numbers: numbers, validity: validity))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The arrays of a key column as pointers: taking arrays out of an object for each member would count
/// references that threads share, which costs more than all the rest.
struct ResidualView {
    enum Form {
        case none, string, integer, double
    }

    let form: Form
    let head: UnsafeRawBufferPointer
    let codes: UnsafeBufferPointer<UInt32>
    let ends: UnsafeBufferPointer<UInt32>
    let bytes: UnsafeRawBufferPointer
    let numbers: UnsafeBufferPointer<Int64>
    let validity: UnsafeBufferPointer<UInt8>

    /// A key that no row has a value of.
    static var none: ResidualView {
        ResidualView(
            form: .none, head: UnsafeRawBufferPointer(start: nil, count: 0),
            codes: UnsafeBufferPointer(start: nil, count: 0),
            ends: UnsafeBufferPointer(start: nil, count: 0),
            bytes: UnsafeRawBufferPointer(start: nil, count: 0),
            numbers: UnsafeBufferPointer(start: nil, count: 0),
            validity: UnsafeBufferPointer(start: nil, count: 0))
    }

    /// Appends the member of a row; false when it has none.
    @inline(__always)
    func append(_ row: Int, isString: Bool, to output: inout ResidualOutput) -> Bool {
        guard hasValue(row) else { return false }
        output.append(head)
        if isString { output.append(UInt8(ascii: "\"")) }
        switch form {
        case .none: return false
        case .string:
            let code = Int(codes[row])
            let range = (code == 0 ? 0 : Int(ends[code - 1]))..<Int(ends[code])
            output.append(UnsafeRawBufferPointer(rebasing: bytes[range]))
        case .integer: output.append { JSONNumber.write(numbers[row], to: $0) }
        case .double: output.append { JSONNumber.write(double(row), to: $0) }
        }
        if isString { output.append(UInt8(ascii: "\"")) }
        return true
    }

    @inline(__always)
    private func hasValue(_ row: Int) -> Bool {
        switch form {
        case .none: false
        case .string: codes[row] < ends.count
        case .integer: validity.isEmpty || validity[row] != 0
        // No text that a double stands for is that of NaN or infinity.
        case .double: (validity.isEmpty || validity[row] != 0) && double(row).isFinite
        }
    }

    private func double(_ row: Int) -> Double {
        Double(bitPattern: UInt64(bitPattern: numbers[row]))
    }
}

/// Bytes behind each other in a buffer; what would not fit is dropped and noted.
struct ResidualOutput {
    private let buffer: UnsafeMutableRawBufferPointer
    private(set) var count = 0
    private(set) var hasOverflown = false

    init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        guard count < buffer.count else {
            hasOverflown = true
            return
        }
        buffer[count] = byte
        count &+= 1
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
        guard buffer.count - count >= bytes.count else {
            hasOverflown = true
            return
        }
        target.advanced(by: count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }

    /// Appends a number that `write` writes to memory of `JSONNumber.textBytesMax` bytes.
    @inline(__always)
    mutating func append(number write: (UnsafeMutablePointer<UInt8>) -> Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: JSONNumber.textBytesMax) { text in
            guard let base = text.baseAddress else { return }
            append(UnsafeRawBufferPointer(start: base, count: write(base)))
        }
    }
}
