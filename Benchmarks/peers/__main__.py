"""Loads the same data into all three systems, compares their answers, times them in turn, prints
the table and writes JSON. Run by scripts/bench, which builds the programs and the environment."""

import argparse
import contextlib
import json
import pathlib
import sys
import tempfile
import time

from . import contest, ingest, ours, questions, report
from .clickhouse import ClickHouse
from .data import Dataset
from .duck import DuckDB


def say(line):
    print(f"bench: {line}", file=sys.stderr, flush=True)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--metrics", type=int, help="default: as many as spans")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="100,000 spans and metrics, 3 rounds")
    parser.add_argument("--keep", metavar="DIR", type=pathlib.Path,
                        help="keep data and stores here and use them again")
    parser.add_argument("--store", metavar="DIR", type=pathlib.Path,
                        help="a store of ours that holds this data already")
    parser.add_argument("--only", metavar="Q1,Q2,…", help="some questions; no ingest")
    parser.add_argument("--skip", metavar="ingest,queries", default="")
    parser.add_argument("--seconds", type=float, default=contest.SECONDS_PER_CONTESTANT,
                        help="for the rounds of one form of a question, after its third")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path)
    options = parser.parse_args()
    if options.quick:
        options.spans = min(options.spans, 100_000)
        contest.ROUNDS = 3
    contest.SECONDS_PER_CONTESTANT = options.seconds
    options.metrics = options.metrics or options.spans
    return options


def main():
    options = arguments()
    with contextlib.ExitStack() as stack:
        directory = options.keep or pathlib.Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="span-bench-")))
        directory.mkdir(parents=True, exist_ok=True)
        dataset = Dataset(directory / "data", options.spans, options.metrics, options.seed)
        dataset.make(say)
        name = f"{options.spans}-{options.metrics}-{options.seed}"
        clickhouse = ClickHouse(directory / f"clickhouse-{name}")
        stack.callback(clickhouse.close)
        duckdb = DuckDB(directory / f"duckdb-{name}")
        stack.callback(duckdb.close)
        result = {"spans": options.spans, "metrics": options.metrics, "seed": options.seed,
                  "clickhouse": clickhouse.version, "duckdb": duckdb.version}
        if "queries" not in options.skip:
            clickhouse.load(dataset, say)
            duckdb.load(dataset, say)
            daemon = our_daemon(options, directory / f"spand-{name}", stack)
            result |= ask(daemon, clickhouse, duckdb, options)
            daemon.stop()
        if "ingest" not in options.skip and not options.only:
            result["ingest"] = ingest.compare(directory, dataset, clickhouse, options, say)
            print(ingest.table(result["ingest"]))
        if options.json:
            options.json.write_text(json.dumps(result, indent=1, default=str) + "\n")


def our_daemon(options, store, stack):
    """A daemon on a store with the data, compacted."""
    daemon = ours.Daemon(options.store or store)
    filled = store.parent / f"{store.name}.filled"
    is_filled = options.store or filled.exists()
    daemon.start()
    stack.callback(daemon.kill)
    if not is_filled:
        say("loading spand")
        # One client: two deliveries of a span must arrive in their order.
        for kind, count, batch in (("spans", options.spans, 2_000),
                                   ("metrics", options.metrics, 10_000),
                                   ("scores", options.spans, 10_000)):
            daemon.ingest(kind, count, options.seed, "--clients", 1, "--batch", batch,
                          "--compact", "--json",
                          store.parent / f"{store.name}.{kind}.json")
        filled.write_text(json.dumps(table_bytes(daemon)))
    say("recompressing")
    recompress(daemon)
    return daemon


def recompress(daemon):
    """What idle time would do, so that it does not begin among the questions."""
    client = ours.Client(daemon.socket)
    client.exchange(b"POST /api/v1/compact?recompress=true HTTP/1.1\r\nHost: localhost\r\n"
                    b"Content-Length: 0\r\n\r\n")
    client.close()


def ask(daemon, clickhouse, duckdb, options):
    """All questions; prints the table."""
    client = ours.Client(daemon.socket)
    found = all_questions(duckdb, options)
    results = []
    for question in found:
        say(f"{question.key} {question.title}")
        contestants = [*contest.Ours(client).contestants(question),
                       *contest.clickhouse_contestants(clickhouse, question),
                       *contest.duckdb_contestants(duckdb, question)]
        results.append(contest.hold(question, contestants, say))
        say(report.progress(results[-1]))
    overhead = round_trip(client)
    memory = daemon.memory()
    print(f"\n{options.spans:,} spans, {options.metrics:,} metric rows, seed {options.seed};"
          f" ClickHouse {clickhouse.version}, DuckDB {duckdb.version}, 2 threads each."
          "\nMedians in milliseconds, hot, all in turn; ours is the whole answer over the socket"
          " (JSON, Arrow, and JSON of every write), theirs Arrow in process."
          f"\nThe client and an empty answer cost {overhead * 1e3:.0f} µs of ours. ✗ misses its"
          " target. Answers were compared first.\n")
    print(report.question_table(results))
    sizes = size_rows(daemon, clickhouse, duckdb, options)
    print("\nbytes on disk, ours as loaded and after idle time has packed its texts anew\n"
          + report.pairs(sizes))
    print(f"\nour daemon: resident peak {memory['VmHWM'] >> 20} MiB, anonymous now"
          f" {memory['RssAnon'] >> 20} MiB\n")
    client.close()
    return {"questions": results, "client_round_trip_ms": overhead, "sizes": sizes,
            "memory": memory}


def all_questions(duckdb, options):
    table = duckdb.ask
    traces = [row["id"] for row in table(
        "SELECT replace(trace_id::VARCHAR, '-', '') AS id FROM spans GROUP BY trace_id"
        " HAVING count(*) BETWEEN 9 AND 11 ORDER BY hash(trace_id) LIMIT 5").to_pylist()]
    sessions = [row["id"] for row in table(
        "SELECT session_id AS id FROM spans GROUP BY session_id HAVING count(*) BETWEEN 34 AND 42"
        " ORDER BY hash(session_id) LIMIT 5").to_pylist()]
    runs = [row["run_id"] for row in table(
        "SELECT DISTINCT run_id FROM metrics ORDER BY run_id").to_pylist()]
    found = (questions.latency_questions() + questions.session_questions(options.spans)
             + questions.lookup_questions(traces, sessions) + questions.metric_questions(runs)
             + questions.scan_questions())
    chosen = options.only.split(",") if options.only else None
    return [q for q in found if chosen is None or q.key in chosen or q.key[:3] in chosen]


def round_trip(client):
    """Median milliseconds of an empty answer: the client's own cost and the socket's."""
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    times = []
    for _ in range(300):
        start = time.perf_counter()
        client.exchange(request)
        times.append((time.perf_counter() - start) * 1e3)
    return sorted(times)[len(times) // 2]


def size_rows(daemon, clickhouse, duckdb, options):
    filled = daemon.store.parent / f"{daemon.store.name}.filled"
    loaded = json.loads(filled.read_text() or "null") if filled.exists() else None
    dense = table_bytes(daemon)
    rows = [("", "ours", "recompressed", "CH", "CH replacing", "DuckDB")]
    for kind, count in (("spans", options.spans), ("metrics", options.metrics)):
        sizes = (loaded["segments"][kind] if loaded else None, dense["segments"][kind],
                 clickhouse.bytes_of(kind), clickhouse.bytes_of(kind + "_merged"),
                 duckdb.bytes_of(kind))
        rows.append((f"{kind} B/row",
                     *("–" if size is None else f"{size / count:.1f}" for size in sizes)))
    index = [state["text_index"].get("spans", 0) / options.spans if state else 0
             for state in (loaded, dense)]
    if index[1]:
        rows.append(("text index B/span", *(f"{size:.1f}" for size in index), "–", "–", "–"))
    return rows


def table_bytes(daemon):
    """Bytes of our tables, indexes of texts apart."""
    index = daemon_sizes(daemon, "text_index_bytes")
    segments = daemon_sizes(daemon, "segment_bytes")
    return {"segments": {table: size - index.get(table, 0) for table, size in segments.items()},
            "text_index": index}


def daemon_sizes(daemon, item):
    """A figure of `spanq status` by table."""
    client = ours.Client(daemon.socket)
    _, body = client.exchange(ours.get("status"))
    found = {row["table"]: row["value"] for row in ours.rows(body)
             if row["item"] == item}
    client.close()
    return found


main()
