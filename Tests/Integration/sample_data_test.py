"""The sample data through spanq, against the answers worked out from its bytes."""

import json

import pytest

from harness import SAMPLES

EXPECTED = json.loads((SAMPLES / "expected.json").read_text())


@pytest.fixture
def filled(daemon):
    daemon.spanq("ingest", "otlp", *sorted(SAMPLES.glob("traces-*")))
    for table in ("spans", "metrics", "scores", "entities"):
        result = daemon.spanq("ingest", table, SAMPLES / f"{table}.ndjson")
        assert "rejected=0" in result.stderr.splitlines()[-1]
    return daemon


def check(daemon):
    otlp = EXPECTED["otlp"]
    native = EXPECTED["spans"]
    assert daemon.counts("source") == {"otlp": otlp["spans"], "native": native["spans"]}
    # A request that was sent again with the same content is stored once; these four differ.
    assert daemon.counts("source", "--view", "raw") == \
        {"otlp": sum(otlp["writes"].values()), "native": native["writes"]}
    is_otlp = ("--where", "source = 'otlp'")
    assert len(daemon.counts("trace_id", *is_otlp)) == otlp["traces"]
    assert daemon.counts("agent_name", *is_otlp) == otlp["agents"]

    sessions = {row["session_id"]: row for row in daemon.rows("sessions")}
    for name, expected in otlp["sessions"].items():
        row = sessions.pop(name)
        for key in ("span_count", "input_tokens", "output_tokens"):
            assert row[key] == expected[key], (name, key)
        assert float(row["cost_usd"]) == float(expected["cost_usd"]), name
    assert len(sessions) == EXPECTED["spans"]["sessions"]

    entities = 1
    assert daemon.writes() == (
        sum(otlp["writes"].values()) + native["writes"] + EXPECTED["scores"]["writes"]
        + entities + sum(series["raw"] for series in EXPECTED["metrics"]))

    for series in EXPECTED["metrics"]:
        question = ["metrics", "series", "--run", series["run_id"], "--name", series["name"]]
        points = daemon.rows(*question)
        assert len(points) == series["dedup"]
        assert float(points[-1]["value"]) == series["last_value"]
        assert len(daemon.rows(*question, "--view", "raw")) == series["raw"]


def test_known_answers(filled):
    check(filled)
    filled.spanq("compact")
    check(filled)
    assert filled.stop() == 0
    filled.start()
    check(filled)


def test_native_special_cases(filled):
    def one(name):
        return filled.rows("trace", f"case-{name}")

    assert one("deleted") == [] and one("waiting") == []
    assert [(row["version"], row["status"]) for row in one("versioned")] == [(2, "ok")]
    assert one("unfinished")[0]["end_time"] is None
    assert one("negative")[0]["duration_ms"] == -1
    row = one("json")[0]
    assert row["input"] == '{"nested":[1,2,{"deep":null}]}'
    assert row["end_time"].startswith("2026-03-02T18:00:00.000000001")
    assert row["attributes"]["text"] == "naïve – 東京 🚢"
    # The end of case 0 came before its start; the folded span has both.
    root = next(row for row in filled.rows("session", "eval-00") if not row["parent_span_id"])
    assert root["status"] == "ok" and root["end_time"] and root["input"] and root["output"]
    assert root["attributes"] == {"agent.tier": "gold", "agent.outcome": "ok"}


def test_relogged_and_late_steps(filled):
    points = filled.rows("metrics", "series", "--run", "7", "--name", "train/loss")
    values = {point["step"]: float(point["value"]) for point in points}
    assert values[40] == 0.46
    assert values[20] != 99
    flags = {name: [point["non_finite_flags"] for point in filled.rows(
        "metrics", "series", "--run", "8", "--name", name) if point["value"] is None]
        for name in ("train/loss", "train/accuracy", "sys/gpu_utilization")}
    assert flags == {"train/loss": [1], "train/accuracy": [2], "sys/gpu_utilization": [4]}


def test_experiment_sessions(filled):
    rows = filled.rows("sessions", "--experiment", "checkout-eval")
    assert [row["session_id"] for row in rows] == [f"eval-{number:02d}" for number in range(12)]
    status = {row["session_id"]: row["status"] for row in rows}
    assert (status["eval-00"], status["eval-03"], status["eval-07"], status["eval-09"]) == \
        ("ok", "error", "timeout", "cancelled")
    assert [row["session_id"] for row in filled.rows(
        "sessions", "--experiment", "checkout-eval", "--status", "timeout")] == ["eval-07"]
    assert [row["session_id"] for row in filled.rows(
        "sessions", "--experiment", "checkout-eval", "--test-case", "case-2")] == \
        ["eval-02", "eval-08"]
    assert filled.rows("sessions", "--experiment", "no-such-experiment") == []


def test_raw_shows_the_span_that_came_back_changed(filled):
    """Every write is a row of the raw view; nine spans were sent twice, one with other tokens."""
    names = ("--by", "trace_id,span_id", "--where", "source = 'otlp'", "--view", "raw")
    again = [row for row in filled.rows("latency", *names) if row["count"] > 1]
    assert sum(row["count"] - 1 for row in again) == \
        sum(EXPECTED["otlp"]["writes"].values()) - EXPECTED["otlp"]["spans"]
    changed = []
    for row in again:
        writes = [write["output_tokens"] for write in filled.rows(
            "trace", row["trace_id"], "--view", "raw") if write["span_id"] == row["span_id"]]
        if len(set(writes)) > 1:
            (kept,) = [span["output_tokens"] for span in filled.rows("trace", row["trace_id"])
                       if span["span_id"] == row["span_id"]]
            changed.append(kept == writes[-1])
    assert changed == [True]
