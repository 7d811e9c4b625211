// The names of key columns, found by the name of a JSON object's member. Objects of one program have their
// members in one order, so the key that came behind another one is tried first the next time.
// Cost: a comparison where members come in the order of the object before, else one of lengths a key.

import SpanModel

/// The keys of all columns in one run of bytes: a comparison takes no reference.
struct KeyNames {
    private var bytes: [UInt8] = []
    /// Where each key starts, and where the last one ends.
    private var starts = [0]
    /// By key, and last for the start of an object: the key that was found next.
    private var followers: [Int]
    /// The key that was found last; the number of keys: none in this object.
    private var last: Int
    private let count: Int

    init(_ keys: [[UInt8]]) {
        for key in keys {
            bytes += key
            starts.append(bytes.count)
        }
        count = keys.count
        last = count
        followers = Array(repeating: 0, count: count + 1)
    }

    /// Begins an object.
    mutating func start() { last = count }

    /// The number of the key that the object's next name is.
    mutating func find(_ name: JSONString) -> Int? {
        if count == 0 { return nil }
        let likely = followers[last]
        guard !isEqual(name, likely) else {
            last = likely
            return likely
        }
        for index in 0..<count where index != likely && isEqual(name, index) {
            followers[last] = index
            last = index
            return index
        }
        return nil
    }

    private func isEqual(_ name: JSONString, _ index: Int) -> Bool {
        let (start, end) = (starts[index], starts[index + 1])
        if !name.hasEscapes, name.raw.count != end - start { return false }
        return bytes.withUnsafeBytes {
            name.isEqual(to: UnsafeRawBufferPointer(rebasing: $0[start..<end]))
        }
    }
}
