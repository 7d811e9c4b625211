"""The unmodified OpenTelemetry Python exporter, over TCP and over the Unix socket."""

import urllib.parse

import pytest
import requests_unixsocket
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import Status, StatusCode

from harness import nanoseconds


class Checked(SimpleSpanProcessor):
    """Exports each span as it ends, and fails the test when the exporter says so."""

    def on_end(self, span):
        assert self.span_exporter.export([span]) is SpanExportResult.SUCCESS


def send_trace(exporter):
    """An agent with one model call; (trace id, model span's id and times)."""
    provider = TracerProvider(
        resource=Resource({"service.name": "exporter-test"}), shutdown_on_exit=False)
    provider.add_span_processor(Checked(exporter))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("invoke_agent tester", attributes={
            "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "tester",
            "gen_ai.conversation.id": "exporter-session"}) as root:
        with tracer.start_as_current_span("chat sample", attributes={
                "gen_ai.operation.name": "chat", "gen_ai.request.model": "sample",
                "gen_ai.conversation.id": "exporter-session",
                "gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 30}) as model:
            model.set_status(Status(StatusCode.ERROR, "refused"))
    return f"{root.context.trace_id:032x}", root, model


def check_trace(daemon, trace_id, root, model):
    rows = daemon.rows("trace", trace_id)
    assert [row["name"] for row in rows] == ["invoke_agent tester", "chat sample"]
    assert {row["trace_id"] for row in rows} == {trace_id}
    assert rows[0]["span_id"] == f"{root.context.span_id:016x}"
    assert rows[0]["agent_name"] == "tester"
    child = rows[1]
    assert child["parent_span_id"] == rows[0]["span_id"]
    assert child["source"] == "otlp"
    assert child["service_name"] == "exporter-test"
    assert child["session_id"] == "exporter-session"
    assert (child["input_tokens"], child["output_tokens"]) == (120, 30)
    assert (child["status"], child["status_message"]) == ("error", "refused")
    assert nanoseconds(child["start_time"]) == model.start_time
    assert nanoseconds(child["end_time"]) == model.end_time


@pytest.mark.parametrize(
    "compression", [Compression.NoCompression, Compression.Gzip], ids=lambda item: item.value)
def test_over_tcp(new_daemon, compression):
    daemon = new_daemon("--listen", "127.0.0.1:0").start()
    exporter = OTLPSpanExporter(f"http://{daemon.tcp_address()}/v1/traces", compression=compression)
    for _ in range(3):
        check_trace(daemon, *send_trace(exporter))
    exporter.shutdown()
    assert daemon.stop() == 0


def test_over_the_unix_socket(daemon):
    host = urllib.parse.quote(str(daemon.socket), safe="")
    exporter = OTLPSpanExporter(
        f"http+unix://{host}/v1/traces", session=requests_unixsocket.Session())
    for _ in range(3):
        check_trace(daemon, *send_trace(exporter))
    exporter.shutdown()


def test_a_delivery_sent_again_is_one_span(daemon):
    host = urllib.parse.quote(str(daemon.socket), safe="")
    exporter = OTLPSpanExporter(
        f"http+unix://{host}/v1/traces", session=requests_unixsocket.Session())
    trace_id, _, model = send_trace(exporter)
    assert exporter.export([model]) is SpanExportResult.SUCCESS
    assert len(daemon.rows("trace", trace_id)) == 2
    sums = daemon.rows("sessions")
    assert [(row["span_count"], row["input_tokens"]) for row in sums] == [(2, 120)]


def test_sdk_logs_and_metrics_are_answered(daemon):
    """SDKs send them too: 200, and the answer says how much was not stored."""
    from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
    from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics

    log_request = logs.ExportLogsServiceRequest()
    records = log_request.resource_logs.add().scope_logs.add().log_records
    for _ in range(3):
        records.add(time_unix_nano=1).body.string_value = "hello"
    metric_request = metrics.ExportMetricsServiceRequest()
    metric = metric_request.resource_metrics.add().scope_metrics.add().metrics.add(name="m")
    metric.gauge.data_points.add(as_int=1, time_unix_nano=1)
    with daemon.connect() as connection:
        answer = connection.post("/v1/logs", log_request.SerializeToString(),
                                 Content_Type="application/x-protobuf")
        assert answer.status == 200
        partial = logs.ExportLogsServiceResponse.FromString(answer.body).partial_success
        assert partial.rejected_log_records == 3 and partial.error_message
        answer = connection.post("/v1/metrics", metric_request.SerializeToString(),
                                 Content_Type="application/x-protobuf")
        assert answer.status == 200
        partial = metrics.ExportMetricsServiceResponse.FromString(answer.body).partial_success
        assert partial.rejected_data_points == 1 and partial.error_message
