// NDJSON bodies for tests.

/// One valid span line.
func spanLine(_ number: Int, input: String = "hi") -> String {
    "{\"trace_id\":\"t\(number)\",\"span_id\":\"s\(number)\","
        + "\"start_time_unix_nano\":\(1_000 + number),\"input\":\"\(input)\"}\n"
}

/// Valid span lines.
func spanLines(_ count: Int) -> String { (0..<count).map { spanLine($0) }.joined() }
