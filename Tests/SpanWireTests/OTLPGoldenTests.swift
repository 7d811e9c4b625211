// Bytes written by the reference implementation (the Python package opentelemetry-proto 1.45), so
// that our test encoder and our decoder cannot agree on the same mistake.

import SpanModel
import SpanWire
import Testing

private func bytes(_ hex: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Substring(hex)
    while let byte = UInt8(rest.prefix(2), radix: 16) {
        bytes.append(byte)
        rest = rest.dropFirst(2)
    }
    return bytes
}

private let traceRequest =
    "0ad3020a170a150a0c736572766963652e6e616d6512050a0373766312b7020a050a036c696212ad020a10010203"
    + "0405060708090a0b0c0d0e0f1012080102030405060708220809090909090909092a046368617430033900002a36"
    + "fe9c9717410065f753fe9c97174a200a1467656e5f61692e726571756573742e6d6f64656c12080a066770742d34"
    + "6f4a1f0a1967656e5f61692e75736167652e696e7075745f746f6b656e731202180c4a120a036e6567120b18ffff"
    + "ffffffffffffff014a1b0a0e6c6c6d2e636f73742e746f74616c120921c7bab88d06f0563f4a0a0a04666c616712"
    + "0210014a140a046c697374120c2a0a0a0218010a043a0200ff4a190a036d6170121232100a0e0a016b1209210000"
    + "0000000000405a0d090500000000000000120265766a1c0a10070707070707070707070707070707071208080808"
    + "08080808087a0712036261641802850101010000"

@Suite struct OTLPGoldenTests {
    @Test func aRequestOfTheReferenceImplementation() throws {
        let body = try decodeProtobuf(bytes(traceRequest))
        #expect(
            try lines(
                body,
                [
                    "trace_id", "span_id", "parent_span_id", "start_time", "end_time", "name",
                    "kind", "status", "status_message", "service_name", "model", "input_tokens",
                    "cost_usd", "attributes", "events", "links", "scope", "flags",
                ]) == [
                    #"{"trace_id":"0102030405060708090a0b0c0d0e0f10","span_id":"0102030405060708","#
                        + #""parent_span_id":"0909090909090909","#
                        + #""start_time":"2023-11-14T22:13:20.000000000Z","#
                        + #""end_time":"2023-11-14T22:13:20.500000000Z","name":"chat","#
                        + #""kind":"client","status":"error","status_message":"bad","#
                        + #""service_name":"svc","model":"gpt-4o","input_tokens":12,"#
                        + #""cost_usd":0.0014,"attributes":{"gen_ai.request.model":"gpt-4o","#
                        + #""gen_ai.usage.input_tokens":12,"neg":-1,"llm.cost.total":0.0014,"#
                        + #""flag":true,"list":[1,{"bytes":"AP8="}],"map":{"k":2.0}},"#
                        + #""events":[{"name":"ev","time_unix_nano":5}],"#
                        + #""links":[{"trace_id":"07070707070707070707070707070707","#
                        + #""span_id":"0808080808080808"}],"scope":"{\"name\":\"lib\"}","flags":257}"#
                ])
    }

    @Test func metricsOfTheReferenceImplementation() throws {
        let request = bytes(
            "0a20121e12042a020a0012043a020a0012044a020a00120452020a0012045a020a00")
        #expect(try request.withUnsafeBytes { try OTLPSignal.metrics.countProtobuf($0) } == 5)
    }

    @Test func everySuffixGivesAnErrorOrRows() {
        let request = bytes(traceRequest)
        for count in 0..<request.count { _ = try? decodeProtobuf(Array(request.suffix(count))) }
    }

    /// Protobuf messages may be concatenated: repeated fields add up.
    @Test func concatenatedRequestsAddUp() throws {
        let request = bytes(traceRequest)
        let body = try decodeProtobuf(request + request)
        #expect(body.acceptedCount == 2)
        #expect(try Set(allColumns(body)).count == 1)
    }
}
