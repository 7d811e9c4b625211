// Arrays that grew, or that were made for the worst case, hold up to twice what they contain. What
// is kept in a memtable is copied once to its real size.

extension Array {
    /// The same elements in storage of about their number; copies only when that saves a fifth.
    var fitted: [Element] {
        if capacity - count <= count / 4 { return self }
        return withUnsafeBufferPointer { source in
            Array(unsafeUninitializedCapacity: count) { target, initialized in
                initialized = target.initialize(fromContentsOf: source)
            }
        }
    }
}
