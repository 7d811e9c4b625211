// Metric points and scores as NDJSON records and CSV rows.

/// Writes points and scores line by line.
enum PointLines {
    static let metricHeader = Array("project,run_id,name,step,time_unix_nano,value\n".utf8)
    static let scoreHeader = Array("session_id,name,value,time_unix_nano\n".utf8)

    static func appendJSON(_ point: BenchPoint, to bytes: inout [UInt8]) {
        let value = nonFinite(point.value).map { "\"\($0)\"" } ?? "\(point.value)"
        bytes +=
            "{\"project\":\"project-\(point.project)\",\"run_id\":\(point.run),\"name\":\"".utf8
        bytes += MetricSource.name(point.metric).utf8
        bytes +=
            "\",\"step\":\(point.step),\"time_unix_nano\":\(point.time),\"value\":\(value)}\n".utf8
    }

    static func appendCSV(_ point: BenchPoint, to bytes: inout [UInt8]) {
        let value = nonFinite(point.value) ?? "\(point.value)"
        bytes += "project-\(point.project),\(point.run),".utf8
        bytes += MetricSource.name(point.metric).utf8
        bytes += ",\(point.step),\(point.time),\(value)\n".utf8
    }

    static func appendJSON(_ score: BenchScore, to bytes: inout [UInt8]) {
        bytes += "{\"session_id\":\"\(RecordText.session(score.session))\",\"name\":\"".utf8
        bytes += "\(score.name)\",\"value\":\(score.value),\"time_unix_nano\":".utf8
        bytes += "\(score.time)}\n".utf8
    }

    static func appendCSV(_ score: BenchScore, to bytes: inout [UInt8]) {
        bytes += RecordText.session(score.session).utf8
        bytes += ",\(score.name),\(score.value),\(score.time)\n".utf8
    }

    /// The contract's word for a value that is not finite.
    private static func nonFinite(_ value: Double) -> String? {
        value.isNaN
            ? "NaN" : value == .infinity ? "Infinity" : value == -.infinity ? "-Infinity" : nil
    }
}
