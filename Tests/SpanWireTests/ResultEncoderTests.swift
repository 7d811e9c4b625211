// Results as JSON, NDJSON, CSV and tables: golden output.

import SpanColumns
import SpanModel
import SpanWire
import Testing

@Suite struct ResultEncoderTests {
    /// One column of each type, a value and a null row, awkward characters included.
    private func sample() throws -> ResultTable {
        let body = try decode(
            """
            {"trace_id":"00000000000000000000000000000001","span_id":"a,b","start_time_unix_nano":1,\
            "name":"x \\"y\\"\\n界","input_tokens":12,"cost_usd":0.3,"input":"","attributes":{"k":[1]}}
            {"trace_id":"t","span_id":"s","start_time_unix_nano":2}
            """, Tables.spans)
        let batch = try #require(body.batches.first)
        var table = resultTable(
            batch,
            [
                "trace_id", "span_id", "start_time", "name", "input_tokens", "cost_usd", "input",
                "attributes",
            ])
        let floats = FloatVector(values: [.nan, 1_000], validity: nil)
        let bools = IntegerVector(values: [1, 0], validity: [1, 0])
        table = ResultTable(
            columns: table.columns + [
                ResultColumn(name: "mean", type: .float64, values: .float(floats)),
                ResultColumn(name: "ok", type: .bool, values: .integer(bools)),
            ], rowCount: 2, isTruncated: true, totalCount: 7)
        return table
    }

    private func text(_ format: ResultFormat) throws -> String {
        String(decoding: try ResultEncoder.encode(sample(), as: format), as: UTF8.self)
    }

    private let first =
        #"{"trace_id":"00000000000000000000000000000001","span_id":"a,b","#
        + #""start_time":"1970-01-01T00:00:00.000000001Z","name":"x \"y\"\n界","#
        + #""input_tokens":12,"cost_usd":0.3,"input":"","attributes":{"k":[1]},"#
        + #""mean":null,"ok":true}"#
    private let second =
        #"{"trace_id":"t","span_id":"s","start_time":"1970-01-01T00:00:00.000000002Z","#
        + #""name":null,"input_tokens":null,"cost_usd":null,"input":null,"attributes":null,"#
        + #""mean":1000.0,"ok":null}"#

    @Test func json() throws {
        #expect(try text(.json) == "[\(first),\(second)]\n")
        #expect(try text(.ndjson) == "\(first)\n\(second)\n")
    }

    @Test func object() throws {
        let bytes = try ResultEncoder.encodeObject(
            sample(), extra: [(name: "explain", json: Array("{}".utf8))])
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "{\"rows\":[\(first),\(second)],\"truncated\":true,\"total\":7,\"explain\":{}}\n"
        )
    }

    @Test func csv() throws {
        #expect(
            try text(.csv)
                == "trace_id,span_id,start_time,name,input_tokens,cost_usd,input,attributes,mean,ok\r\n"
                + "00000000000000000000000000000001,\"a,b\",1970-01-01T00:00:00.000000001Z,"
                + "\"x \"\"y\"\"\n界\",12,0.3,\"\",\"{\"\"k\"\":[1]}\",NaN,true\r\n"
                + "t,s,1970-01-01T00:00:00.000000002Z,,,,,,1000.0,\r\n")
    }

    @Test func tableAlignsAndEscapes() throws {
        let names = StringVector(
            codes: [0, 1, StringVector.nullCode],
            dictionary: StringDictionary(
                ends: [5, 74],
                bytes: Array("\u{1B}[31m".utf8) + Array(String(repeating: "界", count: 23).utf8)))
        let counts = IntegerVector(values: [5, 1_234, 0], validity: [1, 1, 0])
        let table = ResultTable(
            columns: [
                ResultColumn(name: "name", type: .string, values: .string(names)),
                ResultColumn(name: "count", type: .int64, values: .integer(counts)),
            ], rowCount: 3)
        let wide = String(repeating: "界", count: 23)
        #expect(
            String(decoding: try ResultEncoder.encode(table, as: .table), as: UTF8.self) == """
                name                                            count
                \(String(repeating: "─", count: 46))  \(String(repeating: "─", count: 5))
                \\u{1b}[31m                                          5
                \(wide)   1234
                \(String(repeating: " ", count: 46))       \("")

                """)
    }

    @Test func emptyAnswers() throws {
        let table = ResultTable(
            columns: [ResultColumn(name: "a", type: .int64, values: .null(count: 0))], rowCount: 0)
        #expect(try ResultEncoder.encode(table, as: .json) == Array("[]\n".utf8))
        #expect(try ResultEncoder.encode(table, as: .ndjson) == [])
        #expect(try ResultEncoder.encode(table, as: .csv) == Array("a\r\n".utf8))
        #expect(
            try ResultEncoder.encodeObject(table)
                == Array("{\"rows\":[],\"truncated\":false}\n".utf8))
    }
}
