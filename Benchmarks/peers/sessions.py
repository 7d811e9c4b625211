"""Lists, filters, sorts and groups of sessions with all their aggregates, and pages of traces: ours against
ClickHouse FINAL, answers equal to those of deduplicated DuckDB first.

DuckDB makes the data for everyone: sessions of about a hundred spans in traces of ten, fifty sessions at a
time, over ten days; every hundredth span is delivered again, later and with other figures. ClickHouse is
asked as in the other questions: of a merged table, the same by day, and as inserts leave it.

    PYTHONPATH=Benchmarks .venv-bench/bin/python -m peers.sessions --spans 1000000 --keep DIR
"""

import argparse
import contextlib
import json
import pathlib
import sys
import tempfile

import duckdb
from pyarrow import parquet

from . import contest, ours, report
from .clickhouse import ClickHouse
from .duck import DuckDB
from .equality import decimal, hexadecimal, instant, integer, number, text
from .questions import DAY_NS, FIRST_NS, Question, Variant, rfc3339

TARGET = 50
# Sessions that run at the same time, rows of one request, rows until a delivery is repeated, and rows
# that are made at a time.
ABREAST, PIECE_ROWS, AGAIN_LATER, MADE_ROWS = 50, 20_000, 20_000, 500_000
_SPANS = """
    SELECT {before} + row_number() OVER (ORDER BY arrival, again) AS sequence,
        * EXCLUDE (arrival, again) FROM (
        SELECT md5(concat(s, '/', k // 10)) AS trace_id, printf('%016x', n + 1) AS span_id,
            CASE WHEN k % 10 > 0 THEN printf('%016x', n - {abreast} * (k % 10) + 1) END AS parent_span_id,
            {first} + n * ({days} // {spans}) + (h % 2000000000)::BIGINT AS start_ns,
            ((h // 7 % 1000 + 1) * 1000000 * CASE WHEN h % 97 = 0 THEN 50 ELSE 1 END)::BIGINT
                AS duration_ns,
            concat('step ', k % 10) AS name, kind,
            CASE WHEN h % 100 < 3 AND NOT again THEN 'error' ELSE 'ok' END AS status,
            NULL::VARCHAR AS status_message, concat('project-', s % 8) AS project,
            'bench' AS service_name, printf('session-%08d', s) AS session_id,
            concat('user-', s % 997) AS user_id, concat('agent-', s % 40) AS agent_name,
            CASE kind WHEN 'LLM' THEN concat('model-', s % 25) END AS model,
            CASE kind WHEN 'LLM' THEN 'openai' END AS provider,
            CASE kind WHEN 'TOOL' THEN concat('tool-', h % 12) END AS tool_name,
            CASE WHEN k % 10 = 0 AND s % 5 < 2 THEN concat('experiment-', s % 50) END AS experiment,
            CASE WHEN k % 10 = 0 AND s % 5 < 2 THEN concat('case-', s % 500) END AS test_case_id,
            tokens AS input_tokens, (tokens // 5 + again::INTEGER)::INTEGER AS output_tokens,
            CASE WHEN h % 3 = 0 THEN tokens // 2 END AS cached_tokens,
            CASE WHEN s % 5 = 0 THEN tokens // 9 END AS reasoning_tokens,
            (tokens * 0.000006)::DECIMAL(18, 12) AS cost_usd,
            concat('What about ', repeat(md5(n::VARCHAR), 4), '?') AS input,
            concat('It is ', repeat(md5((n + 1)::VARCHAR), 4), '.') AS output,
            MAP {{'tier': concat('tier-', s % 4)}} AS attributes,
            n + again::INTEGER * {later} AS arrival, again
        FROM (
            SELECT *, hash(n) AS h, CASE WHEN k % 10 = 0 THEN 'AGENT' WHEN k % 3 = 1 THEN 'LLM'
                ELSE 'TOOL' END AS kind,
                CASE WHEN k % 10 > 0 AND k % 3 = 1 THEN (100 + hash(n) % 4000)::INTEGER END AS tokens
            FROM (
                SELECT n, again, n // ({abreast} * {length}) * {abreast} + n % {abreast} AS s,
                    n % ({abreast} * {length}) // {abreast} AS k
                FROM (SELECT range AS n, false AS again FROM range({start}, least({end}, {spans}))
                      UNION ALL SELECT range, true FROM range(7, {spans}, 100)
                      WHERE range + {later} BETWEEN {start} AND {end} - 1))))
    ORDER BY sequence"""
_SCORES = """
    SELECT printf('session-%08d', range // 2) AS session_id,
        CASE range % 2 WHEN 0 THEN 'quality' ELSE 'safety' END AS name,
        (range % 500) / 1000.0 + 0.5 AS value FROM range({scores})"""
_NDJSON = {
    "spans": "* EXCLUDE (sequence, start_ns, duration_ns), start_ns AS start_time_unix_nano,"
             " start_ns + duration_ns AS end_time_unix_nano",
    "scores": "*",
}


def say(line):
    print(f"sessions: {line}", file=sys.stderr, flush=True)


class Dataset:
    """Parquet files of the data."""

    def __init__(self, directory, spans, sessions):
        self.directory, self.spans, self.sessions = pathlib.Path(directory), spans, sessions
        self.length = max(10, spans // sessions)
        self.counts = {"spans": spans + len(range(7, spans, 100)), "scores": 2 * sessions}

    def path(self, kind):
        return self.directory / f"sessions-{kind}-{self.spans}-{self.sessions}.parquet"

    def make(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        spans = (_SPANS.format(
            abreast=ABREAST, later=AGAIN_LATER, first=FIRST_NS, days=10 * DAY_NS, spans=self.spans,
            length=self.length, start=start, end=start + MADE_ROWS,
            before=self._rows_before(start))
            for start in range(0, self.spans + AGAIN_LATER, MADE_ROWS))
        self._make("spans", spans)
        self._make("scores", [_SCORES.format(scores=2 * self.sessions)])

    def _rows_before(self, arrival):
        """Rows that arrive before another."""
        again = min(max(0, arrival - AGAIN_LATER), self.spans)
        return min(arrival, self.spans) + len(range(7, again, 100))

    def _make(self, kind, selects):
        """Writes what the statements select, one after the other."""
        if self.path(kind).exists():
            return
        say(f"making {kind}")
        unfinished = self.path(kind).with_suffix(".part")
        with duckdb.connect() as connection, contextlib.ExitStack() as stack:
            connection.execute("SET threads = 2")
            writer = None
            for select in selects:
                table = connection.sql(select).to_arrow_table()
                if writer is None:
                    writer = stack.enter_context(parquet.ParquetWriter(unfinished, table.schema))
                writer.write_table(table)
        unfinished.rename(self.path(kind))

    def pieces(self, kind):
        """The rows as bodies of NDJSON, in order."""
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"SELECT to_json(it) FROM (SELECT {_NDJSON[kind]} FROM '{self.path(kind)}') AS it")
            while piece := rows.fetchmany(PIECE_ROWS):
                yield "".join(line + "\n" for (line,) in piece).encode()


_COLUMNS = {
    "session_id": text, "project": text, "started_at": instant, "ended_at": instant,
    "duration_ms": number, "status": text, "span_count": integer, "trace_count": integer,
    "error_count": integer, "llm_count": integer, "input_tokens": integer, "output_tokens": integer,
    "cached_tokens": integer, "reasoning_tokens": integer, "cost_usd": decimal, "test_case_id": text,
    "experiment": text,
}
_OF_ROOT = {"root_project": "project", "root_status": "status", "root_case": "test_case_id",
            "root_experiment": "experiment"}
_SUMS = ["input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "cost_usd"]


def _select(dialect, key):
    """All aggregates by session or trace."""
    is_clickhouse = dialect == "clickhouse"
    roots = "parent_span_id = toFixedString('', 8)" if is_clickhouse else "parent_span_id IS NULL"
    of_root = (lambda column, alias: f"argMinIf({column}, (start_ns, span_id), {roots}) AS {alias}"
               if is_clickhouse else
               f"arg_min({column}, (start_ns, span_id)) FILTER ({roots}) AS {alias}")
    count_if = (lambda condition: f"countIf({condition})" if is_clickhouse else
                f"count(*) FILTER ({condition})")
    traces = "uniqExact(trace_id)" if is_clickhouse else "count(DISTINCT trace_id)"
    fields = [
        *(of_root(column, alias) for alias, column in _OF_ROOT.items()),
        "min(start_ns) AS started_at", "max(start_ns + duration_ns) AS ended_at",
        "(max(start_ns + duration_ns) - min(start_ns)) / 1e6 AS duration_ms",
        "count(*) AS span_count", f"{traces} AS trace_count",
        count_if("status = 'error'") + " AS error_count", count_if("kind = 'LLM'") + " AS llm_count",
        *(f"sum({column}) AS total_{column}" for column in _SUMS),
    ]
    shown = f"lower(hex({key})) AS {key}" if is_clickhouse and key == "trace_id" else key
    return f"SELECT {shown}, {', '.join(fields)} FROM {{spans}}"


_RENAME = {**_OF_ROOT, **{f"total_{column}": column for column in _SUMS}}


def _listed(key, title, sort, parameters=None, before="", having="", offset=0):
    """A page of 50 sessions. `before` is a condition that holds for all spans of a session or none."""
    column, _, direction = sort.partition(":")
    order = {**{new: old for old, new in _RENAME.items()}, "session_id": "session_id"}.get(column, column)
    end = (f" GROUP BY session_id{' HAVING ' + having if having else ''}"
           f" ORDER BY {order} {direction or 'asc'} NULLS LAST, started_at, session_id"
           f" LIMIT 50 OFFSET {offset}")
    request = ours.get("sessions", order=sort, limit=50, offset=offset, **(parameters or {}))
    variant = Variant(
        [[request]], [], _select("clickhouse", "session_id") + (before and f" PREWHERE {before}") + end,
        _select("duckdb", "session_id") + (before and f" WHERE {before}") + end)
    return Question(key, title, TARGET, TARGET, _COLUMNS, [variant], _RENAME, order_matters=True,
                    has_raw=False)


def _list_questions(sessions):
    deep = sessions // 2
    for column in ("started_at", "ended_at", "duration_ms", "span_count", "error_count",
                   "input_tokens", "cached_tokens", "reasoning_tokens", "cost_usd", "status",
                   "test_case_id", "session_id"):
        yield _listed(f"by {column}", f"sessions by {column}", f"{column}:desc")
    yield _listed("by cost up", "sessions by cost, least first", "cost_usd")
    yield _listed("deep", f"sessions by cost at offset {deep}", "cost_usd:desc", offset=deep)
    low, high = FIRST_NS + 3 * DAY_NS, FIRST_NS + 4 * DAY_NS
    yield _listed("day", "sessions of a day, newest first", "started_at:desc",
                  {"from": rfc3339(low), "to": rfc3339(high)},
                  having=f"started_at >= {low} AND started_at < {high}")
    yield _listed("project", "sessions of a project, by cost", "cost_usd:desc",
                  {"project": "project-3"}, before="project = 'project-3'")
    yield _listed("status", "failed sessions, by duration", "duration_ms:desc", {"status": "error"},
                  having="root_status = 'error'")
    yield _listed("experiment", "sessions of an experiment", "started_at",
                  {"experiment": "experiment-6"}, having="root_experiment = 'experiment-6'")
    yield _listed("case", "sessions of a test case", "started_at", {"test_case": "case-6"},
                  having="root_case = 'case-6'")
    yield _listed("where", "sessions by a condition on sums", "error_count:desc",
                  {"where": "cost_usd > 0.3 AND error_count > 2"},
                  having="total_cost_usd > 0.3 AND error_count > 2")


def _grouped():
    """Groups of all sessions."""
    columns = {"experiment": text, "status": text, "session_count": integer, "span_count": integer,
               "input_tokens": integer, "cost_usd": decimal, "p50_ms": number, "p95_ms": number}
    outer = ("SELECT root_experiment, root_status, count(*) AS session_count,"
             " sum(span_count) AS all_spans, sum(total_input_tokens) AS all_tokens,"
             " sum(total_cost_usd) AS all_cost, {quantiles} FROM ({sessions} GROUP BY session_id) AS s"
             " GROUP BY root_experiment, root_status")
    quantiles = {
        "clickhouse": "quantileExactInclusive(0.5)(duration_ms) AS p50_ms,"
                      " quantileExactInclusive(0.95)(duration_ms) AS p95_ms",
        "duckdb": "quantile_cont(duration_ms, 0.5) AS p50_ms, quantile_cont(duration_ms, 0.95) AS p95_ms"}
    texts = [outer.replace("{quantiles}", quantiles[it]).replace("{sessions}", _select(it, "session_id"))
             for it in ("clickhouse", "duckdb")]
    return Question("groups", "sessions by experiment and status", TARGET, TARGET, columns,
                    [Variant([[ours.get("sessions", by="experiment,status")]], [], *texts)],
                    {**_OF_ROOT, "all_spans": "span_count", "all_tokens": "input_tokens",
                     "all_cost": "cost_usd"}, has_raw=False)


def _trace_question():
    columns = {name: read for name, read in _COLUMNS.items()
               if name not in ("session_id", "test_case_id", "experiment", "trace_count")}
    end = " GROUP BY trace_id ORDER BY started_at DESC, trace_id LIMIT 50"
    return Question("traces", "traces, newest first, with previews", 1, 1,
                    {"trace_id": hexadecimal, **columns},
                    [Variant([[ours.get("traces", order="started_at:desc", limit=50)]], [],
                             _select("clickhouse", "trace_id") + end,
                             _select("duckdb", "trace_id") + end)],
                    _RENAME, order_matters=True, has_raw=False)


def load(daemon, dataset):
    client = ours.Client(daemon.socket)
    for kind in ("spans", "scores"):
        say(f"loading {kind} into spand")
        for body in dataset.pieces(kind):
            post(client, kind, body)
    post(client, "compact", b"")
    client.close()


def post(client, path, body):
    head = f"POST /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    status, answer = client.exchange(head.encode() + body)
    assert status == 200, bytes(answer[:300])


def fill(clickhouse, dataset):
    for table in ("spans_merged", "spans_unmerged"):
        if not clickhouse.has(table + "_ready"):
            say(f"loading {table} into ClickHouse")
            clickhouse._fill(table, dataset)
            clickhouse.run(f"CREATE TABLE {table}_ready (x UInt8) ENGINE = Memory")
    clickhouse.wait_for_merges()


def totals_are_exact(client, engine, questions):
    """Whether `total` of each list counts all its sessions, whatever the page."""
    for question in questions:
        variant = question.variants[0]
        _, body = client.exchange(variant.ours[0][0])
        found = json.loads(bytes(body))["total"]
        whole = variant.duckdb.split(" ORDER BY ")[0]
        for place, source in contest._DUCKDB_DEDUP.items():
            whole = whole.replace(place, source)
        (expected,) = engine.connection.execute(f"SELECT count(*) FROM ({whole})").fetchone()
        assert found == expected, (question.key, found, expected)


def main():
    parser = argparse.ArgumentParser(prog="peers.sessions", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--sessions", type=int, help="default: a hundredth of the spans")
    parser.add_argument("--only", metavar="KEY,…", help="some questions")
    parser.add_argument("--keep", metavar="DIR", type=pathlib.Path)
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path)
    options = parser.parse_args()
    sessions = options.sessions or options.spans // 100
    with contextlib.ExitStack() as stack:
        directory = options.keep or pathlib.Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="span-sessions-")))
        dataset = Dataset(directory, options.spans, sessions)
        dataset.make()
        name = f"sessions-{options.spans}-{sessions}"
        daemon = ours.Daemon(directory / f"spand-{name}").start()
        stack.callback(daemon.kill)
        clickhouse = ClickHouse(directory / f"clickhouse-{name}")
        stack.callback(clickhouse.close)
        engine = DuckDB(directory / f"duckdb-{name}")
        stack.callback(engine.close)
        engine.load(dataset, say)
        fill(clickhouse, dataset)
        if not (directory / f"{name}.ready").exists():
            load(daemon, dataset)
            daemon.stop()
            daemon.start()
            (directory / f"{name}.ready").touch()
        lists = list(_list_questions(sessions))
        wanted = options.only.split(",") if options.only else None
        client = ours.Client(daemon.socket)
        results = []
        for question in [*lists, _grouped(), _trace_question()]:
            if wanted and question.key not in wanted:
                continue
            say(question.title)
            results.append(contest.hold(question, [
                *contest.Ours(client).contestants(question),
                *contest.clickhouse_contestants(clickhouse, question),
                *contest.duckdb_contestants(engine, question)], say))
        totals_are_exact(client, engine, [] if wanted else lists)
        print(f"{dataset.counts['spans']:,} deliveries of {options.spans:,} spans in {sessions:,}"
              " sessions; medians in milliseconds\n")
        print(report.question_table(results))
        if options.json:
            options.json.write_text(json.dumps(results, indent=1, default=str) + "\n")
        daemon.stop()


if __name__ == "__main__":
    main()
