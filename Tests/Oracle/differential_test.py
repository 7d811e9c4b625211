"""The store against DuckDB: the same writes, the same questions, the same numbers.

About 10,000 span writes and 10,000 metric writes go in through HTTP in random batches. Then every
question is asked in both views: before a seal, after it, after a restart, and after more writes and
another merge. SPAND_TEST_SEED changes the rows.
"""

import math
import os
import random
import urllib.parse
from decimal import Decimal

import generator
from generator import ATTRIBUTE_KEYS, MILLISECOND, SECOND
from harness import nanoseconds
from oracle import Oracle

SEED = int(os.environ.get("SPAND_TEST_SEED", "2026"))
TOLERANCE = 1e-12
TIMES = {"bucket_start", "started_at", "ended_at", "time"}
MINUTE, HOUR = 60 * SECOND, 3_600 * SECOND

# (by, bucket, where): bucketed questions leave out raw patches and tombstones, which have no start.
STARTED = "start_time IS NOT NULL"
LATENCY = [
    (["agent_name"], None, None),
    (["project"], None, None),
    (["agent_name", "name"], None, None),
    (["model"], None, None),
    (["status", "kind"], None, None),
    (["attributes.agent.tier"], None, None),
    (["attributes.attempt", "project"], None, None),
    (["agent_name"], ("1m", MINUTE), STARTED),
    (["project", "kind"], ("5m", 5 * MINUTE), STARTED),
    (["project"], ("1h", HOUR), STARTED),
    (["session_id"], None, "session_id IS NOT NULL"),
    (["agent_name"], None, "kind = 'LLM' AND input_tokens >= 1000"),
    (["project"], None, "model IN ('model-a', 'model-c') AND NOT status = 'ok'"),
    (["kind"], None, "agent_name LIKE 'agent-0%' AND (cost_usd > 0.005 OR output_tokens < 100)"),
    (["agent_name"], None, "parent_span_id IS NULL AND end_time IS NULL"),
    (["project"], None, "input_tokens BETWEEN 100 AND 2000 AND total_tokens IS NOT NULL"),
]


class Both:
    """The daemon and the oracle, given the same rows in the same order."""

    def __init__(self, daemon, chance):
        self.daemon, self.chance = daemon, chance
        self.oracle = Oracle(ATTRIBUTE_KEYS)

    def store(self, table, records):
        position = 0
        while position < len(records):
            size = self.chance.choice([1, 7, 60, self.chance.randint(1, 1_500)])
            self.daemon.store_lines(table, records[position:position + size])
            position += size
        self.oracle.load(table, records)

    def ask(self, path, **parameters):
        """Rows of an HTTP question, times as nanoseconds."""
        query = urllib.parse.urlencode(
            {name: value for name, value in parameters.items() if value is not None})
        with self.daemon.connect() as connection:
            answer = connection.get(f"/api/v1/{path}?{query}")
        assert answer.status == 200, (path, parameters, answer.body[:500])
        result = answer.json()
        assert result["truncated"] is False
        return [{key: nanoseconds(value) if key in TIMES else value
                 for key, value in row.items()} for row in result["rows"]]



def same(found, expected):
    if found is None or expected is None:
        return found is None and expected is None
    if isinstance(expected, (str, list, int)):
        return found == expected
    return math.isclose(float(found), expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def compare(what, found, expected, keys):
    """Rows are the same as a set by `keys`; every other column of `expected` is compared."""
    def keyed(rows):
        result = {tuple(None if row[key] is None else str(row[key]) for key in keys): row
                  for row in rows}
        assert len(result) == len(rows), f"{what}: a group twice"
        return result

    found, expected = keyed(found), keyed(expected)
    assert found.keys() == expected.keys(), f"{what}: {sorted(found.keys() ^ expected.keys(), key=str)[:5]}"
    for key, row in expected.items():
        for name, value in row.items():
            if name not in keys:
                assert same(found[key][name], value), \
                    f"{what} {key} {name}: {found[key][name]!r}, DuckDB has {value!r}"


def check_latency(both):
    for by, bucket, where in LATENCY:
        for method in ("interpolated", "index"):
            for view in ("dedup", "raw"):
                found = both.ask("latency", by=",".join(by), bucket=bucket and bucket[0],
                                 method=method, where=where, view=view)
                expected = both.oracle.latency(
                    by, bucket and bucket[1], method, where or "true", view)
                keys = by + (["bucket_start"] if bucket else [])
                compare(f"latency {by} {bucket} {method} {view} {where}", found, expected, keys)


def check_sessions(both):
    found = both.ask("sessions")
    expected = both.oracle.sessions()
    assert [row["session_id"] for row in found] == [row["session_id"] for row in expected]
    means = {}
    for row in both.oracle.session_scores():
        means.setdefault(row["session_id"], {})[row["name"]] = row["mean"]
    for mine, theirs in zip(found, expected):
        session = theirs["session_id"]
        theirs["status"] = theirs["status"] or None
        assert money(mine.pop("cost_usd")) == money(theirs.pop("cost_usd")), session
        # Which of the harmless words a session without trouble shows is not part of the rule.
        if mine["worst_status"] in (None, "ok", "unset"):
            mine["worst_status"] = "fine"
        mine["models"] = sorted(mine["models"])
        for name, value in theirs.items():
            assert same(mine[name], value), f"{session} {name}: {mine[name]!r}, DuckDB has {value!r}"
        scores = mine["scores"] or {}
        assert scores.keys() == means.get(session, {}).keys(), session
        assert all(same(scores[name], mean) for name, mean in means.get(session, {}).items())


def money(value):
    """Picodollars, exact; the harness reads JSON numbers as decimals."""
    if value is None:
        return None
    return int(Decimal(str(value)) * 10**12)


def check_metrics(both):
    for run in [str(number) for number in range(1, 7)] + ["absent"]:
        for view in ("dedup", "raw"):
            what = f"run {run} {view}"
            names = both.oracle.metrics_names(run, view)
            compare(f"names of {what}", both.ask("metrics/names", run=run, view=view), names,
                    ["name"])
            compare(f"stats of {what}", both.ask("metrics/stats", run=run, view=view),
                    both.oracle.metrics_stats(run, view), ["name"])
            for row in names:
                found = both.ask("metrics/series", run=run, name=row["name"], view=view)
                expected = both.oracle.series(run, row["name"], view)
                assert len(found) == len(expected), (what, row["name"])
                for mine, theirs in zip(found, expected):
                    assert all(same(mine[key], theirs[key]) for key in theirs), (what, mine, theirs)


def check(both):
    check_latency(both)
    check_sessions(both)
    check_metrics(both)


def test_every_answer_equals_duckdb(daemon):
    chance = random.Random(SEED)
    both = Both(daemon, chance)
    spans = generator.Spans(chance)
    both.store("spans", spans.records(8_000))
    both.store("metrics", generator.metrics(chance, 8_000))
    sessions = [row["session_id"] for row in both.oracle.sessions()]
    both.store("scores", generator.scores(chance, sessions + ["session-without-spans"]))
    check(both)
    daemon.spanq("compact")
    check(both)
    assert daemon.stop() == 0
    daemon.start()
    check(both)
    # More writes land on what is sealed: late, again, patched; then all of it is merged.
    both.store("spans", spans.records(2_000))
    both.store("spans", resent(chance, both))
    both.store("metrics", generator.metrics(chance, 2_000))
    check(both)
    daemon.spanq("compact")
    check(both)
    daemon.kill()
    daemon.start()
    check(both)


def resent(chance, both):
    """Changes to spans that a seal has already put into segments."""
    known = both.oracle.identities(300)
    records = []
    for number, (trace_id, span_id, start) in enumerate(known):
        identity = {"trace_id": trace_id, "span_id": span_id}
        records.append([
            {**identity, "patch": True, "version": 9, "status": "error", "agent_name": "agent-00"},
            {**identity, "deleted": True, "version": 9},
            {**identity, "version": 9, "start_time_unix_nano": start, "project": "beta",
             "end_time_unix_nano": start + chance.randint(1, 5_000) * MILLISECOND,
             "session_id": "session-moved", "agent_name": "agent-11"},
        ][number % 3])
    return records
