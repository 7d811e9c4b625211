"""Q1 to Q13: what is asked, of whom, in which words, and which part of the answers must be equal.

A question has variants (several traces, sessions, runs) that are asked in turn. Each engine has a
plain form over every write and a form that counts each identity once, in its last state. Where the
daemon has several ways to ask, the first that this build knows is used.
"""

import datetime
from dataclasses import dataclass, field
from typing import Callable

from . import ours
from .equality import attributes, decimal, hexadecimal, instant, integer, number, scores, text

FIRST_NS = 1_794_182_400_000_000_000  # 2026-11-09T00:00:00Z, the first arrival of the data
DAY_NS = 86_400 * 10**9
COMMON_WORD, RARE_WORD = "kaleidoscope", "xylophonist"


@dataclass
class Variant:
    """One concrete question. `ours` and `ours_raw` are alternatives, best first; each is a list of
    requests whose rows together are the answer."""
    ours: list[list[bytes]]
    ours_raw: list[list[bytes]]
    clickhouse: str  # with {spans} or {metrics}
    duckdb: str


@dataclass
class Question:
    key: str
    title: str
    target_clickhouse: float
    target_duckdb: float
    columns: dict[str, Callable]  # compared column → how its values are read
    variants: list[Variant]
    rename: dict[str, str] = field(default_factory=dict)  # ours → compared
    order_matters: bool = False
    # Whether the answer is the sum of the rows' counts, however they are grouped.
    is_count: bool = False
    has_raw: bool = True
    has_dedup: bool = True


def rfc3339(ns):
    moment = datetime.datetime.fromtimestamp(ns // 10**9, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _both(path, **parameters):
    """Requests of the deduplicated and of the raw view."""
    return ([[ours.get(path, **parameters)]], [[ours.get(path, **parameters, view="raw")]])


def _latency(key, title, targets, parameters, groups, columns, window, agent=None, bucket=None):
    """`window` (start ≥ and <) and `agent` are the same conditions that `parameters` has."""
    by = ", ".join(groups)
    bucket_sql = {"clickhouse": f", intDiv(start_ns, {bucket}) * {bucket} AS bucket_start",
                  "duckdb": f", (start_ns // {bucket}) * {bucket} AS bucket_start"} if bucket else \
        {"clickhouse": "", "duckdb": ""}
    keys = by + (", bucket_start" if bucket else "")
    between = f" WHERE start_ns >= {window[0]} AND start_ns < {window[1]}" if window else ""
    by_agent = f" agent_name = '{agent}'" if agent else ""
    # What never differs between deliveries may be tested before FINAL.
    clickhouse_where = between.replace("WHERE", "PREWHERE") + (agent and f" WHERE{by_agent}" or "")
    where = between + (agent and f" AND{by_agent}" or "")
    variant = Variant(
        *_both("latency", **parameters),
        f"SELECT {by}{bucket_sql['clickhouse']}, count() AS count,"
        " countIf(status = 'error') / count() AS error_rate,"
        " quantilesExactInclusive(0.5, 0.95, 0.99)(duration_ns) AS q,"
        " q[1] / 1e6 AS p50_ms, q[2] / 1e6 AS p95_ms, q[3] / 1e6 AS p99_ms"
        f" FROM {{spans}}{clickhouse_where} GROUP BY {keys}",
        f"SELECT {by}{bucket_sql['duckdb']}, count(*) AS count,"
        " count(*) FILTER (status = 'error') / count(*) AS error_rate,"
        " quantile_cont(duration_ns, [0.5, 0.95, 0.99]) AS q,"
        " q[1] / 1e6 AS p50_ms, q[2] / 1e6 AS p95_ms, q[3] / 1e6 AS p99_ms"
        f" FROM {{spans}}{where} GROUP BY {keys}")
    return Question(key, title, *targets, columns, [variant])


_LATENCY = {"count": integer, "error_rate": number, "p50_ms": number, "p95_ms": number,
            "p99_ms": number}


def latency_questions():
    window = (FIRST_NS + 4 * DAY_NS, FIRST_NS + 5 * DAY_NS)
    times = {"from": rfc3339(window[0]), "to": rfc3339(window[1])}
    agent = "agent-researcher-1"
    return [
        _latency("Q1", "exact p50/p95/p99 by agent, whole table", (60, 20), {"by": "agent_name"},
                 ["agent_name"], {"agent_name": text, **_LATENCY}, None),
        _latency("Q2", "the same by agent and operation, 10 % window", (10, 5),
                 {"by": "agent_name,name", **times}, ["agent_name", "name"],
                 {"agent_name": text, "name": text, **_LATENCY}, window),
        _latency("Q3", "the same per minute over a day, one agent", (10, 5),
                 {"bucket": "1m", "where": f"agent_name = '{agent}'", **times}, ["agent_name"],
                 {"agent_name": text, "bucket_start": instant, **_LATENCY},
                 window, agent, bucket=60 * 10**9),
    ]


_SESSION = {"session_id": text, "started_at": instant, "ended_at": instant, "span_count": integer,
            "error_count": integer, "input_tokens": integer, "output_tokens": integer,
            "cached_tokens": integer, "reasoning_tokens": integer, "cost_usd": decimal,
            "status": text}
_SESSION_CLICKHOUSE = """
    SELECT session_id, min(start_ns) AS started_at, max(start_ns + duration_ns) AS ended_at,
        count() AS span_count, countIf(status = 'error') AS error_count,
        sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
        sum(cached_tokens) AS cached_tokens, sum(reasoning_tokens) AS reasoning_tokens,
        sum(cost_usd) AS cost_usd, argMinIf(status, (start_ns, span_id),
            parent_span_id = toFixedString('', 8)) AS root_status
    FROM {spans}"""
_SESSION_DUCKDB = """
    SELECT session_id, min(start_ns) AS started_at, max(start_ns + duration_ns) AS ended_at,
        count(*) AS span_count, count(*) FILTER (status = 'error') AS error_count,
        sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
        sum(cached_tokens) AS cached_tokens, sum(reasoning_tokens) AS reasoning_tokens,
        sum(cost_usd) AS cost_usd, arg_min(status, (start_ns, span_id))
            FILTER (parent_span_id IS NULL) AS root_status
    FROM {spans}"""


def session_questions(span_count):
    top = " GROUP BY session_id ORDER BY sum(cost_usd) DESC NULLS LAST, started_at, session_id LIMIT 50"
    dedup, raw = _both("sessions", order="cost_usd:desc", limit=50)
    costly = Variant(dedup, raw, _SESSION_CLICKHOUSE + top, _SESSION_DUCKDB + top)
    low, high = FIRST_NS + 3 * DAY_NS, FIRST_NS + 6 * DAY_NS
    offset = 5_000 if span_count >= 5_000_000 else span_count // 2_000
    page = (" WHERE project = 'project-0' GROUP BY session_id HAVING started_at >= "
            f"{low} AND started_at < {high} ORDER BY started_at DESC, session_id"
            f" LIMIT 50 OFFSET {offset}")
    dedup, raw = _both("sessions", project="project-0", order="started_at:desc", limit=50,
                       offset=offset, **{"from": rfc3339(low), "to": rfc3339(high)})
    paged = Variant(
        dedup, raw,
        f"WITH page AS ({_SESSION_CLICKHOUSE}{page}) SELECT page.*, marks.scores AS scores FROM page"
        " LEFT JOIN (SELECT session_id, groupArray((name, mean)) AS scores FROM (SELECT session_id,"
        " name, avg(value) AS mean FROM scores WHERE session_id IN (SELECT session_id FROM page)"
        " GROUP BY session_id, name) GROUP BY session_id) AS marks USING (session_id)"
        " ORDER BY started_at DESC, session_id",
        f"WITH page AS ({_SESSION_DUCKDB}{page}) SELECT page.*, marks.scores FROM page"
        " LEFT JOIN (SELECT session_id, list({'name': name, 'mean': mean}) AS scores FROM (SELECT"
        " session_id, name, avg(value) AS mean FROM scores WHERE session_id IN (SELECT session_id"
        " FROM page) GROUP BY session_id, name) GROUP BY session_id) AS marks USING (session_id)"
        " ORDER BY started_at DESC, session_id")
    rename = {"root_status": "status"}
    return [
        Question("Q4", "sessions by cost, top 50 of all", 100, 25, _SESSION, [costly], rename,
                 order_matters=True),
        Question("Q5", f"session page at offset {offset} with scores", 100, 10,
                 {**_SESSION, "scores": scores}, [paged], rename, order_matters=True),
    ]


_SPAN = {
    "trace_id": hexadecimal, "span_id": hexadecimal, "parent_span_id": hexadecimal, "name": text,
    "kind": text, "status": text, "status_message": text, "project": text, "service_name": text,
    "session_id": text, "user_id": text, "agent_name": text, "model": text, "provider": text,
    "tool_name": text, "experiment": text, "test_case_id": text, "input_tokens": integer,
    "output_tokens": integer, "cached_tokens": integer, "reasoning_tokens": integer,
    "cost_usd": decimal, "input": text, "output": text, "attributes": attributes,
}
_SPAN_CLICKHOUSE = """
    SELECT lower(hex(trace_id)) AS trace_id, lower(hex(span_id)) AS span_id,
        lower(hex(parent_span_id)) AS parent_span_id, * EXCEPT (trace_id, span_id, parent_span_id)
    FROM {spans} PREWHERE """
_SPAN_DUCKDB = """
    SELECT trace_id::VARCHAR AS trace_id, to_hex(span_id) AS span_id,
        to_hex(parent_span_id) AS parent_span_id, * EXCLUDE (trace_id, span_id, parent_span_id)
    FROM {spans} WHERE """


def lookup_questions(traces, sessions):
    """`traces` and `sessions`: ids to look up in turn."""
    return [
        Question("Q6", "one trace, all columns", 15, 15, _SPAN, [
            Variant(*_both(f"trace/{trace}"),
                    _SPAN_CLICKHOUSE + f"trace_id = unhex('{trace}') ORDER BY start_ns, span_id",
                    _SPAN_DUCKDB + f"trace_id = '{trace}'::UUID ORDER BY start_ns, span_id")
            for trace in traces]),
        Question("Q7", "one session with its text", 30, 8, _SPAN, [
            Variant(*_both(f"session/{session}"),
                    _SPAN_CLICKHOUSE + f"session_id = '{session}' ORDER BY start_ns, span_id",
                    _SPAN_DUCKDB + f"session_id = '{session}' ORDER BY start_ns, span_id")
            for session in sessions]),
    ]


def metric_questions(runs):
    """`runs`: numbers of the runs there are."""
    few = runs[:: max(1, len(runs) // 5)][:5]
    name = "train/metric_3"
    series = {"step": integer, "time": instant, "value": number}
    one = [(run, "SELECT step, time_ns AS time, value FROM {metrics} WHERE run_id = "
            f"{run} AND name = '{name}' ORDER BY step, time_ns") for run in few]
    dedup = [[[ours.get("metrics/series", run=run, name=name)]] for run in few]
    raw = [[[ours.get("metrics/series", run=run, name=name, view="raw")]] for run in few]
    return [
        Question("Q8", "one metric series, every write", 6, 8, series, [
            Variant(request, request, sql, sql) for (_, sql), request in zip(one, raw)],
            order_matters=True, has_dedup=False),
        Question("Q9", "one metric series, deduplicated", 5, 5, series, [
            Variant(first, second, sql, sql)
            for (_, sql), first, second in zip(one, dedup, raw)], order_matters=True),
        Question("Q10", "all metric summaries of a run", 20, 20, {
            "name": text, "count": integer, "min": number, "max": number, "mean": number,
            "last_value": number}, [
            Variant(*_both("metrics/stats", run=run),
                    "SELECT name, countIf(isFinite(value)) AS count, minIf(value, isFinite(value))"
                    " AS min, maxIf(value, isFinite(value)) AS max, avgIf(value, isFinite(value))"
                    " AS mean, argMaxIf(value, (step, time_ns), isFinite(value)) AS last_value"
                    f" FROM {{metrics}} WHERE run_id = {run} GROUP BY name",
                    "SELECT name, count(*) AS count, min(value) AS min, max(value) AS max,"
                    " avg(value) AS mean, arg_max(value, (step, time_ns)) AS last_value"
                    f" FROM {{metrics}} WHERE run_id = {run} AND isfinite(value) GROUP BY name")
            for run in few]),
        _bucketed(runs[:100], name),
    ]


def _bucketed(runs, name):
    """Steps are at most a thousand, so a bucket is a step: width 1, as the daemon has it."""
    chosen = f"name = '{name}' AND run_id IN ({', '.join(map(str, runs))})"
    clickhouse = ("SELECT run_id, min(step) AS step, avgIf(value, isFinite(value)) AS value,"
                  f" count() AS count FROM {{metrics}} WHERE {chosen}"
                  " GROUP BY run_id, intDiv(step, 1)")
    duckdb = ("SELECT run_id, min(step) AS step, avg(value) FILTER (isfinite(value)) AS value,"
              f" count(*) AS count FROM {{metrics}} WHERE {chosen} GROUP BY run_id, step // 1")
    listed = ", ".join(f"'{run}'" for run in runs)
    dedup, raw = (
        [[ours.sql("SELECT run_id, min(step) AS step, avg(value) FILTER (WHERE isfinite(value)) AS"
                   f" value, count(*) AS count FROM {table} WHERE name = '{name}' AND run_id IN"
                   f" ({listed}) GROUP BY run_id, step")]]
        for table in ("metrics", "metrics_raw"))
    return Question("Q11", f"{len(runs)} runs × 1,000 buckets of one metric", 15, 20,
                    {"run_id": integer, "step": integer, "value": number, "count": integer},
                    [Variant(dedup, raw, clickhouse, duckdb)])


def scan_questions():
    found = []
    for key, word, targets in (("Q12r", RARE_WORD, (50, 20)), ("Q12c", COMMON_WORD, (0.9, 0.9))):
        condition = f"output LIKE '%{word}%'"
        variant = Variant(
            [[ours.sql(f"SELECT count(*) AS count FROM spans WHERE {condition}")],
             [ours.get("latency", by="status", where=condition)]],
            [[ours.sql(f"SELECT count(*) AS count FROM spans_raw WHERE {condition}")],
             [ours.get("latency", by="status", where=condition, view="raw")]],
            f"SELECT count() AS count FROM {{spans}} WHERE {condition}",
            f"SELECT count(*) AS count FROM {{spans}} WHERE {condition}")
        found.append(Question(key, f"spans whose output has a {'rare' if key == 'Q12r' else 'common'}"
                              " word", *targets, {"count": integer}, [variant], is_count=True))
    dedup, raw = _both("costs", by="model", bucket="1d", order="cost_usd:desc", limit=20)
    columns = ("sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,"
               " sum(cost_usd) AS cost_usd")
    variant = Variant(
        dedup, raw,
        f"SELECT model, intDiv(start_ns, {DAY_NS}) * {DAY_NS} AS bucket_start, {columns} FROM"
        " {spans} WHERE model != '' GROUP BY model, bucket_start"
        " ORDER BY sum(cost_usd) DESC NULLS LAST LIMIT 20",
        f"SELECT model, (start_ns // {DAY_NS}) * {DAY_NS} AS bucket_start, {columns} FROM"
        " {spans} WHERE model IS NOT NULL GROUP BY model, bucket_start"
        " ORDER BY sum(cost_usd) DESC NULLS LAST LIMIT 20")
    found.append(Question(
        "Q13", "top 20 models by cost per day", 50, 20,
        {"model": text, "bucket_start": instant, "input_tokens": integer,
         "output_tokens": integer, "cost_usd": decimal}, [variant]))
    return found
