// Largest-triangle-three-buckets (Steinarsson 2013): of each bucket of points the one that spans the
// largest triangle with the point chosen before and the mean of the next bucket, so that spikes
// survive. Buckets hold equal numbers of points, not of steps, as ClickHouse's `lttb` has them.
// Cost: two passes over the points.

/// Chooses points that keep the shape of a line.
enum LargestTriangle {
    /// The numbers of `wanted` points, ascending, the first and the last among them; all points when
    /// there are no more. `x` ascends; both are finite.
    static func picks(x: [Int64], y: [Double], wanted: Int) -> [UInt32] {
        precondition(x.count == y.count)
        let count = x.count
        if count <= wanted { return Array(0..<UInt32(count)) }
        if wanted < 2 { return wanted == 1 ? [0] : [] }
        var picks: [UInt32] = [0]
        let size = wanted > 2 ? Double(count - 2) / Double(wanted - 2) : 0
        func start(_ bucket: Int) -> Int { 1 + Int(size * Double(bucket)) }
        for bucket in 0..<wanted - 2 {
            let next = mean(x, y, start(bucket + 1)..<min(start(bucket + 2), count))
            let last = Int(picks[picks.count - 1])
            let here = (x: Double(x[last]), y: y[last])
            var best = start(bucket)
            var bestArea = -1.0
            for point in start(bucket)..<start(bucket + 1) {
                // Twice the triangle's area.
                let area = abs(
                    (here.x - next.x) * (y[point] - here.y)
                        - (here.x - Double(x[point])) * (next.y - here.y))
                if area > bestArea { (bestArea, best) = (area, point) }
            }
            picks.append(UInt32(best))
        }
        picks.append(UInt32(count - 1))
        return picks
    }

    private static func mean(
        _ x: [Int64], _ y: [Double], _ range: Range<Int>
    ) -> (x: Double, y: Double) {
        var sum = (x: 0.0, y: 0.0)
        for point in range {
            sum.x += Double(x[point])
            sum.y += y[point]
        }
        return (sum.x / Double(range.count), sum.y / Double(range.count))
    }
}
