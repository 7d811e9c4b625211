// What bounds one answer about metrics.

/// Limits of metric questions.
enum MetricLimits {
    /// Runs, and names, that one question may list.
    static let linesPerSideMax = 200
    /// Buckets, or points, that may be asked for of one line.
    static let bucketsMax: Int64 = 100_000
    /// Buckets of a line unless it says otherwise.
    static let bucketsStandard: Int64 = 1_000
    /// Buckets of all lines of a chart: about 80 bytes each, for every thread.
    static let chartBucketsMax = 1_000_000
    /// Runs that a run may descend from.
    static let lineageDepthMax = 10
}
