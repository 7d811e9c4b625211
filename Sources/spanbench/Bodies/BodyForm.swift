// What is generated and how it is written.

import ArgumentParser

/// A kind of record.
enum RecordKind: String, ExpressibleByArgument, CaseIterable {
    case spans, metrics, scores
}

/// How records are written.
enum BodyForm: String, ExpressibleByArgument, CaseIterable {
    case otlp, ndjson, csv

    /// The Content-Type of a request of this form.
    var contentType: String {
        switch self {
        case .otlp: "application/x-protobuf"
        case .ndjson: "application/x-ndjson"
        case .csv: "text/csv"
        }
    }

    /// Where requests of records go.
    func target(_ kind: RecordKind) -> String {
        self == .otlp ? "/v1/traces" : "/api/v1/\(kind.rawValue)"
    }
}

/// A rendered batch.
struct BenchBody: Sendable {
    let bytes: [UInt8]
    let rowCount: Int
}
