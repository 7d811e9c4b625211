// Arrays that grew, or that were made for the worst case, hold up to twice what they contain. What
// is kept in a memtable is copied once to its real size.

extension Array {
    /// The same elements in storage of about their number; copies only when that saves a fifth, and
    /// more than a few elements: the batches of single records are merged soon.
    var fitted: [Element] {
        if capacity - count <= Swift.max(count / 4, 16) { return self }
        return withUnsafeBufferPointer { Array($0) }
    }
}
