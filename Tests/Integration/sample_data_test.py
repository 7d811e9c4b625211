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
    sql = daemon.sql
    assert sql("SELECT count(*) AS n FROM spans WHERE source = 'otlp'") == [{"n": otlp["spans"]}]
    # A request that was sent again with the same content is stored once; these four differ.
    assert sql("SELECT count(*) AS n FROM spans_raw WHERE source = 'otlp'") == \
        [{"n": sum(otlp["writes"].values())}]
    assert sql("SELECT count(DISTINCT trace_id) AS n FROM spans WHERE source = 'otlp'") == \
        [{"n": otlp["traces"]}]
    agents = sql("SELECT agent_name, count(*) AS n FROM spans WHERE source = 'otlp'"
                 " GROUP BY agent_name ORDER BY agent_name")
    assert {row["agent_name"]: row["n"] for row in agents} == otlp["agents"]

    sessions = {row["session_id"]: row for row in daemon.rows("sessions")}
    for name, expected in otlp["sessions"].items():
        row = sessions.pop(name)
        for key in ("span_count", "input_tokens", "output_tokens"):
            assert row[key] == expected[key], (name, key)
        assert float(row["cost_usd"]) == float(expected["cost_usd"]), name
    assert len(sessions) == EXPECTED["spans"]["sessions"]

    assert sql("SELECT count(*) AS n FROM spans WHERE source = 'native'") == \
        [{"n": EXPECTED["spans"]["spans"]}]
    assert sql("SELECT count(*) AS n FROM spans_raw WHERE source = 'native'") == \
        [{"n": EXPECTED["spans"]["writes"]}]
    assert sql("SELECT count(*) AS n FROM scores") == [{"n": EXPECTED["scores"]["scores"]}]
    assert sql("SELECT count(*) AS n FROM entities") == [{"n": 1}]

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
    assert filled.sql("SELECT duration_ns FROM spans WHERE trace_id = 'case-negative'") == \
        [{"duration_ns": -1_000_000}]
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


def test_conflicts_show_the_span_that_came_back_changed(filled):
    text = json.dumps(filled.rows("conflicts", "spans"), default=str)
    assert "output_tokens" in text
