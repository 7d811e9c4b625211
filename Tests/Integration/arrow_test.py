"""Arrow answers as their users read them: pyarrow, polars and DuckDB, compared with the JSON answer
to the same question."""

import calendar
import os
import pty
import subprocess
import time
from decimal import Decimal

import duckdb
import polars
import pyarrow
import pytest

from harness import decoded, environment, program

START = 1_772_442_000_000_000_000


def spans():
    """Rows of which each leaves out other fields, so that most columns have nulls."""
    rows = []
    for n in range(100):
        row = {"trace_id": [f"{n:032x}", "free text", "0af7651916cd43dd8448eb211c80319c"][n % 3],
               "span_id": f"{n:016x}", "session_id": "s", "start_time_unix_nano": START + n,
               "name": "a, \"quoted\"\nname 界" if n % 5 else ""}
        optional = {"end_time_unix_nano": START + n + 1_500_000 * n, "cost_usd": f"0.{n:012d}",
                    "input_tokens": n, "model": f"model-{n % 4}", "input": "x" * (n * 37 % 900),
                    "attributes": {"k": [n, None, "界"]}, "user_id":
                    "123E4567-e89b-12d3-a456-426614174000".lower(), "status": "error"}
        row |= {key: value for at, (key, value) in enumerate(optional.items()) if (n + at) % 3}
        rows.append(row)
    return rows


@pytest.fixture
def filled(daemon):
    daemon.store_lines("spans", spans())
    return daemon


def arrow(daemon, path):
    """The table of an answer."""
    with daemon.connect() as connection:
        answer = connection.request(
            "GET", path, headers={"Accept": "application/vnd.apache.arrow.stream"})
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
    table = pyarrow.ipc.open_stream(answer.body).read_all()
    table.validate(full=True)
    return table


def nanoseconds(text):
    whole, fraction = text.rstrip("Z").split(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000_000 + int(fraction)


def from_json(value, kind):
    """A value of a JSON answer as the Arrow column's Python value."""
    if value is None:
        return None
    if pyarrow.types.is_timestamp(kind):
        return nanoseconds(value)
    if pyarrow.types.is_floating(kind):
        return float(value)
    if pyarrow.types.is_decimal(kind):
        return Decimal(value)
    return value


def assert_same(daemon, path, compared_as_json=()):
    """Names, order and values are those of the JSON answer."""
    with daemon.connect() as connection:
        rows = decoded(connection.get(path).body)["rows"]
    table = arrow(daemon, path)
    assert table.num_rows == len(rows)
    if rows:
        assert table.column_names == list(rows[0])
    for field in table.schema:
        column = table[field.name]
        if pyarrow.types.is_timestamp(field.type):
            assert field.type == pyarrow.timestamp("ns", "UTC")
            column = column.cast(pyarrow.int64())
        values = column.to_pylist()
        if field.name in compared_as_json:
            values = [value and decoded(value) for value in values]
        assert values == [from_json(row[field.name], field.type) for row in rows], field.name
    return table


def test_every_column_of_spans(filled):
    documents = ["attributes", "events", "links", "resource", "scope", "scores"]
    table = assert_same(filled, "/api/v1/session?id=s", documents)
    assert table.num_rows == 100
    assert table.schema.field("cost_usd").type == pyarrow.decimal128(38, 12)
    assert table["cost_usd"].null_count == 33
    assert table["trace_id"].to_pylist()[0] == "0" * 32
    assert table.schema.metadata == {b"truncated": b"false"}


def test_aggregates(filled):
    assert_same(filled, "/api/v1/latency?by=model,status&bucket=1m")
    assert_same(filled, "/api/v1/costs?by=model")
    table = assert_same(filled, "/api/v1/sessions?page=1&page_size=10", ["scores", "models"])
    assert table.schema.metadata[b"total"] == b"1"


def test_an_answer_without_rows_keeps_its_types(filled):
    full = arrow(filled, "/api/v1/session?id=s")
    empty = arrow(filled, "/api/v1/session?id=nothing")
    assert empty.num_rows == 0
    assert empty.schema == full.schema


def test_many_rows_come_in_batches(daemon):
    count = 70_000
    daemon.store_lines("metrics", [
        {"project": "p", "run_id": 7, "name": "loss", "step": step,
         "time_unix_nano": START + step, "value": step / 7 if step % 9 else "NaN"}
        for step in range(count)])
    path = "/api/v1/metrics/series?run=7&name=loss"
    table = assert_same(daemon, path)
    assert [batch.num_rows for batch in table.to_batches()] == 4 * [16_384] + [count - 65_536]
    assert table["value"].null_count == len(range(0, count, 9))


def test_doubles_that_json_cannot_write(daemon):
    values = ["NaN", "Infinity", "-Infinity", -0.0, 5e-324, 0.1]
    daemon.store_lines("metrics", [
        {"project": "p", "run_id": 7, "name": "loss", "step": step, "time_unix_nano": START,
         "value": value} for step, value in enumerate(values)])
    with daemon.connect() as connection:
        answer = connection.post(
            "/api/v1/sql?format=arrow", "SELECT value FROM metrics ORDER BY step")
    table = pyarrow.ipc.open_stream(answer.body).read_all()
    assert [str(value) for value in table["value"].to_pylist()] == [
        "nan", "inf", "-inf", "-0.0", "5e-324", "0.1"]


def test_polars_and_duckdb_read_it(filled, tmp_path):
    stream = tmp_path / "answer.arrows"
    with open(stream, "wb") as output:
        subprocess.run(
            [program("spanq"), "session", "s", "--socket", filled.socket, "--format", "arrow"],
            check=True, stdout=output, env=environment(filled.home))
    frame = polars.read_ipc_stream(stream)
    assert frame.height == 100
    assert frame["cost_usd"].sum() == sum(
        Decimal(row["cost_usd"]) for row in spans() if "cost_usd" in row)
    assert frame.schema["start_time"] == polars.Datetime("ns", "UTC")
    answer = pyarrow.ipc.open_stream(stream.read_bytes()).read_all()
    with duckdb.connect() as connection:
        connection.register("answer", answer)
        models, cost, first = connection.execute(
            "SELECT count(DISTINCT model), sum(cost_usd), min(epoch_ns(start_time)) FROM answer"
        ).fetchone()
    assert (models, cost, first) == (4, frame["cost_usd"].sum(), START)


def test_a_terminal_gets_no_arrow(filled):
    controller, terminal = pty.openpty()
    try:
        result = subprocess.run(
            [program("spanq"), "latency", "--socket", filled.socket, "--format", "arrow"],
            stdin=subprocess.DEVNULL, stdout=terminal, stderr=subprocess.PIPE, text=True,
            env=environment(filled.home))
    finally:
        os.close(terminal)
        os.close(controller)
    assert result.returncode == 2
    assert result.stderr.startswith("spanq: ") and "pipe" in result.stderr
