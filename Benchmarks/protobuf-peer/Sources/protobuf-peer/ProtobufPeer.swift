// Decodes the request bodies of a file with swift-protobuf, into its messages and no further, and
// prints the seconds of the fastest pass as JSON. The file is that of `spanbench bodies`.
// Usage: protobuf-peer FILE ROUNDS

import Foundation
import SwiftProtobuf

@main
enum ProtobufPeer {
    private typealias Request = Opentelemetry_Proto_Collector_Trace_V1_ExportTraceServiceRequest

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let rounds = Int(arguments[2]) else {
            throw CocoaError(.featureUnsupported)
        }
        let bodies = split([UInt8](try Data(contentsOf: URL(filePath: arguments[1]))))
        let spans = try bodies.reduce(0) { try $0 + spanCount(Request(serializedBytes: $1)) }
        var least = Duration.seconds(Int.max)
        for _ in 0..<max(1, rounds) { least = min(least, try pass(bodies)) }
        print("{\"spans\": \(spans), \"seconds\": \(least / .seconds(1))}")
    }

    /// Decodes every body once.
    @inline(never)
    private static func pass(_ bodies: [[UInt8]]) throws -> Duration {
        try ContinuousClock().measure {
            for body in bodies {
                let request = try Request(serializedBytes: body)
                guard !request.resourceSpans.isEmpty else { throw CocoaError(.coderInvalidValue) }
            }
        }
    }

    private static func spanCount(_ request: Request) -> Int {
        request.resourceSpans.reduce(0) { $0 + $1.scopeSpans.reduce(0) { $0 + $1.spans.count } }
    }

    /// The bodies of a file, each behind its length in four bytes, little-endian.
    private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        var bodies: [[UInt8]] = []
        var rest = bytes[...]
        while rest.count >= 4 {
            let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            bodies.append(Array(rest.dropFirst(4).prefix(length)))
            rest = rest.dropFirst(4 + length)
        }
        return bodies
    }
}
