"""OTLP over HTTP, read as the specification reads: what docs/otlp.md names and no client does."""

import json

import pytest
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

JSON = "application/json"
PROTOBUF = "application/x-protobuf"


def request_json(**changes):
    span = {"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174",
            "name": "n", "kind": 3, "startTimeUnixNano": "1000", "endTimeUnixNano": 2000,
            **changes}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()


def test_json_as_otlp_deviates_from_protobufs_mapping(daemon):
    """Hex ids in either case, enums as integers, unknown and original field names ignored."""
    with daemon.connect() as connection:
        answer = connection.post(
            "/v1/traces", request_json(nobodyKnowsMe={"a": [1]}, trace_state="x", name="known"),
            Content_Type=JSON)
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, JSON, b"{}")
    (row,) = daemon.rows("trace", "5b8efff798038103d269b633813fc60c")
    assert (row["span_id"], row["name"], row["kind"]) == ("eee19b7ec3c1b174", "known", "client")
    assert "trace_state" not in (row.get("attributes") or "")


def test_both_encodings_on_one_connection(daemon):
    body = trace_service_pb2.ExportTraceServiceRequest()
    body.resource_spans.add().scope_spans.add().spans.add(
        trace_id=b"\1" * 16, span_id=b"\2" * 8, name="n", start_time_unix_nano=1)
    with daemon.connect() as connection:
        for content, kind in [(request_json(), JSON), (body.SerializeToString(), PROTOBUF)] * 2:
            answer = connection.post("/v1/traces", content, Content_Type=kind)
            assert (answer.status, answer.headers["content-type"]) == (200, kind)
    assert daemon.counts("source") == {"otlp": 2}


def test_bad_data_is_a_status_with_a_bad_request(daemon):
    with daemon.connect() as connection:
        answer = connection.post("/v1/traces", b"\x0a\xff", Content_Type=PROTOBUF)
        assert (answer.status, answer.headers["content-type"]) == (400, PROTOBUF)
        status = status_pb2.Status.FromString(answer.body)
        detail = error_details_pb2.BadRequest()
        assert status.message and status.details[0].Unpack(detail)
        assert detail.field_violations[0].description == status.message
        answer = connection.post("/v1/traces", b"{", Content_Type=JSON)
        assert answer.status == 400 and answer.json()["message"]


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_nothing_is_a_success(daemon, signal):
    with daemon.connect() as connection:
        for body, kind in [(b"", PROTOBUF), (b"{}", JSON), (b"\x0a\x00", PROTOBUF)]:
            answer = connection.post(f"/v1/{signal}", body, Content_Type=kind)
            assert answer.status == 200
            assert answer.body == (b"{}" if kind == JSON else b"")


def test_overloaded_is_a_status_that_may_be_tried_again(daemon):
    """One body of the largest size is promised; a second does not fit in the budget."""
    headers = {"Content-Type": PROTOBUF, "Content-Length": str(64 << 20),
               "Expect": "100-continue"}
    with daemon.connect() as first, daemon.connect() as second:
        for connection in (first, second):
            connection._http.putrequest("POST", "/v1/traces")
            for name, value in headers.items():
                connection._http.putheader(name, value)
            connection._http.endheaders()
            head = connection._http.sock.recv(4_096)
            if connection is first:
                assert head.startswith(b"HTTP/1.1 100 ")
        assert head.startswith(b"HTTP/1.1 429 ") and b"\r\nRetry-After: 1\r\n" in head
        status = status_pb2.Status.FromString(head.partition(b"\r\n\r\n")[2])
        assert status.message
