"""Hostile and broken input: a clear refusal, nothing stored, and the daemon lives (R10, R15)."""

import gzip
import json
import os
import socket
import urllib.parse
import zlib
from decimal import Decimal

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest, ExportTraceServiceResponse)

from harness import ndjson

START = 1_772_442_000_000_000_000
PROTOBUF = "application/x-protobuf"
MEBIBYTE = 1 << 20


def span(**fields):
    return {"trace_id": "t", "span_id": "s", "start_time_unix_nano": START, **fields}


def point(**fields):
    return {"project": "p", "run_id": 1, "name": "m", "step": 0, "time_unix_nano": START,
            "value": 1.0, **fields}


def otlp(*spans, ids=True):
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add().scope_spans.add()
    for number, name in enumerate(spans, 1):
        group.spans.add(
            name=name, start_time_unix_nano=START, end_time_unix_nano=START + 5,
            trace_id=number.to_bytes(16, "big") if ids else bytes(16),
            span_id=number.to_bytes(8, "big") if ids else bytes(8))
    return request


def nested(depth):
    return "[" * depth + "]" * depth


@pytest.fixture
def post(daemon):
    """POST on a fresh connection. Afterwards the daemon must be the same process, and answer."""
    def send(path, body, **headers):
        with daemon.connect() as connection:
            return connection.post(path, body, **headers)

    yield send
    assert daemon.is_alive()


BAD_SPANS = {
    "no trace id": {"span_id": "s", "start_time_unix_nano": START},
    "no span id": {"trace_id": "t", "start_time_unix_nano": START},
    "no start": {"trace_id": "t", "span_id": "s"},
    "empty trace id": span(trace_id=""),
    "trace id of 129 bytes": span(trace_id="x" * 129),
    "span id of 129 bytes": span(span_id="é" * 64 + "x"),
    "trace id is a number": span(trace_id=5),
    "start is a word": span(start_time_unix_nano="soon"),
    "start is a fraction": span(start_time_unix_nano=1.5),
    "start is beyond 64 bits": span(start_time_unix_nano=2**64),
    "start time is no date": {"trace_id": "t", "span_id": "s", "start_time": "2026-13-01T00:00:00Z"},
    "negative tokens": span(input_tokens=-1),
    "tokens are text": span(input_tokens="many"),
    "cost is a word": span(cost_usd="cheap"),
    "cost beyond picodollars": span(cost_usd="0.0000000000001"),
    "negative version": span(version=-1),
    "attributes are a list": span(attributes=[]),
    "events are an object": span(events={}),
    "patch is a word": span(patch="yes"),
    "unknown field": span(colour="red"),
    "not an object": [1, 2],
}

BAD_POINTS = {
    "step -1": point(step=-1),
    "step is a fraction": point(step=0.5),
    "no step": {key: value for key, value in point().items() if key != "step"},
    "value is a word": point(value="high"),
    "value is null": point(value=None),
    "no name": point(name=""),
    "run id is a list": point(run_id=[]),
    "unknown field": point(colour="red"),
}

BAD_SCORES = {
    "no target": {"name": "n", "value": 1},
    "no value": {"name": "n", "trace_id": "t"},
    "value is a list": {"name": "n", "value": [], "trace_id": "t"},
    "unknown field": {"name": "n", "value": 1, "trace_id": "t", "colour": "red"},
}

BAD_ENTITIES = {
    "no kind": {"project": "p", "name": "n", "body": {}},
    "body is text": {"kind": "k", "project": "p", "name": "n", "body": "x"},
    "unknown field": {"kind": "k", "project": "p", "name": "n", "body": {}, "colour": "red"},
}

BAD_RECORDS = [
    pytest.param(table, record, id=f"{table}: {name}")
    for table, records in (("spans", BAD_SPANS), ("metrics", BAD_POINTS),
                           ("scores", BAD_SCORES), ("entities", BAD_ENTITIES))
    for name, record in records.items()]

GOOD = {
    "spans": span(), "metrics": point(), "scores": {"name": "n", "value": 1, "trace_id": "t"},
    "entities": {"kind": "k", "project": "p", "name": "n", "body": {}},
}


@pytest.mark.parametrize("table, record", BAD_RECORDS)
def test_a_bad_record_rejects_the_body_and_is_named(daemon, post, table, record):
    body = ndjson([GOOD[table], record])
    answer = post(f"/api/v1/{table}", body)
    assert answer.status == 400
    error = answer.json()
    assert error["error"]["code"] == "invalid_record" and error["error"]["message"]
    assert [item["line"] for item in error["rejected"]] == [2] and error["rejected"][0]["error"]
    assert daemon.writes() == 0
    answer = post(f"/api/v1/{table}?partial=true", body)
    assert answer.status == 200
    partial = answer.json()
    assert (partial["accepted"], partial["rejected_count"]) == (1, 1)
    assert [item["line"] for item in partial["rejected"]] == [2]
    assert daemon.writes() == 1


BAD_LINES = {
    "no JSON": b"{",
    "two values": b'{"trace_id":"t"} {}',
    "invalid UTF-8": b'{"trace_id":"\xff\xfe","span_id":"s","start_time_unix_nano":1}',
    "lone surrogate": b'{"trace_id":"\\ud800","span_id":"s","start_time_unix_nano":1}',
    "control character": b'{"trace_id":"a\x01","span_id":"s","start_time_unix_nano":1}',
    "NUL": b"\x00",
    "deep attributes": (
        '{"trace_id":"t","span_id":"s","start_time_unix_nano":1,"attributes":{"a":%s}}'
        % nested(10_000)).encode(),
    "deep line": nested(10_000).encode(),
    "deep and open": b"[" * 100_000,
}


@pytest.mark.parametrize("line", BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_line_that_is_no_record(daemon, post, line):
    answer = post("/api/v1/spans", ndjson([span()]) + line + b"\n")
    assert answer.status == 400
    assert answer.json()["error"]["code"] == "invalid_record"
    assert answer.json()["rejected"][0]["line"] == 2
    assert daemon.writes() == 0


def test_rejections_are_listed_to_a_hundred_and_counted_exactly(post):
    body = ndjson(span(trace_id=f"t{n}", **({} if n % 2 else {"colour": "red"}))
                  for n in range(500))
    answer = post("/api/v1/spans?partial=true", body)
    result = answer.json()
    assert (answer.status, result["accepted"], result["rejected_count"]) == (200, 250, 250)
    assert [item["line"] for item in result["rejected"]] == list(range(1, 200, 2))


def test_edges_that_are_good(daemon, post):
    """What looks odd but is right must be kept as it is."""
    records = [
        span(span_id="long", trace_id="x" * 128),
        span(span_id="negative", end_time_unix_nano=START - 1_000),
        span(span_id="zero", end_time_unix_nano=START),
        span(span_id="unfinished"),
        span(span_id="decimal", start_time_unix_nano=str(START)),
        span(span_id="word", status="retrying"),
    ]
    # Blank lines, a carriage return, and a last line without its end.
    body = b"\n" + b"\r\n\n".join(ndjson([record]).strip() for record in records)
    answer = post("/api/v1/spans", body)
    assert (answer.status, answer.json()["accepted"]) == (200, len(records))
    rows = daemon.rows("trace", "t") + daemon.rows("trace", "x" * 128)
    assert {row["span_id"]: row["duration_ms"] for row in rows} == {
        "long": None, "negative": Decimal("-0.001"), "zero": 0, "unfinished": None,
        "decimal": None, "word": None}


def test_empty_bodies(post):
    assert post("/api/v1/spans", b"").json()["accepted"] == 0
    assert post("/v1/traces", b"", Content_Type=PROTOBUF).status == 200


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


def message(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def deep_protobuf(depth):
    """A span whose attribute is `depth` arrays in one another."""
    value = message(1, b"x")
    for _ in range(depth):
        value = message(5, message(1, value))
    attribute = message(1, b"key") + message(2, value)
    content = message(1, bytes(15) + b"\1") + message(2, bytes(7) + b"\1") + message(9, attribute)
    return message(1, message(2, message(2, content)))


BAD_PROTOBUF = {
    "text": b"hello, world",
    "cut": otlp("a", "b").SerializeToString()[:-3],
    "length beyond the body": b"\x0a\xff\xff\xff\xff\x0f",
    "endless varint": b"\x0a" + b"\xff" * 20,
    "group": b"\x0b\x0c",
    "wrong wire type": b"\x08\x01",
    "field number zero": b"\x02\x01x",
    "deep": deep_protobuf(10_000),
}


@pytest.mark.parametrize("body", BAD_PROTOBUF.values(), ids=BAD_PROTOBUF.keys())
def test_malformed_protobuf(daemon, post, body):
    answer = post("/v1/traces", body, Content_Type=PROTOBUF)
    if answer.status == 200:
        # Protobuf lets a reader skip what it does not know; nothing may be stored then.
        ExportTraceServiceResponse.FromString(answer.body)
    else:
        assert answer.status == 400
        assert answer.headers["content-type"].startswith(PROTOBUF)
        assert Status.FromString(answer.body).message
    assert daemon.writes() == 0


@pytest.mark.parametrize("name", ["text", "cut", "length beyond the body", "endless varint"])
def test_protobuf_that_no_reader_may_skip(post, name):
    assert post("/v1/traces", BAD_PROTOBUF[name], Content_Type=PROTOBUF).status == 400


def test_every_prefix_of_a_request(daemon, post):
    body = otlp("first", "second").SerializeToString()
    for length in range(len(body)):
        assert post("/v1/traces", body[:length], Content_Type=PROTOBUF).status in (200, 400)


BAD_OTLP_JSON = {
    "no JSON": b"{",
    "a list": b"[]",
    "ids in base64": json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{
        "traceId": "AAAAAAAAAAAAAAAAAAAAAQ==", "spanId": "AAAAAAAAAAE=",
        "startTimeUnixNano": "1"}]}]}]}).encode(),
    "deep": ('{"resourceSpans":%s}' % nested(10_000)).encode(),
    "invalid UTF-8": b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"\xff"}]}]}]}',
}


@pytest.mark.parametrize("body", BAD_OTLP_JSON.values(), ids=BAD_OTLP_JSON.keys())
def test_malformed_otlp_json(daemon, post, body):
    answer = post("/v1/traces", body, Content_Type="application/json")
    if answer.status == 200:
        assert int(answer.json()["partialSuccess"]["rejectedSpans"]) == 1
    else:
        assert answer.status == 400
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.json()["message"]
    assert daemon.writes() == 0


def test_zero_ids_are_rejected_by_name(daemon, post):
    body = otlp("good")
    body.MergeFrom(otlp("nameless", ids=False))
    answer = post("/v1/traces", body.SerializeToString(), Content_Type=PROTOBUF)
    assert answer.status == 200
    partial = ExportTraceServiceResponse.FromString(answer.body).partial_success
    assert partial.rejected_spans == 1
    assert "id" in partial.error_message
    assert daemon.writes() == 1


def test_success_leaves_partial_success_unset(post):
    answer = post("/v1/traces", otlp("a").SerializeToString(), Content_Type=PROTOBUF)
    assert (answer.status, answer.headers["content-type"]) == (200, PROTOBUF)
    assert not ExportTraceServiceResponse.FromString(answer.body).HasField("partial_success")


def test_content_types_and_encodings(post):
    body = otlp("a").SerializeToString()
    assert post("/v1/traces", body, Content_Type="text/plain").status == 415
    assert post("/v1/traces", body, Content_Type=PROTOBUF, Content_Encoding="br").status == 415
    assert post("/v1/traces", gzip.compress(body), Content_Type=PROTOBUF,
                Content_Encoding="gzip").status == 200
    assert post("/v1/traces", zstd_stored(body), Content_Type=PROTOBUF,
                Content_Encoding="zstd").status == 200


def zstd_stored(content):
    """A zstd frame of one raw block (RFC 8878): one segment, size in four bytes."""
    block = (1 | len(content) << 3).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd\xa0" + len(content).to_bytes(4, "little") + block + content


def zstd_bomb(size):
    """A zstd frame of run-length blocks: four bytes for each 128 KiB."""
    blocks = size // (128 << 10)
    block = (1 << 1 | (128 << 10) << 3).to_bytes(3, "little") + b"\n"
    last = (1 | 1 << 1 | (128 << 10) << 3).to_bytes(3, "little") + b"\n"
    return b"\x28\xb5\x2f\xfd\x00\x58" + block * (blocks - 1) + last


BAD_COMPRESSION = {
    "gzip cut short": ("gzip", gzip.compress(ndjson([span()]))[:-12]),
    "gzip with a wrong checksum": ("gzip", gzip.compress(ndjson([span()]))[:-8] + bytes(8)),
    "no gzip at all": ("gzip", ndjson([span()])),
    "zstd cut short": ("zstd", zstd_stored(ndjson([span()]))[:-4]),
    "no zstd at all": ("zstd", ndjson([span()])),
}


@pytest.mark.parametrize("encoding, body", BAD_COMPRESSION.values(), ids=BAD_COMPRESSION.keys())
def test_broken_compression(daemon, post, encoding, body):
    answer = post("/api/v1/spans", body, Content_Encoding=encoding)
    assert answer.status == 400
    assert answer.json()["error"]["code"]
    assert daemon.writes() == 0


def gzip_bomb(size):
    compressor = zlib.compressobj(wbits=31)
    parts = [compressor.compress(b"\n" * MEBIBYTE) for _ in range(size // MEBIBYTE)]
    return b"".join(parts) + compressor.flush()


@pytest.mark.parametrize("encoding, bomb", [("gzip", gzip_bomb), ("zstd", zstd_bomb)])
def test_decompression_bomb(daemon, post, encoding, bomb):
    body = bomb(1_000 * MEBIBYTE)
    before = daemon.resident_peak_bytes()
    for _ in range(3):
        assert post("/api/v1/spans", body, Content_Encoding=encoding).status in (400, 413)
    assert daemon.resident_peak_bytes() - before < 256 * MEBIBYTE


def post_head(daemon, headers):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(30)
    connection.connect(str(daemon.socket))
    connection.sendall(b"POST /api/v1/spans HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n")
    return connection


def status_of(connection):
    answer = b""
    while b"\r\n" not in answer:
        part = connection.recv(4_096)
        if not part:
            break
        answer += part
    return int(answer.split()[1])


@pytest.mark.parametrize("is_chunked", [False, True], ids=["with length", "chunked"])
def test_body_of_100_mebibytes(daemon, is_chunked):
    before = daemon.resident_peak_bytes()
    line = ndjson([span(output="x" * 1_000)])
    part = line * (MEBIBYTE // len(line))
    size = 100 * MEBIBYTE
    header = b"Transfer-Encoding: chunked\r\n" if is_chunked else b"Content-Length: %d\r\n" % size
    connection = post_head(daemon, header)
    try:
        for _ in range(size // len(part)):
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part) if is_chunked else part)
    except (BrokenPipeError, ConnectionResetError):
        pass  # The daemon may stop reading as soon as it knows.
    assert status_of(connection) == 413
    connection.close()
    assert daemon.is_alive()
    assert daemon.writes() == 0
    assert daemon.resident_peak_bytes() - before < 256 * MEBIBYTE


def test_expect_continue(daemon):
    body = ndjson([span()])
    connection = post_head(
        daemon, b"Expect: 100-continue\r\nContent-Length: %d\r\n" % len(body))
    assert status_of(connection) == 100
    connection.sendall(body)
    assert status_of(connection) == 200
    connection.close()


def test_a_client_that_goes_away(daemon):
    """A body that never ends is never stored, wherever it stops."""
    body = ndjson([span()]) * 3
    for length in (0, 1, len(body) // 2, len(body) - 1):
        connection = post_head(daemon, b"Content-Length: %d\r\n" % len(body))
        connection.sendall(body[:length])
        connection.close()
    assert daemon.is_alive()
    assert daemon.writes() == 0


@pytest.mark.parametrize("text", [
    b"\x00" * 64, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00" * 20,
    b"POST /api/v1/spans HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /api/v1/spans HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X-Header: y\r\n" * 50_000,
], ids=range(8))
def test_bytes_that_are_no_request(daemon, text):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(30)
    connection.connect(str(daemon.socket))
    try:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read()
    except (BrokenPipeError, ConnectionResetError):
        answer = b""
    if answer:
        head, body = answer.split(b"\r\n\r\n", 1)
        assert head.split()[1].startswith(b"4") and json.loads(body)["error"]["code"]
    connection.close()
    assert daemon.is_alive()


def test_unknown_routes_and_methods(post, daemon):
    with daemon.connect() as connection:
        assert connection.get("/no/such/route").status == 404
        assert connection.request("DELETE", "/api/v1/spans").status in (404, 405)


def test_idempotency_keys(daemon, post):
    first = post("/api/v1/metrics", ndjson([point()]), Idempotency_Key="k")
    again = post("/api/v1/metrics", ndjson([point()]), Idempotency_Key="k")
    assert (again.status, again.body) == (first.status, first.body) == (200, first.body)
    assert daemon.writes() == 1
    other = post("/api/v1/metrics", ndjson([point(value=2)]), Idempotency_Key="k")
    assert (other.status, other.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert daemon.writes() == 1


def test_the_same_otlp_request_is_stored_once(daemon, post):
    """Without a key its bytes are the key: in one workspace, compressed or not."""
    body = otlp("a", "b").SerializeToString()
    answers = [post("/v1/traces", body, Content_Type=PROTOBUF),
               post("/v1/traces", body, Content_Type=PROTOBUF),
               post("/v1/traces", gzip.compress(body), Content_Type=PROTOBUF,
                    Content_Encoding="gzip")]
    assert {(answer.status, answer.body) for answer in answers} == {(200, b"")}
    assert daemon.writes() == 2
    other = post("/v1/traces", body, Content_Type=PROTOBUF, X_Workspace="other")
    assert (other.status, daemon.writes()) == (200, 4)
    other = post("/v1/traces", otlp("a", "c").SerializeToString(), Content_Type=PROTOBUF)
    assert (other.status, daemon.writes()) == (200, 6)


BAD_CONDITIONS = [
    "", "1", "status", "status =", "no_such = 1", "no_such(name) = 1", "status = 'open",
    "status = 'a' status = 'b'", "'a' = 'a'; DROP TABLE spans", "status IN ()", "name LIKE",
    "(" * 10_000 + "status = 'ok'" + ")" * 10_000, "NOT " * 10_000 + "status = 'ok'",
    "status = 'ok'" + " AND status = 'ok'" * 2_000 + " AND", "status = \x00",
]


@pytest.mark.parametrize("text", BAD_CONDITIONS, ids=range(len(BAD_CONDITIONS)))
def test_a_wrong_condition(daemon, text):
    daemon.store_lines("spans", [span()])
    with daemon.connect() as connection:
        answer = connection.get("/api/v1/latency?" + urllib.parse.urlencode({"where": text}))
    assert answer.status in (400, 404, 413)
    assert answer.json()["error"]["message"]
    assert daemon.is_alive()


BAD_QUESTIONS = [
    "/api/v1/latency?bucket=-1m", "/api/v1/latency?bucket=soon", "/api/v1/latency?by=no_such",
    "/api/v1/latency?method=guess", "/api/v1/latency?tz=Mars/Olympus", "/api/v1/latency?since=1y1",
    "/api/v1/latency?from=yesterday", "/api/v1/sessions?limit=-1", "/api/v1/sessions?page=0",
    "/api/v1/sessions?order=no_such", "/api/v1/metrics/series?run=1",
    "/api/v1/metrics/stats", "/api/v1/latency?where=1%20%3D%3D%3D%202", "/api/v1/latency?view=both",
]


@pytest.mark.parametrize("path", BAD_QUESTIONS)
def test_a_wrong_question_is_a_client_error(daemon, path):
    daemon.store_lines("spans", [span()])
    with daemon.connect() as connection:
        answer = connection.get(path)
    assert answer.status in (400, 404)
    assert answer.json()["error"]["code"] and answer.json()["error"]["message"]


def test_workspaces_have_a_limit(daemon, post):
    answers = [post("/api/v1/spans", ndjson([span()]), X_Workspace=f"w{n}").status
               for n in range(70)]
    assert answers[:60] == [200] * 60
    assert set(answers[64:]) <= {400, 403, 409, 413, 422, 429}


@pytest.mark.parametrize("name", ["../up", "/up", "a/b", "..", "x" * 129, "%2e%2e"])
def test_names_never_become_paths(daemon, post, name):
    before = set(os.listdir(daemon.home))
    assert post("/api/v1/spans", ndjson([span()]), X_Workspace=name).status in (200, 400, 413)
    paths = [path for path in daemon.store.rglob("*") if path.name in (name, "up", "b")]
    assert set(os.listdir(daemon.home)) == before and paths == []
