"""OTLP over gRPC: the unmodified Python exporter, and calls that it would not make."""

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from exporter_test import check_trace, send_trace

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


@pytest.fixture
def grpc_daemon(new_daemon, home):
    return new_daemon("--grpc-listen", f"{home}/grpc.sock").start()


@pytest.fixture
def channel(grpc_daemon):
    with grpc.insecure_channel("unix://" + grpc_daemon.logged("spand: listening grpc="),
                               options=[("grpc.max_send_message_length", -1)]) as channel:
        yield channel


def request(span_ids, **span):
    body = trace_service_pb2.ExportTraceServiceRequest()
    spans = body.resource_spans.add().scope_spans.add().spans
    for span_id in span_ids:
        spans.add(trace_id=b"\1" * 16, span_id=span_id.to_bytes(8, "big"), name="n",
                  start_time_unix_nano=1_000, end_time_unix_nano=2_000, **span)
    return body


def call(channel, method, body, **options):
    """A call with the bytes as they are."""
    return channel.unary_unary(method)(body, timeout=30, **options)


def details(failure):
    trailers = dict(failure.value.trailing_metadata())
    return status_pb2.Status.FromString(trailers["grpc-status-details-bin"])


@pytest.mark.parametrize("compression", [None, grpc.Compression.Gzip], ids=["identity", "gzip"])
@pytest.mark.parametrize("place", ["socket", "tcp"])
def test_the_exporter(new_daemon, home, place, compression):
    listen = f"{home}/grpc.sock" if place == "socket" else "127.0.0.1:0"
    daemon = new_daemon("--grpc-listen", listen).start()
    address = daemon.logged("spand: listening grpc=")
    exporter = OTLPSpanExporter(
        endpoint=f"unix://{address}" if place == "socket" else address,
        insecure=True, compression=compression)
    for _ in range(3):
        check_trace(daemon, *send_trace(exporter))
    exporter.shutdown()
    assert daemon.stop() == 0


def test_what_is_rejected_is_a_partial_success(grpc_daemon, channel):
    stub = trace_service_pb2_grpc.TraceServiceStub(channel)
    assert not stub.Export(request([1, 2])).HasField("partial_success")
    partial = stub.Export(request([3, 0])).partial_success
    assert partial.rejected_spans == 1 and "span" in partial.error_message
    assert grpc_daemon.counts("source") == {"otlp": 3}


def test_a_workspace_is_named_in_the_metadata(grpc_daemon, channel):
    stub = trace_service_pb2_grpc.TraceServiceStub(channel)
    stub.Export(request([1]), metadata=[("x-workspace", "team")])
    assert grpc_daemon.counts("source") == {}
    assert grpc_daemon.counts("source", "--workspace", "team") == {"otlp": 1}


def test_logs_and_metrics_are_counted(channel):
    logs = logs_service_pb2.ExportLogsServiceRequest()
    logs.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=1)
    partial = logs_service_pb2_grpc.LogsServiceStub(channel).Export(logs).partial_success
    assert partial.rejected_log_records == 1 and partial.error_message
    metrics = metrics_service_pb2.ExportMetricsServiceRequest()
    metric = metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="m")
    metric.gauge.data_points.add(as_int=1, time_unix_nano=1)
    partial = metrics_service_pb2_grpc.MetricsServiceStub(channel).Export(metrics).partial_success
    assert partial.rejected_data_points == 1 and partial.error_message


def test_bad_calls_have_their_status(grpc_daemon, channel):
    for method, body, options, code in [
        ("/nope.Service/Nothing", b"", {}, grpc.StatusCode.UNIMPLEMENTED),
        (EXPORT, b"\x0a\xff", {}, grpc.StatusCode.INVALID_ARGUMENT),
        (EXPORT, b"", {"metadata": [("x-workspace", "../etc")]},
         grpc.StatusCode.INVALID_ARGUMENT),
        (EXPORT, bytes(65 << 20), {}, grpc.StatusCode.RESOURCE_EXHAUSTED),
        (EXPORT, bytes(65 << 20), {"compression": grpc.Compression.Gzip},
         grpc.StatusCode.RESOURCE_EXHAUSTED),
    ]:
        with pytest.raises(grpc.RpcError) as failure:
            call(channel, method, body, **options)
        assert failure.value.code() is code, (method, failure.value)
        if code is not grpc.StatusCode.UNIMPLEMENTED:
            # No RetryInfo: nobody tries these again.
            assert failure.value.details()
            assert not any(detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR)
                           for detail in details(failure).details)
    assert call(channel, EXPORT, b"") == b""
    assert grpc_daemon.is_alive()


def test_a_large_message_is_stored(grpc_daemon, channel):
    stub = trace_service_pb2_grpc.TraceServiceStub(channel)
    body = request([1])
    attribute = body.resource_spans[0].scope_spans[0].spans[0].attributes.add(key="input.value")
    attribute.value.string_value = "lorem ipsum " * 2_000_000
    stub.Export(body)
    (row,) = grpc_daemon.rows("sql", "SELECT length(input) AS size FROM spans")
    assert row["size"] == len("lorem ipsum ") * 2_000_000


def test_beyond_the_budget_the_client_may_try_again(grpc_daemon, channel):
    held = []
    while True:
        connection = grpc_daemon.connect()
        connection._http.putrequest("POST", "/api/v1/spans")
        connection._http.putheader("Content-Length", str(64 << 20))
        connection._http.putheader("Expect", "100-continue")
        connection._http.endheaders()
        if b" 100 " not in connection._http.sock.recv(4_096):
            break
        held.append(connection)
    with pytest.raises(grpc.RpcError) as failure:
        call(channel, EXPORT, bytes(60 << 20))
    assert failure.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    retry = error_details_pb2.RetryInfo()
    assert details(failure).details[0].Unpack(retry)
    assert retry.retry_delay.seconds >= 1
    for connection in held:
        connection.close()
    stub = trace_service_pb2_grpc.TraceServiceStub(channel)
    stub.Export(request([1]))
    assert grpc_daemon.counts("source") == {"otlp": 1}


def test_other_addresses_need_tokens(new_daemon):
    process, _ = new_daemon("--grpc-listen", "0.0.0.0:0").spawn()
    assert process.wait(30) == 2


def test_env_says_where_sdks_find_the_daemon(new_daemon, home):
    quiet = new_daemon(name="quiet").start()
    assert "OTEL_" not in quiet.spanq("env").stdout
    path = f"{home}/grpc.sock"
    socket = new_daemon("--grpc-listen", path, name="socket").start().spanq("env").stdout
    assert f"export OTEL_EXPORTER_OTLP_ENDPOINT='unix://{path}'\n" in socket
    assert "export OTEL_EXPORTER_OTLP_PROTOCOL=grpc\n" in socket
    tcp = new_daemon("--listen", "127.0.0.1:0", "--grpc-listen", "127.0.0.1:0", name="tcp").start()
    text = tcp.spanq("env").stdout
    assert f"export OTEL_EXPORTER_OTLP_ENDPOINT='http://{tcp.tcp_address()}'\n" in text
    assert "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n" in text


def test_without_it_nothing_listens(daemon):
    assert "grpc" not in daemon.log.read_text()
