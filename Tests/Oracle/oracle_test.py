"""The oracle's own rules on rows small enough to work out by hand."""

import json
import pathlib
import subprocess
import sys

from oracle import Oracle


def span(number, **fields):
    return {"trace_id": "t", "span_id": f"s{number}", "start_time_unix_nano": 0,
            "agent_name": "a", **fields}


def test_patches_versions_and_tombstones():
    oracle = Oracle(["k"])
    oracle.load("spans", [
        {"trace_id": "t", "span_id": "s1", "patch": True, "status": "ok", "attributes": {"k": "p"}},
        span(1, status="error", end_time_unix_nano=5, attributes={"k": "b", "other": 1}),
        {"trace_id": "t", "span_id": "s1", "patch": True, "version": 1, "agent_name": "b"},
        span(2, version=2, status="ok"), span(2, version=1, status="error"),
        {"trace_id": "t", "span_id": "s2", "patch": True, "version": 1, "agent_name": "ignored"},
        span(3), {"trace_id": "t", "span_id": "s3", "deleted": True},
        {"trace_id": "t", "span_id": "s4", "patch": True, "status": "error"},
    ])
    by = ["agent_name", "status", "attributes.k"]
    found = {(row["agent_name"], row["status"], row["attributes.k"]): row["count"]
             for row in oracle.latency(by=by)}
    assert found == {("b", "ok", "p"): 1, ("a", "ok", None): 1}
    assert sum(row["count"] for row in oracle.latency(by=by, view="raw")) == 9


def test_percentile_methods():
    oracle = Oracle()
    oracle.load("spans", [span(n, end_time_unix_nano=n * 1_000_000) for n in range(1, 11)])
    (row,) = oracle.latency()
    assert (row["p50_ms"], round(row["p95_ms"], 9), row["max_ms"]) == (5.5, 9.55, 10)
    (row,) = oracle.latency(method="index")
    assert (row["p50_ms"], row["p95_ms"], row["p99_ms"]) == (6, 10, 10)


def test_money_is_exact():
    oracle = Oracle()
    oracle.load("spans", [span(1, session_id="x", cost_usd="0.1"),
                          span(2, session_id="x", cost_usd=0.2),
                          span(3, session_id="y")])
    assert [row["cost_usd"] for row in oracle.sessions()] == ["0.300000000000", None]


def test_metrics_by_time_then_arrival():
    oracle = Oracle()

    def point(step, time, value):
        return {"project": "p", "run_id": 7, "name": "m", "step": step, "time_unix_nano": time,
                "value": value}

    oracle.load("metrics", [point(0, 5, 1), point(0, 3, 2), point(1, 1, 10), point(1, 1, 20),
                            point(2, 1, 4.0), point(2, 2, "NaN"), point(3, 1, "-Infinity")])
    assert [(row["step"], row["value"], row["non_finite_flags"])
            for row in oracle.series("7", "m")] == [
                (0, 1, 0), (1, 20, 0), (2, None, 1), (3, None, 4)]
    assert [row["value"] for row in oracle.series("7", "m", view="raw")] == \
        [2, 1, 10, 20, 4, None, None]
    (row,) = oracle.metrics_stats("7")
    assert (row["count"], row["last_step"], row["last_value"], row["non_finite_count"]) == \
        (2, 1, 20, 2)


def test_the_process_answers_line_by_line():
    requests = [
        {"op": "load", "table": "spans", "records": [span(1, end_time_unix_nano=2_000_000)]},
        {"op": "latency"}, {"op": "nonsense"}]
    result = subprocess.run(
        [sys.executable, pathlib.Path(__file__).with_name("oracle.py")], text=True, check=True,
        capture_output=True, input="".join(json.dumps(request) + "\n" for request in requests))
    loaded, latency, wrong = map(json.loads, result.stdout.splitlines())
    assert loaded == {"rows": []} and latency["rows"][0]["p50_ms"] == 2
    assert "nonsense" in wrong["error"]
