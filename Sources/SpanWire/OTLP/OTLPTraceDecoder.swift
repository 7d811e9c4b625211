// OTLP trace requests (opentelemetry-proto, ExportTraceServiceRequest) → rows of the spans table.
// A body that cannot be read at all throws; a span that cannot be stored is refused by name, and
// the others are not touched by it.
// Cost, protobuf: about 0.5 µs a span of 700 bytes with 14 attributes, and more to compress its texts;
// JSON: more than three times that.

import SpanColumns
import SpanModel

/// Decodes trace requests.
package enum OTLPTraceDecoder {
    /// Decodes an `application/x-protobuf` body. `ingestTime` stands in for a missing start;
    /// `source` becomes part of each span's identity; texts are compressed with `textCodec`. Throws
    /// `malformedBody` and `limitExceeded`.
    package static func decodeProtobuf(
        _ body: UnsafeRawBufferPointer, ingestTime: Int64, source: String = "otlp",
        textCodec: BlockCodec = .zstd
    ) throws(StoreError) -> DecodedBody {
        try check(body)
        var decoder = OTLPProtobufTraces(
            ingestTime: ingestTime, source: source, textCodec: textCodec)
        do throws(WireError) { try decoder.decode(body) } catch { throw error.asStoreError }
        return decoder.finish()
    }

    /// Decodes an `application/json` body, like `decodeProtobuf`.
    package static func decodeJSON(
        _ body: UnsafeRawBufferPointer, ingestTime: Int64, source: String = "otlp"
    ) throws(StoreError) -> DecodedBody {
        try check(body)
        if let offset = UTF8Validation.firstInvalidByte(in: body) {
            throw .malformedBody(offset: offset, reason: "invalid UTF-8")
        }
        var decoder = OTLPJSONTraces(ingestTime: ingestTime, source: source)
        do throws(JSONError) { try decoder.decode(body) } catch {
            throw .malformedBody(offset: error.offset, reason: error.reason)
        }
        return decoder.finish()
    }

    static func check(_ body: UnsafeRawBufferPointer) throws(StoreError) {
        guard body.count <= Limits.requestBodyBytesMax else {
            throw .limitExceeded(
                limit: "requestBodyBytesMax", value: body.count,
                maximum: Limits.requestBodyBytesMax)
        }
    }
}

/// What the trace request says of a resource or scope apart from its spans.
struct OTLPScope {
    var name = UnsafeRawBufferPointer(start: nil, count: 0)
    var version = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Empty, or `{…` without its closing brace.
    var attributes: [UInt8] = []

    /// `{"name":…,"version":…,"attributes":{…}}` with the members that are there, or nothing.
    var json: [UInt8] {
        var json: [UInt8] = []
        json.reserveCapacity(name.count + version.count + attributes.count + 64)
        if name.count > 0 {
            JSONMembers.appendKey("name", to: &json)
            JSONWriter.appendString(name, to: &json)
        }
        if version.count > 0 {
            JSONMembers.appendKey("version", to: &json)
            JSONWriter.appendString(version, to: &json)
        }
        if !attributes.isEmpty {
            JSONMembers.appendKey("attributes", to: &json)
            json.append(contentsOf: attributes)
            json.append(UInt8(ascii: "}"))
        }
        if !json.isEmpty { json.append(UInt8(ascii: "}")) }
        return json
    }
}
