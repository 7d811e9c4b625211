// Integers as distances from those of another vector, and back. All arithmetic wraps; a null of the
// other vector counts as 0, and the null rows are those of the vector itself.
// Cost: 0.5 ns a row.

extension IntegerVector {
    /// `vector` − `base`; nil when a distance does not fit in 64 bits.
    package init?(distanceOf vector: IntegerVector, from base: IntegerVector) {
        var distances = vector.values
        var overflows: Int64 = 0
        for row in distances.indices {
            let (value, start) = (vector.values[row], base.values[row])
            let distance = value &- start
            // Signs differ, and the result has not that of the value.
            overflows |= (value ^ start) & (value ^ distance)
            distances[row] = distance
        }
        guard overflows >= 0 else { return nil }
        self.init(values: distances, validity: vector.validity)
        clearNulls()
    }

    /// These distances + `base`.
    package func added(to base: IntegerVector) -> IntegerVector {
        var values = values
        values.withUnsafeMutableBufferPointer { values in
            base.values.withUnsafeBufferPointer { base in
                for row in values.indices { values[row] &+= base[row] }
            }
        }
        var sum = IntegerVector(values: values, validity: validity)
        sum.clearNulls()
        return sum
    }

    private mutating func clearNulls() {
        guard let validity else { return }
        for row in values.indices where validity[row] == 0 { values[row] = 0 }
    }
}
