"""Writing, in the same run and in turn: sustained ingest of spans, with seals, compactions and
merges until nothing is left to do; and durable inserts of single rows, by one client and by 32.

Ours takes OTLP over the socket from four connections. ClickHouse takes the same spans in its own
Native format, 20,000 rows an insert from two threads, into ReplacingMergeTree, and is not asked to
sync. For the single rows it is (fsync_after_insert), as DuckDB does by itself.
"""

import pathlib
import shutil
import threading
import time

import duckdb as duckdb_module

from . import clickhouse as clickhouse_module
from . import ours
from .report import pairs

BATCH_ROWS = 20_000
LEGS = 2
MERGES_QUIET_SECONDS = 2.0
SINGLE_ROW_CLIENTS = (1, 32)
_SYNCED = " SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"


def compare(directory, dataset, clickhouse, options, say):
    """Everything about writing; temporary stores lie in `directory`."""
    count = min(options.spans, 1_000_000 if not options.quick else 100_000)
    work = pathlib.Path(directory) / "ingest"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    say("writing ClickHouse's batches")
    batches = native_batches(clickhouse, dataset, count, work)
    sustained = {"spand": [], "ClickHouse": []}
    for leg in range(LEGS):
        say(f"sustained ingest, leg {leg + 1} of {LEGS}")
        sustained["spand"].append(our_leg(work / f"leg-{leg}", count, options.seed))
        sustained["ClickHouse"].append(their_leg(clickhouse, batches, count))
    say("single durable rows")
    singles = {}
    for clients in SINGLE_ROW_CLIENTS:
        singles[clients] = {
            "spand": our_singles(work / f"single-{clients}", clients),
            "DuckDB": duckdb_singles(work / f"single-{clients}.duckdb", dataset, clients),
            "ClickHouse": clickhouse_singles(clickhouse, dataset, work, clients)}
    shutil.rmtree(work)
    return {"rows": count, "sustained": sustained, "single_rows": singles}


def native_batches(clickhouse, dataset, count, work):
    paths = []
    for low, high in clickhouse_module.pieces(count, BATCH_ROWS):
        paths.append(work / f"batch-{low}.native")
        clickhouse.run(
            f"INSERT INTO FUNCTION file('{paths[-1]}', Native) SELECT"
            f" {clickhouse_module.SPAN_SELECT} FROM file('{dataset.path('spans')}', Parquet)"
            f" WHERE sequence > {low} AND sequence <= {high}")
    return paths


def our_leg(store, count, seed):
    daemon = ours.Daemon(store).start()
    try:
        result = daemon.ingest("spans", count, seed, "--form", "otlp", "--clients", 4,
                               "--batch", 2_000, "--compact")
    finally:
        daemon.stop()
        daemon.kill()
        shutil.rmtree(store)
    seconds = result["ingest"]["seconds"]
    return {"seconds": seconds, "settled_seconds": seconds + result["compact_seconds"],
            "rows_per_second": count / seconds,
            "settled_rows_per_second": count / (seconds + result["compact_seconds"]),
            "processor_seconds": result["processor_seconds"], "report": result}


def their_leg(clickhouse, batches, count):
    clickhouse.create("spans_ingest", like="spans_merged")
    processor, start = time.process_time(), time.monotonic()
    in_threads(2, len(batches), lambda index: clickhouse.run(
        f"INSERT INTO spans_ingest SELECT * FROM file('{batches[index]}', Native)"))
    inserted = time.monotonic()
    settled = inserted
    while time.monotonic() - settled < MERGES_QUIET_SECONDS:
        if clickhouse.value("SELECT count() FROM system.merges"):
            settled = time.monotonic()
        time.sleep(0.05)
    processor = time.process_time() - processor
    clickhouse.run("DROP TABLE spans_ingest SYNC")
    return {"seconds": inserted - start, "settled_seconds": settled - start,
            "rows_per_second": count / (inserted - start),
            "settled_rows_per_second": count / (settled - start),
            "processor_seconds": processor}


def in_threads(threads, count, work):
    """Calls work(0 … count − 1) from so many threads; raises what failed first."""
    lock, failures, numbers = threading.Lock(), [], iter(range(count))

    def run():
        while not failures:
            with lock:
                index = next(numbers, None)
            if index is None:
                return
            try:
                work(index)
            except Exception as error:
                failures.append(error)

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failures:
        raise failures[0]


def our_singles(store, clients):
    daemon = ours.Daemon(store).start()
    try:
        result = daemon.ingest("spans", 600 if clients == 1 else 8_000, 1, "--form", "otlp",
                               "--clients", clients, "--batch", 1)
    finally:
        daemon.stop()
        daemon.kill()
        shutil.rmtree(store)
    return {"rows_per_second": result["ingest"]["rows_per_second"],
            "p50_us": result["ingest"]["acknowledgement"]["p50_us"],
            "disk_sync_p50_us": result["disk_sync"]["p50_us"]}


def duckdb_singles(path, dataset, clients):
    with duckdb_module.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE one AS FROM '{dataset.path('spans')}' LIMIT 1")
        connection.execute("CREATE TABLE spans AS FROM one LIMIT 0")
        count = 300 if clients == 1 else 1_500
        cursors = threading.local()

        def insert(_):
            if not hasattr(cursors, "own"):
                cursors.own = connection.cursor()
            cursors.own.execute("INSERT INTO spans FROM one")

        start = time.monotonic()
        in_threads(clients, count, insert)
        return {"rows_per_second": count / (time.monotonic() - start)}


def clickhouse_singles(clickhouse, dataset, work, clients):
    clickhouse.create("spans_single", like="spans", settings=_SYNCED)
    path = work / "one.native"
    if not path.exists():
        clickhouse.run(
            f"INSERT INTO FUNCTION file('{path}', Native) SELECT {clickhouse_module.SPAN_SELECT}"
            f" FROM file('{dataset.path('spans')}', Parquet) WHERE sequence = 1")
    count = 60 if clients == 1 else 200
    start = time.monotonic()
    in_threads(clients, count, lambda _: clickhouse.run(
        f"INSERT INTO spans_single SELECT * FROM file('{path}', Native)"))
    seconds = time.monotonic() - start
    clickhouse.run("DROP TABLE spans_single SYNC")
    return {"rows_per_second": count / seconds}


def table(result):
    """The results for people."""
    rows = [("", "spand", "", "ClickHouse", "", "ratio")]
    for leg, (mine, theirs) in enumerate(zip(*result["sustained"].values())):
        for name, title in (("rows_per_second", "until acknowledged"),
                            ("settled_rows_per_second", "until settled")):
            rows.append((f"leg {leg + 1}, rows/s {title}", f"{mine[name]:,.0f}",
                         f"{mine['processor_seconds']:.1f} s CPU", f"{theirs[name]:,.0f}",
                         f"{theirs['processor_seconds']:.1f} s CPU",
                         f"{mine[name] / theirs[name]:.2f}"))
    singles = [("", "spand", "DuckDB", "ClickHouse", "×DuckDB", "×CH", "fdatasync p50")]
    for clients, engines in result["single_rows"].items():
        rates = {name: found["rows_per_second"] for name, found in engines.items()}
        singles.append((f"{clients} clients, rows/s",
                        *(f"{rates[name]:,.0f}" for name in ("spand", "DuckDB", "ClickHouse")),
                        f"{rates['spand'] / rates['DuckDB']:.1f}",
                        f"{rates['spand'] / rates['ClickHouse']:.1f}",
                        f"{engines['spand']['disk_sync_p50_us']:.0f} µs"))
    return (f"\nsustained ingest of {result['rows']:,} spans (target 2.5, aim 3)\n{pairs(rows)}"
            f"\n\nsingle durable rows (targets: 50 × ClickHouse; 10 × DuckDB with 32 clients)\n"
            f"{pairs(singles)}\n")
