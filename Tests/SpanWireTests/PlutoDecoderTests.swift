// Pluto's lines: what is a point, what is refused and under which line, and that raw lines are kept
// byte for byte.

import SpanColumns
import SpanModel
import SpanTesting
import SpanWire
import Testing

@Suite struct PlutoDecoderTests {
    private func metrics(_ text: String) throws -> DecodedBody {
        try PlutoMetricsDecoder.decode(Array(text.utf8), project: "p", runID: "7")
    }

    private func cells(_ body: DecodedBody, _ column: Int) -> [Cell] {
        body.batches.flatMap { batch in
            (0..<batch.rowCount).map { Cell(batch.columns[column], $0) }
        }
    }

    @Test func aLineIsAPointPerValue() throws {
        let body = try metrics(
            #"""
            {"data":{"loss":NaN,"grad":Infinity,"min":-Infinity,"acc":0.95,"none":null,"q":"NaN"},"time":1000,"step":1}

            {"time":1001,"step":2,"data":{"l\u006fss":7}}
            """# + "\r\n")
        #expect(body.rejectedCount == 0)
        #expect(body.acceptedCount == 6)
        #expect(
            cells(body, MetricColumn.name).compactMap(\.string)
                == ["loss", "grad", "min", "acc", "q", "loss"])
        #expect(
            cells(body, MetricColumn.time).compactMap(\.integer)
                == [
                    1_000_000_000, 1_000_000_000, 1_000_000_000, 1_000_000_000, 1_000_000_000,
                    1_001_000_000,
                ])
        let values = cells(body, MetricColumn.value).compactMap(\.float)
        #expect(values[0].isNaN && values[4].isNaN)
        #expect(Array(values[1...3]) == [.infinity, -.infinity, 0.95])
        #expect(values[5] == 7)
        #expect(Set(cells(body, MetricColumn.runID)) == [.string("7")])
    }

    @Test func nothingIsNoRecord() throws {
        for text in ["", "\n", " \r\n\t\n"] {
            let body = try metrics(text)
            #expect(body.acceptedCount == 0 && body.rejectedCount == 0 && body.batches.isEmpty)
        }
    }

    @Test(arguments: [
        (#"{"time":1,"step":1,"data":{}}"#, "data: must have a member"),
        (#"{"time":1,"step":1}"#, "data: must have a member"),
        (#"{"time":1,"data":{"a":1}}"#, "step: is required"),
        (#"{"step":1,"data":{"a":1}}"#, "time: is required"),
        (
            #"{"time":1,"step":-1,"data":{"a":1}}"#,
            "step: must be an integer ≥ 0 of at most 63 bits"
        ),
        (
            #"{"time":1,"step":1.5,"data":{"a":1}}"#,
            "step: must be an integer ≥ 0 of at most 63 bits"
        ),
        (#"{"time":9999999999999999,"step":1,"data":{"a":1}}"#, "time: is beyond the year 2262"),
        (#"{"time":1,"step":1,"data":{"a":true}}"#, "data: value of another type at byte 31"),
        (#"{"time":1,"step":1,"data":{"a":"1"}}"#, "data: value of another type at byte 31"),
        (#"{"time":1,"step":1,"data":{"  ":1}}"#, "data: a name must not be blank"),
        (#"{"time":1,"step":1,"data":{"a":1},"x":1}"#, "x: unknown field"),
        (#"[]"#, "record: must be a JSON object"),
        (#"{"time":1,"step":1,"data":{"a":1}"#, "record: unexpected end of JSON at byte 33"),
    ])
    func badLinesAreNamed(line: String, reason: String) throws {
        let good = #"{"time":1,"step":1,"data":{"a":1}}"#
        let body = try metrics([good, line, good].joined(separator: "\n"))
        #expect(body.rejectedCount == 1)
        #expect(body.rejections == [Rejection(line: 2, error: reason)])
    }

    @Test func aBodyThatIsNotUTF8IsRefused() {
        let error = #expect(throws: StoreError.self) {
            try PlutoMetricsDecoder.decode([0x7B, 0xFF], project: "p", runID: "7")
        }
        #expect(error == .malformedBody(offset: 1, reason: "invalid UTF-8"))
    }

    @Test func rawLinesAreKeptAsTheyCame() throws {
        let line = #"{"time":1, "message":"", "lineNumber":3,"logType":"INFO"}"#
        let body = try PlutoRawLine.log.decode(
            Array((line + "\r\n" + line + "\n").utf8), project: "p", runID: "7")
        #expect(cells(body, EntityColumn.body) == [.string(line), .string(line)])
        #expect(Set(cells(body, EntityColumn.kind)) == [.string("run_log")])
        #expect(Set(cells(body, EntityColumn.name)) == [.string("7")])
    }

    @Test(arguments: [
        (
            PlutoRawLine.log, #"{"time":1,"message":"m","lineNumber":3,"logType":""}"#,
            "logType: must not be blank"
        ),
        (.log, #"{"time":1,"message":"m","lineNumber":3}"#, "logType: is required"),
        (.log, #"{"time":1,"time":1}"#, "time: unknown field, or given twice"),
        (
            .data, #"{"time":1,"data":{},"step":1,"dataType":"T","logName":"n"}"#,
            "data: value of another type at byte 17"
        ),
        (
            .data, #"{"time":1,"data":"","step":1,"dataType":"T","logName":" "}"#,
            "logName: must not be blank"
        ),
    ])
    func badRawLinesAreNamed(kind: PlutoRawLine, line: String, reason: String) throws {
        let body = try kind.decode(Array(line.utf8), project: "p", runID: "7")
        #expect(body.rejections == [Rejection(line: 1, error: reason)])
        #expect(body.batches.isEmpty)
    }
}
