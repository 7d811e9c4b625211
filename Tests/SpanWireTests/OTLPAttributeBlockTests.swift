// The blocks that attributes are written into: full ones, texts longer than one, batches that end, rows that
// are refused, and what one request leaves to the next.

import SpanColumns
import SpanModel
import SpanTesting
import SpanWire
import Testing

@Suite struct OTLPAttributeBlockTests {
    /// A request of a span for each of `values`, which is its only attribute; those of `refused`
    /// have no id.
    private func request(_ values: [String], refused: Set<Int> = []) -> [UInt8] {
        var request = ProtobufWriter()
        request.message(1) {
            $0.message(2) { scope in
                for (index, value) in values.enumerated() {
                    scope.message(2) { span in
                        span.data(1, [UInt8](repeating: 1, count: 16))
                        if !refused.contains(index) { span.fixed(index) }
                        span.message(9) {
                            $0.string(1, "k")
                            $0.message(2) { $0.string(1, value) }
                        }
                    }
                }
            }
        }
        return request.bytes
    }

    private func decoded(_ body: [UInt8]) throws -> DecodedBody {
        try body.withUnsafeBytes { bytes in
            Result { () throws(StoreError) in
                try OTLPTraceDecoder.decodeProtobuf(bytes, ingestTime: 1)
            }
        }.get()
    }

    private func attributes(_ values: [String]) -> [String] {
        values.map { #"{"attributes":{"k":"\#($0)"}}"# }
    }

    @Test func textsOfEveryLengthAroundABlock() throws {
        let limit = Limits.textBlockBytes
        let lengths = [
            10, limit - 100, 10, 200, limit - 8, limit - 7, limit - 9, 1, limit, limit * 3, 5,
            limit / 2, limit / 2, limit / 2, 0,
        ]
        let values = lengths.enumerated().map { index, length in
            String(repeating: ["a", "b", "c"][index % 3], count: length)
        }
        let body = try decoded(request(values))
        #expect(try lines(body, ["attributes"]) == attributes(values))
    }

    @Test func batchesEndTheirBlocks() throws {
        let values = (0..<Limits.recordRowsMax + 2).map { "value \($0)" }
        let body = try decoded(request(values))
        #expect(body.batches.map(\.rowCount) == [Limits.recordRowsMax, 2])
        #expect(try lines(body, ["attributes"]) == attributes(values))
    }

    @Test func refusedRowsLeaveNothing() throws {
        let values = (0..<2_000).map { "value \($0)" + String(repeating: "x", count: $0 % 120) }
        let refused = Set((0..<2_000).filter { $0 % 3 == 1 })
        let body = try decoded(request(values, refused: refused))
        #expect(body.rejectedCount == refused.count)
        let kept = values.indices.filter { !refused.contains($0) }.map { values[$0] }
        #expect(try lines(body, ["attributes"]) == attributes(kept))
    }

    @Test func aRequestSeesNothingOfThoseBefore() throws {
        let values = (0..<50).map { "value \($0)" }
        let expected = attributes(values)
        for size in [1, 10, Limits.textBlockBytes, 2 << 20] {
            _ = try decoded(request([String(repeating: "y", count: size)]))
            _ = try? decoded(request(["cut"]).dropLast(3))
            #expect(try lines(decoded(request(values)), ["attributes"]) == expected)
        }
    }
}

extension ProtobufWriter {
    /// The id of a span.
    fileprivate mutating func fixed(_ index: Int) {
        data(2, (0..<8).map { UInt8(truncatingIfNeeded: (index + 1) >> ($0 * 8)) })
    }
}
