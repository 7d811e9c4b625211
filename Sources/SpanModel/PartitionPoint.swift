// Binary search: where something that ascends begins to be something else. Cost: one call for each halving.

extension Range<Int> {
    /// The first place for which `isBefore` is false, once false always false; `upperBound` when it is true
    /// for all.
    @inlinable
    package func partitionPoint<Failure: Error>(
        where isBefore: (Int) throws(Failure) -> Bool
    ) throws(Failure) -> Int {
        var low = lowerBound
        var high = upperBound
        while low < high {
            let middle = low + (high - low) / 2
            if try isBefore(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
