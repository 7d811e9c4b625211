// The names of key columns, found by the name of a JSON object's member.
// Cost: a comparison where members come in the order of the columns.

import SpanModel

/// The keys of all columns in one run of bytes: a comparison takes no reference.
struct KeyNames {
    private var bytes: [UInt8] = []
    /// Where each key starts, and where the last one ends.
    private var starts = [0]

    init(_ keys: [[UInt8]]) {
        for key in keys {
            bytes += key
            starts.append(bytes.count)
        }
    }

    /// The number of the key that an object's name is; those from `likely` on are tried first.
    func find(_ name: JSONString, from likely: Int) -> Int? {
        bytes.withUnsafeBytes { bytes in
            starts.withUnsafeBufferPointer { starts in
                let count = starts.count - 1
                for step in 0..<count {
                    let index = likely + step < count ? likely + step : likely + step - count
                    let key = UnsafeRawBufferPointer(
                        rebasing: bytes[starts[index]..<starts[index + 1]])
                    if name.isEqual(to: key) { return index }
                }
                return nil
            }
        }
    }
}
