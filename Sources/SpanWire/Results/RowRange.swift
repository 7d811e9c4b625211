// Where a row's bytes lie in vectors and dictionaries that keep the ends of their texts. The vectors'
// own functions are calls into another module, too slow for a call per value.

/// The bytes of row (or code) `row`.
@inline(__always)
func rowRange(_ ends: UnsafeBufferPointer<UInt32>, _ row: Int) -> Range<Int> {
    Range(uncheckedBounds: (row == 0 ? 0 : Int(ends[row &- 1]), Int(ends[row])))
}
