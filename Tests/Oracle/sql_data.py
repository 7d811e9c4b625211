"""Random spans and metrics for SQL, given to the store and to DuckDB alike.

Few distinct values, so that groups, ties and duplicates happen; nulls in every column that may have
them; NaN and infinities; identities written again with other versions or times. Times are whole
microseconds, which DuckDB's timestamps hold, and numbers have few binary digits, so that sums are
exact and no comparison hangs on rounding.
"""

import json
import tempfile

import duckdb

START = 1_772_442_000_000_000_000
SECOND = 1_000_000_000

_SPAN_TYPES = {
    "trace_id": "VARCHAR", "span_id": "VARCHAR", "source": "VARCHAR", "parent_span_id": "VARCHAR",
    "start_ns": "BIGINT", "end_ns": "BIGINT", "name": "VARCHAR", "kind": "VARCHAR",
    "status": "VARCHAR", "project": "VARCHAR", "session_id": "VARCHAR", "agent_name": "VARCHAR",
    "model": "VARCHAR", "input_tokens": "BIGINT", "output_tokens": "BIGINT",
    "total_tokens": "BIGINT", "cost_usd": "DECIMAL(18,12)", "version": "BIGINT",
    "input": "VARCHAR", "attributes": "MAP(VARCHAR, VARCHAR)", "arrival": "BIGINT",
}
_METRIC_TYPES = {
    "project": "VARCHAR", "run_id": "VARCHAR", "name": "VARCHAR", "step": "BIGINT",
    "time_ns": "BIGINT", "value": "DOUBLE", "arrival": "BIGINT",
}
_WORDS = ["alpha", "Beta", "gamma_1", "100%", "世界", "it's", "", "delta delta", "ok", "x"]


def spans(chance, count):
    """Records of complete spans in arrival order."""
    records = []
    for number in range(count):
        if records and chance.random() < 0.08:
            again = dict(chance.choice(records))
            again.update(_fields(chance), version=chance.choice([0, 0, 1, 2]))
            records.append({key: value for key, value in again.items() if value is not None})
            continue
        start = START + chance.randint(0, 40 * 86_400) * SECOND + (number * 1_000) % SECOND
        record = {
            "trace_id": f"{chance.getrandbits(128):032x}" if number % 3 else f"trace {number % 40}",
            "span_id": f"{number:016x}", "source": chance.choice(["native", "otlp"]),
            "start_time_unix_nano": start, "project": chance.choice(["one", "two", "three"]),
            "version": chance.choice([0, 0, 0, 1]), **_fields(chance)}
        if chance.random() < 0.9:
            length = chance.choice([0, 1, 1_000, 60_000, 5_000_000, -2_000, chance.randint(0, 10**7)])
            record["end_time_unix_nano"] = start + length * 1_000
        records.append({key: value for key, value in record.items() if value is not None})
    return records


def _fields(chance):
    def maybe(value, share=0.8):
        return value if chance.random() < share else None

    tokens = maybe(chance.choice([0, 1, 7, 100, chance.randint(0, 9_999)]))
    attributes = {"tier": maybe(chance.choice(["gold", "silver", ""])),
                  "n": maybe(chance.choice([str(chance.randint(-5, 5)), "1.5", "2.5", "none"]), 0.6)}
    return {
        "name": maybe(chance.choice(_WORDS)), "kind": maybe(chance.choice(["LLM", "TOOL", "llm"])),
        "status": maybe(chance.choice(["ok", "error", "unset", "timeout"])),
        "session_id": maybe(f"session-{chance.randint(1, 30)}"),
        "agent_name": maybe(f"agent-{chance.randint(0, 6)}"),
        "model": maybe(chance.choice(["m-a", "m-b"]), 0.5),
        "parent_span_id": maybe(f"{chance.randint(0, 50):016x}", 0.5),
        "input_tokens": tokens, "output_tokens": maybe(chance.randint(0, 500), 0.6),
        "total_tokens": maybe(chance.randint(0, 10**12), 0.2),
        "cost_usd": maybe(f"{chance.choice([0, 5, 10**9, chance.randint(0, 10**12)]) / 10**12:.12f}"),
        "input": maybe(" ".join(chance.choice(_WORDS) for _ in range(chance.randint(0, 12)))),
        "attributes": maybe({key: value for key, value in attributes.items() if value is not None}),
    }


def metrics(chance, count):
    records = []
    for _ in range(count):
        value = chance.choices(
            [chance.randint(-2**16, 2**16) / 64, chance.choice(["NaN", "Infinity", "-Infinity"]), 0.0],
            [92, 5, 3])[0]
        records.append({
            "project": chance.choice(["p", "q"]), "run_id": str(chance.randint(1, 4)),
            "name": chance.choice(["loss", "accuracy", "世界"]), "step": chance.randint(0, 200),
            "time_unix_nano": START + chance.randint(0, 10_000) * SECOND, "value": value})
    return records


def database(span_records, metric_records):
    """DuckDB with the tables spans, spans_raw, metrics, metrics_raw, sessions and traces of the same
    records."""
    connection = duckdb.connect()
    connection.execute("SET threads = 1; SET TimeZone = 'UTC'")
    connection.execute("SET error_on_division_by_zero = false")
    _load(connection, "span_rows", _SPAN_TYPES, [_span_row(*item) for item in enumerate(span_records)])
    _load(connection, "metric_rows", _METRIC_TYPES,
          [_metric_row(*item) for item in enumerate(metric_records)])
    connection.execute("""
        CREATE TABLE spans_raw AS SELECT * EXCLUDE (start_ns, end_ns),
            make_timestamp(start_ns // 1000) AS start_time,
            make_timestamp(end_ns // 1000) AS end_time,
            end_ns - start_ns AS duration_ns, (end_ns - start_ns) / 1e6 AS duration_ms
        FROM span_rows ORDER BY arrival;
        CREATE TABLE spans AS SELECT * FROM spans_raw QUALIFY row_number() OVER (
            PARTITION BY source, trace_id, span_id ORDER BY version DESC, arrival DESC) = 1;
        CREATE TABLE metrics_raw AS SELECT * EXCLUDE (time_ns), make_timestamp(time_ns // 1000) AS time
        FROM metric_rows ORDER BY arrival;
        CREATE TABLE metrics AS SELECT * FROM metrics_raw QUALIFY row_number() OVER (
            PARTITION BY project, run_id, name, step ORDER BY time DESC, arrival DESC) = 1;""")
    for table, keys, firsts in (("sessions", "session_id", ["status"]),
                                ("traces", "trace_id, source",
                                 ["name", "session_id", "agent_name", "status"])):
        connection.execute(_derived(table, keys, firsts))
    return connection


def _derived(table, keys, firsts):
    """A table of groups of spans; starts are distinct, so the earliest root is known. Traces without a
    root are named by their earliest span, and have no status."""
    root = "FILTER (parent_span_id IS NULL)"

    def earliest(name):
        of_root = f"first({name} ORDER BY start_time) {root}"
        if name == "status":
            return of_root
        return f"CASE WHEN count(*) {root} > 0 THEN {of_root} ELSE first({name} ORDER BY start_time) END"

    first = "".join(f"{earliest(name)} AS {name}, " for name in firsts)
    return f"""
        CREATE TABLE {table} AS SELECT {keys}, {first}
            coalesce(first(project ORDER BY start_time) {root},
                     first(project ORDER BY start_time)) AS project,
            min(start_time) AS started_at,
            CASE WHEN count(end_time) = count(*) THEN max(end_time) END AS ended_at,
            (epoch_us(ended_at) - epoch_us(started_at)) / 1e3 AS duration_ms,
            CASE WHEN bool_or(status = 'error') THEN 'error'
                 WHEN bool_or(status = 'timeout') THEN 'timeout'
                 WHEN bool_or(status = 'unset') THEN 'unset'
                 WHEN bool_or(status = 'ok') THEN 'ok' END AS worst_status,
            count(*) AS span_count, count(DISTINCT (source, trace_id)) AS trace_count,
            count(*) FILTER (status = 'error') AS error_count,
            count(*) FILTER (lower(kind) = 'llm') AS llm_count,
            CAST(sum(input_tokens) AS BIGINT) AS input_tokens,
            CAST(sum(output_tokens) AS BIGINT) AS output_tokens,
            CAST(sum(total_tokens) AS BIGINT) AS total_tokens,
            CAST(sum(cost_usd) AS DECIMAL(18,12)) AS cost_usd
        FROM spans WHERE {keys.split(",")[0]} IS NOT NULL GROUP BY {keys}"""


def _load(connection, table, types, rows):
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    connection.execute(f"CREATE TABLE {table} ({columns})")
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
        file.flush()
        struct = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
        connection.execute(
            f"INSERT INTO {table} SELECT * FROM read_json('{file.name}',"
            f" format = 'newline_delimited', columns = {{{struct}}})")


def _span_row(arrival, record):
    row = {name: record.get(name) for name in _SPAN_TYPES}
    row |= {"start_ns": record["start_time_unix_nano"], "end_ns": record.get("end_time_unix_nano"),
            "arrival": arrival}
    return row


def _metric_row(arrival, record):
    return {**{name: record.get(name) for name in _METRIC_TYPES}, "value": str(record["value"]),
            "time_ns": record["time_unix_nano"], "arrival": arrival}
