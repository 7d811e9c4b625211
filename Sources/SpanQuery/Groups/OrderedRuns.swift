// Runs of ascending values that overlap a little, merged into runs that lie behind each other: each is cut
// where another one has a value between two of its own. Values are compared and stay where they are.
// Cost: two binary searches for each cut.

/// Merges runs of places.
struct OrderedRuns {
    private let values: [Int64]
    /// The runs so far, in order.
    private(set) var runs: [Range<Int>] = []

    /// Cuts up to which merging is cheaper than sorting, for each run that is given.
    private static let cutsMax = 256

    /// Over values of which no two of the places appended together are equal.
    init(_ values: [Int64]) { self.values = values }

    /// Appends runs of places, in each of which values ascend, in order of their values, behind all
    /// before; false, and nothing appended, when they would fall into too many pieces.
    mutating func append(_ chunks: [Range<Int>]) -> Bool {
        var merged: [Range<Int>] = []
        let chunks = chunks.sorted { values[$0.lowerBound] < values[$1.lowerBound] }
        for chunk in chunks {
            if let last = merged.last, values[last.upperBound - 1] > values[chunk.lowerBound] {
                guard let both = self.merged(merged, chunk) else { return false }
                merged = both
            } else {
                merged.append(chunk)
            }
        }
        for run in merged {
            if let last = runs.last, last.upperBound == run.lowerBound {
                runs[runs.count - 1] = last.lowerBound..<run.upperBound
            } else {
                runs.append(run)
            }
        }
        return true
    }

    /// Runs behind each other, with one more among them; nil when there are too many pieces.
    private func merged(_ runs: [Range<Int>], _ added: Range<Int>) -> [Range<Int>]? {
        var merged: [Range<Int>] = []
        var rest = added
        for var run in runs {
            while !rest.isEmpty, values[rest.lowerBound] < values[run.upperBound - 1] {
                let cut = SelectionVector.position(of: values[rest.lowerBound], in: values[run])
                if cut > run.lowerBound { merged.append(run.lowerBound..<cut) }
                run = cut..<run.upperBound
                let end = SelectionVector.position(of: values[cut], in: values[rest])
                merged.append(rest.lowerBound..<end)
                rest = end..<rest.upperBound
            }
            merged.append(run)
            if merged.count > Self.cutsMax { return nil }
        }
        if !rest.isEmpty { merged.append(rest) }
        return merged
    }
}
