// NDJSON records: good and bad values of every field.

import SpanColumns
import SpanModel
import SpanWire
import Testing

@Suite struct NDJSONDecoderTests {
    @Test func metricsWithAllSpellings() throws {
        let body = try decode(
            """
            {"project":"p","run_id":7,"name":"loss","step":0,"time_unix_nano":1000,"value":0.5}\r
            {"run_id":"7","name":"loss","step":1,"time":"1970-01-01T00:00:01Z","value":NaN}

            {"run_id":"7","name":"loss","step":2,"time_unix_nano":"-5","value":"-Infinity"}
            """, Tables.metrics)
        #expect(body.acceptedCount == 3)
        #expect(body.rejectedCount == 0)
        #expect(
            try lines(body, ["project", "run_id", "name", "step", "time", "value"]) == [
                #"{"project":"p","run_id":"7","name":"loss","step":0,"time":"1970-01-01T00:00:00.000001000Z","value":0.5}"#,
                #"{"project":"default","run_id":"7","name":"loss","step":1,"time":"1970-01-01T00:00:01.000000000Z","value":null}"#,
                #"{"project":"default","run_id":"7","name":"loss","step":2,"time":"1969-12-31T23:59:59.999999995Z","value":null}"#,
            ])
        guard case .float(let values) = try #require(body.batches.first).columns[MetricColumn.value]
        else {
            Issue.record("not a float column")
            return
        }
        #expect(values.values[1].isNaN)
        #expect(values.values[2] == -.infinity)
    }
}
