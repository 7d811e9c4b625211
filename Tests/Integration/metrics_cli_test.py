"""spanq metrics in a terminal's terms: plots, watching, pages by cursor, conflicts; and the same answers
in process from the store's directory."""

import json
import subprocess
import time

import pytest

from harness import environment, program, spanq

STEPS = 40


@pytest.fixture
def filled(daemon):
    daemon.store_lines("metrics", [
        {"run_id": run, "project": "p", "name": name, "step": step, "time_unix_nano": step,
         "value": value(run, step)}
        for run, name, value in ((7, "loss", lambda run, step: 100 - step),
                                 (8, "loss", lambda run, step: 50.0),
                                 (7, "acc", lambda run, step: step))
        for step in range(STEPS)])
    daemon.store_lines("metrics", [
        {"run_id": 7, "project": "p", "name": "loss", "step": step, "time_unix_nano": 10**9,
         "value": -1} for step in (3, 4)])
    return daemon


def test_a_series_is_plotted(filled):
    lines = filled.spanq("metrics", "series", "--run", 7, "--name", "acc", "--plot").stdout.splitlines()
    assert any("⠒" in line or "⠤" in line for line in lines)
    assert lines[0].lstrip().startswith("39 ┤") and lines[-1].split() == ["step", "0", "39"]
    assert max(map(len, lines)) <= 80


def test_several_runs_have_a_legend(filled):
    lines = filled.spanq("metrics", "chart", "--runs", "7,8", "--names", "loss",
                         "--plot").stdout.splitlines()
    assert [line.split() for line in lines[-2:]] == [["o", "p", "7", "loss"], ["x", "p", "8", "loss"]]


def test_watching_asks_again(filled):
    process = subprocess.Popen(
        [program("spanq"), "metrics", "stats", "--run", "7", "--name", "acc", "--watch", "0.1",
         "--format", "csv", "--socket", filled.socket], stdout=subprocess.PIPE, text=True,
        env=environment(filled.home))
    try:
        seen = []
        deadline = time.monotonic() + 30
        while len(seen) < 3 and time.monotonic() < deadline:
            line = process.stdout.readline()
            if line.startswith("acc,"):
                seen.append(line)
        assert len(seen) == 3
    finally:
        process.kill()
        process.wait()


def test_pages_by_cursor(filled):
    ask = ["metrics", "series", "--run", 7, "--name", "loss", "--view", "raw", "--format", "json"]
    whole = filled.rows(*ask[:-2])
    found, cursor = [], None
    while True:
        more = ["--cursor", cursor] if cursor else []
        result = filled.spanq(*ask, "--limit", 10, *more)
        found += json.loads(result.stdout)
        if "--cursor" not in result.stderr:
            break
        cursor = result.stderr.split("--cursor")[1].strip()
    assert [row["time"] for row in found] == [row["time"] for row in whole]
    assert len(found) == STEPS + 2


def test_conflicts_name_the_fields(filled):
    def conflicts():
        return [(row["run_id"], row["name"], row["step"], row["versions"], row["fields"])
                for row in filled.rows("conflicts", "metrics")]

    expected = [("7", "loss", step, 2, ["time", "value"]) for step in (3, 4)]
    assert conflicts() == expected
    filled.spanq("compact")
    assert conflicts() == expected
    assert filled.rows("conflicts", "metrics", "--run", "8") == []
    spans = [{"trace_id": "t", "span_id": "s", "start_time_unix_nano": 1, "status": status,
              "version": 1, "input": text} for status, text in (("ok", "a"), ("error", "b"))]
    filled.store_lines("spans", spans)
    (row,) = filled.rows("conflicts", "spans")
    assert (row["versions"], row["fields"]) == (2, ["status", "input"])


def test_without_a_daemon_the_answers_are_the_same(filled):
    ask = ["metrics", "leaderboard", "--name", "loss", "--aggregation", "mean", "--format", "csv"]
    plot = ["metrics", "chart", "--runs", "7,8", "--plot"]
    answers = [filled.spanq(*command).stdout for command in (ask, plot)]
    assert filled.stop() == 0
    for command, answer in zip((ask, plot), answers):
        assert spanq("--data-dir", filled.store, *command, home=filled.home).stdout == answer
