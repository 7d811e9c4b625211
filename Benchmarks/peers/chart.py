"""A chart of many runs: every metric of every run in a thousand buckets, ours against ClickHouse FINAL.

ClickHouse makes the rows for both: 8 runs × 20 metrics × steps, and 5 % of the steps logged again, later
and with other values: the last of each line, as a run does that went on from a checkpoint (`resumed`),
or ten of each two hundred (`spread`). It is asked twice, of a table merged to one part and of one as
inserts leave it, and is told the width of the buckets, so that it needs no scan for the bounds, as ours
does. Answers are compared first, then all are timed in turn, each hot: it is asked once more just before.

    PYTHONPATH=Benchmarks .venv-bench/bin/python -m peers.chart --steps 50000 --keep DIR
"""

import argparse
import contextlib
import json
import pathlib
import statistics
import sys
import tempfile
import threading
import time

from . import ours
from .clickhouse import ClickHouse

BUCKETS = 1_000
ROUNDS = 7
TABLES = ("metrics_merged", "metrics_unmerged")
# Which steps are logged again.
AGAIN = {"spread": "{step} % 200 < 10", "resumed": "{step} >= {steps} - intDiv({steps}, 20)"}
# Rows of one request to ours.
PIECE_ROWS = 400_000
_ROWS = """
    SELECT toUInt32(intDiv(number, {metrics} * {steps})) AS run_id,
        concat('train/metric_', toString(number % {metrics})) AS name,
        toInt64(intDiv(number, {metrics}) % {steps}) AS step,
        1767225600000000000 + step * 250000000 + {again} * 86400000000000 AS time_ns,
        (1 + number % {metrics}) * (0.2 + exp(-step / ({steps} / 5))
            + 0.05 * ((cityHash64(number) % 2000000) / 1e6 - 1)) + {again} AS value,
        'bench' AS project
    FROM numbers({first}, {count}){where}"""
_NDJSON = """
    SELECT project, run_id, name, step, time_ns AS time_unix_nano, value FROM ({rows})
    FORMAT JSONEachRow"""
_CHART = """
    SELECT * FROM (SELECT run_id, name, min(step) AS step, avgIf(value, isFinite(value)) AS value,
        minIf(value, isFinite(value)) AS min, maxIf(value, isFinite(value)) AS max, count() AS count,
        argMin(time_ns, step) AS time
    FROM {table} FINAL GROUP BY run_id, name, intDiv(step, {width}))
    ORDER BY run_id, name, step"""


def say(line):
    print(f"chart: {line}", file=sys.stderr, flush=True)


def rows(options, again, first, count):
    step = f"intDiv(number, {options.metrics}) % {options.steps}"
    where = AGAIN[options.again].format(step=step, steps=options.steps)
    return _ROWS.format(
        metrics=options.metrics, steps=options.steps, again=int(again), first=first, count=count,
        where=f" WHERE {where}" if again else "")


def load(options, clickhouse, daemon):
    """The same rows into both, in the same order."""
    total = options.runs * options.metrics * options.steps
    for table in TABLES:
        clickhouse.create(table)
    client = ours.Client(daemon.socket)
    for again in (False, True):
        for first in range(0, total, PIECE_ROWS):
            piece = rows(options, again, first, min(PIECE_ROWS, total - first))
            for table in TABLES:
                clickhouse.run(f"INSERT INTO {table} {piece}")
            body = clickhouse.session.query(_NDJSON.format(rows=piece)).bytes()
            head = ("POST /api/v1/metrics HTTP/1.1\r\nHost: localhost\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n")
            status, answer = client.exchange(head.encode() + body)
            assert status == 200, bytes(answer[:300])
        say(f"{'logged again' if again else 'logged'}")
    clickhouse.run("OPTIMIZE TABLE metrics_merged FINAL")
    clickhouse.wait_for_merges()
    status, _ = client.exchange(b"POST /api/v1/compact HTTP/1.1\r\nHost: localhost\r\n"
                                b"Content-Length: 0\r\n\r\n")
    assert status == 200
    client.close()


def peak_anonymous(daemon, stop, found):
    """Samples the daemon's anonymous memory until `stop` is set."""
    while not stop.wait(0.002):
        found.append(daemon.memory()["RssAnon"])


def compare(mine, theirs):
    """Both are ordered by run, name and step; ours orders runs as texts, which one digit does not
    tell apart."""
    assert len(mine) == len(theirs), (len(mine), len(theirs))
    for left, right in zip(mine, theirs):
        assert (int(left["run_id"]), left["name"]) == (right["run_id"], right["name"])
        assert (left["step"], left["count"]) == (right["step"], right["count"]), (left, right)
        for name in ("value", "min", "max"):
            assert abs(left[name] - right[name]) <= 1e-9 * abs(right[name]), (name, left, right)


def main():
    parser = argparse.ArgumentParser(prog="peers.chart", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--metrics", type=int, default=20)
    parser.add_argument("--steps", type=int, default=500_000)
    parser.add_argument("--again", choices=AGAIN, default="spread", help="which steps")
    parser.add_argument("--keep", metavar="DIR", type=pathlib.Path)
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        directory = options.keep or pathlib.Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="span-chart-")))
        name = f"chart-{options.again}-{options.runs}-{options.metrics}-{options.steps}"
        daemon = ours.Daemon(directory / f"spand-{name}").start()
        stack.callback(daemon.kill)
        clickhouse = ClickHouse(directory / f"clickhouse-{name}")
        stack.callback(clickhouse.close)
        if not (directory / f"{name}.ready").exists():
            load(options, clickhouse, daemon)
            daemon.stop()
            daemon.start()
            (directory / f"{name}.ready").touch()
        result = measure(options, daemon, clickhouse)
        print(json.dumps(result, indent=1))
        if options.json:
            options.json.write_text(json.dumps(result, indent=1) + "\n")
        daemon.stop()


def measure(options, daemon, clickhouse):
    runs = ",".join(map(str, range(options.runs)))
    client = ours.Client(daemon.socket)
    forms = {view: ours.as_arrow(ours.get("metrics/chart", runs=runs, buckets=BUCKETS, view=view))
             for view in ("dedup", "raw")}
    charts = [_CHART.format(width=max(1, options.steps // BUCKETS), table=table)
              for table in TABLES]

    def ask(view):
        status, body = client.exchange(forms[view])
        assert status == 200, bytes(body[:300])
        return body

    contestants = {"ours": lambda: ask("dedup"), "ours raw": lambda: ask("raw"),
                   "ClickHouse FINAL merged": lambda: clickhouse.ask(charts[0]),
                   "ClickHouse FINAL unmerged": lambda: clickhouse.ask(charts[1])}
    say("comparing answers")
    mine = ours.arrow_rows(ask("dedup"))
    for chart in charts:
        compare(mine, clickhouse.parse(clickhouse.ask(chart)))
    times = {name: [] for name in contestants}
    anonymous, stop = [], threading.Event()
    sampler = threading.Thread(target=peak_anonymous, args=(daemon, stop, anonymous))
    sampler.start()
    for _ in range(ROUNDS):
        for name, contestant in contestants.items():
            contestant()
            start = time.perf_counter()
            contestant()
            times[name].append((time.perf_counter() - start) * 1e3)
    stop.set()
    sampler.join()
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {
        "rows": options.runs * options.metrics * options.steps, "buckets": len(mine),
        "median_ms": medians,
        "times_clickhouse": {name: medians[name] / medians["ours"] for name in medians
                             if name.startswith("ClickHouse")},
        "raw_over_dedup": medians["ours raw"] / medians["ours"],
        "anonymous_peak_mib": max(anonymous) / 2**20,
        "resident_peak_mib": daemon.memory()["VmHWM"] / 2**20,
    }


if __name__ == "__main__":
    main()
