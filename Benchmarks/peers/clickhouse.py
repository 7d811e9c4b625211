"""ClickHouse in process (chdb). Three tables of spans: MergeTree in the order that suits the
questions, asked plainly; and ReplacingMergeTree by identity, asked with FINAL, once as inserts and
background merges leave it and once fully merged. Two threads, no query condition cache."""

import time

import pyarrow
from chdb import session

_SPAN_COLUMNS = """
    sequence UInt64 CODEC(Delta, ZSTD(1)),
    trace_id FixedString(16) CODEC(ZSTD(1)),
    span_id FixedString(8) CODEC(NONE),
    parent_span_id FixedString(8) CODEC(ZSTD(1)),
    start_ns Int64 CODEC({start}, ZSTD(1)),
    duration_ns Int64 CODEC(T64, ZSTD(1)),
    name LowCardinality(String), kind LowCardinality(String), status LowCardinality(String),
    status_message LowCardinality(String), project LowCardinality(String),
    service_name LowCardinality(String), session_id String CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)), agent_name LowCardinality(String),
    model LowCardinality(String), provider LowCardinality(String),
    tool_name LowCardinality(String), experiment LowCardinality(String),
    test_case_id LowCardinality(String),
    input_tokens Nullable(Int32) CODEC(T64, ZSTD(1)),
    output_tokens Nullable(Int32) CODEC(T64, ZSTD(1)),
    cached_tokens Nullable(Int32) CODEC(T64, ZSTD(1)),
    reasoning_tokens Nullable(Int32) CODEC(T64, ZSTD(1)),
    cost_usd Nullable(Decimal64(12)) CODEC(ZSTD(1)),
    input String CODEC(ZSTD(1)), output String CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    INDEX by_session session_id TYPE bloom_filter(0.001) GRANULARITY 1{index}"""
_METRIC_COLUMNS = """
    run_id UInt32, name LowCardinality(String), step Int64 CODEC(Delta, ZSTD(1)),
    time_ns Int64 CODEC(Delta, ZSTD(1)), value Float64 CODEC(Gorilla, ZSTD(1)),
    project LowCardinality(String)"""
_TRACE_INDEX = ", INDEX by_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1"
_REPLACING = """ENGINE = ReplacingMergeTree(sequence) PARTITION BY toYYYYMMDD(
    fromUnixTimestamp64Nano(start_ns)) ORDER BY (trace_id, span_id)"""
_TABLES = {
    "spans": (_SPAN_COLUMNS.format(start="Delta", index=_TRACE_INDEX),
              "ENGINE = MergeTree ORDER BY (project, start_ns)"),
    "spans_merged": (_SPAN_COLUMNS.format(start="T64", index=""), _REPLACING),
    "spans_unmerged": (_SPAN_COLUMNS.format(start="T64", index=""), _REPLACING),
    "metrics": (_METRIC_COLUMNS, "ENGINE = MergeTree ORDER BY (run_id, name, step, time_ns)"),
    "metrics_merged": (_METRIC_COLUMNS,
                       "ENGINE = ReplacingMergeTree(time_ns) ORDER BY (run_id, name, step)"),
    "metrics_unmerged": (_METRIC_COLUMNS,
                         "ENGINE = ReplacingMergeTree(time_ns) ORDER BY (run_id, name, step)"),
    "scores": ("session_id String CODEC(ZSTD(1)), name LowCardinality(String), value Float64",
               "ENGINE = MergeTree ORDER BY (session_id, name)"),
}
# From the Parquet columns to the table's.
SPAN_SELECT = """
    sequence, unhex(trace_id) AS trace_id, unhex(span_id) AS span_id,
    unhex(ifNull(parent_span_id, '')) AS parent_span_id, start_ns, duration_ns, name, kind, status,
    ifNull(status_message, '') AS status_message, project, service_name, session_id, user_id,
    agent_name, ifNull(model, '') AS model, ifNull(provider, '') AS provider,
    ifNull(tool_name, '') AS tool_name, ifNull(experiment, '') AS experiment,
    ifNull(test_case_id, '') AS test_case_id, input_tokens, output_tokens, cached_tokens,
    reasoning_tokens, cost_usd, input, output, attributes"""
_METRIC_SELECT = "run_id, name, step, time_ns, value, project"
_SETTINGS = {
    "max_threads": 2, "max_insert_threads": 1, "use_query_condition_cache": 0, "async_insert": 0,
    "prefer_column_name_to_alias": 1,
    # The columns of a file are those of the file, not of the table it goes into.
    "use_structure_from_insertion_table_in_table_functions": 0,
    # Arrow strings as text, not as bytes.
    "output_format_arrow_string_as_string": 1,
}
# Rows of one insert into the tables that are left unmerged.
UNMERGED_ROWS = 100_000


def pieces(count, rows):
    """(low, high] ranges of sequence numbers 1 … `count`."""
    return [(low, min(low + rows, count)) for low in range(0, count, rows)]


class ClickHouse:
    name = "ClickHouse"

    def __init__(self, directory):
        self.session = session.Session(str(directory))
        self.run("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
        self.run("USE bench")
        for name, value in _SETTINGS.items():
            self.run(f"SET {name} = {value}")
        self.version = self.value("SELECT version()")

    def run(self, text):
        """A statement without an answer."""
        self.session.query(text)

    def ask(self, text):
        """The whole answer as the bytes of an Arrow stream."""
        return self.session.query(text, "ArrowStream").bytes()

    @staticmethod
    def parse(answer):
        """Rows of such an answer."""
        return pyarrow.ipc.open_stream(answer).read_all().to_pylist() if answer else []

    def value(self, text):
        """The one value of an answer."""
        return next(iter(self.parse(self.ask(text))[0].values()))

    def has(self, table):
        return self.value(f"EXISTS TABLE bench.{table}") == 1

    def create(self, table, like=None, settings=""):
        columns, engine = _TABLES[like or table]
        self.run(f"DROP TABLE IF EXISTS {table} SYNC")
        self.run(f"CREATE TABLE {table} ({columns}) {engine}{settings}")

    def load(self, dataset, say):
        """Loads what is missing. Unmerged tables are filled by inserts and then left to the
        background merges until those have nothing to do."""
        for table in _TABLES:
            if not self.has(table + "_ready"):
                say(f"loading {table} into ClickHouse")
                self._fill(table, dataset)
                self.run(f"CREATE TABLE {table}_ready (x UInt8) ENGINE = Memory")
        self.wait_for_merges()
        for table in _TABLES:
            self.run(f"SYSTEM STOP MERGES {table}")

    def _fill(self, table, dataset):
        self.create(table)
        kind = table.split("_")[0]
        select = {"spans": SPAN_SELECT, "metrics": _METRIC_SELECT, "scores": "*"}[kind]
        source = f"SELECT {select} FROM file('{dataset.path(kind)}', Parquet)"
        if table.endswith("_unmerged"):
            for low, high in pieces(dataset.counts[kind], UNMERGED_ROWS):
                self.run(f"INSERT INTO {table} {source}"
                         f" WHERE sequence > {low} AND sequence <= {high}")
        else:
            self.run(f"INSERT INTO {table} {source}")
            self.run(f"OPTIMIZE TABLE {table} FINAL")

    def wait_for_merges(self):
        quiet = 0
        while quiet < 5:
            quiet = quiet + 1 if self.value("SELECT count() FROM system.merges") == 0 else 0
            time.sleep(0.4)

    def bytes_of(self, table):
        return self.value("SELECT toInt64(sum(bytes_on_disk)) FROM system.parts WHERE active AND"
                          f" database = 'bench' AND table = '{table}'")

    def parts_of(self, table):
        return self.value("SELECT count() FROM system.parts WHERE active AND database = 'bench'"
                          f" AND table = '{table}'")

    def close(self):
        self.session.close()
