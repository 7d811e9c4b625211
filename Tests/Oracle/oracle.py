"""A second opinion: the named questions of the store, answered by DuckDB on the same rows.

The store's rules are written here once more, as SQL over two views of each table: `<table>_raw`,
every write in arrival order, and `<table>`, the state of each identity.

As a process it speaks NDJSON: one request a line on standard input, one answer a line on standard
output, `{"rows":[…]}` or `{"error":"…"}`. Times are nanoseconds since the epoch, money is text.

    {"op":"load","table":"spans|metrics|scores","records":[…]}   records of the NDJSON API, in order
    {"op":"latency","view":"dedup","by":["agent_name"],"bucket_ns":60000000000,
     "method":"interpolated","where":"start_time IS NOT NULL"}
    {"op":"sessions"}
    {"op":"metrics_names","run":"7"}   {"op":"metrics_stats","run":"7"}   (with "view")
    {"op":"series","run":"7","name":"loss","view":"raw"}
"""

import json
import sys
import tempfile

import duckdb

from tables import ATTRIBUTE_PREFIX, SPAN_FIELDS, ddl, span_row, metric_row, score_row

_FLAGS = "CASE WHEN isnan(value) THEN 1 WHEN value = 'inf' THEN 2 WHEN value = '-inf' THEN 4 ELSE 0 END"

_DURATION = "end_time - start_time AS duration_ns, (end_time - start_time) / 1e6 AS duration_ms"


class Oracle:
    def __init__(self, attribute_keys=()):
        self._attributes = [ATTRIBUTE_PREFIX + key for key in attribute_keys]
        self._sequence = 0
        self._database = duckdb.connect()
        self._database.execute(ddl(self._attributes))
        self._define_views()

    # Loading

    def load(self, table, records):
        row = {"spans": span_row, "metrics": metric_row, "scores": score_row}[table]
        with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
            for record in records:
                self._sequence += 1
                file.write(json.dumps(row(record, self._sequence, self._attributes)) + "\n")
            file.flush()
            columns = self._database.execute(f"DESCRIBE {table}_raw").fetchall()
            types = ", ".join(f"'{name}': '{kind}'" for name, kind, *_ in columns)
            self._database.execute(
                f"INSERT INTO {table}_raw SELECT * FROM read_json('{file.name}',"
                f" format = 'newline_delimited', columns = {{{types}}})")
        return []

    # The state of each identity

    def _define_views(self):
        """Dedup: the last complete or tombstone by (version, arrival); onto a complete, every
        patch of the same or a higher version, in that order, field by field."""
        fields = [name for name, _ in SPAN_FIELDS] + self._attributes
        folded = ", ".join(
            f'arg_max(p."{name}", (p.version, p.sequence))'
            f' FILTER (p."{name}" IS NOT NULL) AS "{name}"' for name in fields)
        merged = ", ".join(
            f'coalesce(f."{name}", b."{name}") AS "{name}"' for name in fields)
        self._database.execute(f"""
            CREATE VIEW spans AS
            WITH base AS (
                SELECT * FROM spans_raw WHERE write_kind <> 'patch'
                QUALIFY row_number() OVER (
                    PARTITION BY source, trace_id, span_id
                    ORDER BY version DESC, sequence DESC) = 1),
            folded AS (
                SELECT p.source, p.trace_id, p.span_id, {folded}
                FROM spans_raw p JOIN base b USING (source, trace_id, span_id)
                WHERE p.write_kind = 'patch' AND p.version >= b.version
                GROUP BY p.source, p.trace_id, p.span_id)
            SELECT *, {_DURATION} FROM (
                SELECT b.source, b.trace_id, b.span_id, {merged}
                FROM base b LEFT JOIN folded f USING (source, trace_id, span_id)
                WHERE b.write_kind = 'complete');
            CREATE VIEW spans_every AS SELECT *, {_DURATION} FROM spans_raw;

            CREATE VIEW metrics AS SELECT * FROM metrics_raw
            QUALIFY row_number() OVER (
                PARTITION BY project, run_id, name, step
                ORDER BY time DESC, sequence DESC) = 1;

            CREATE VIEW scores AS SELECT * FROM scores_raw
            QUALIFY row_number() OVER (
                PARTITION BY trace_id, span_id, session_id, name, source
                ORDER BY sequence DESC) = 1;
        """)

    # Questions

    def latency(self, by=("agent_name",), bucket_ns=None, method="interpolated", where="true",
                view="dedup"):
        groups = [f'"{name}"' for name in by]
        if bucket_ns:
            groups.append(f"start_time - start_time % {int(bucket_ns)} AS bucket_start")
        keys = ", ".join(str(number + 1) for number in range(len(groups)))
        percentiles = ", ".join(
            f"{self._percentile(share, method)} / 1e6 AS p{round(share * 100)}_ms"
            for share in (0.5, 0.95, 0.99))
        return self._rows(f"""
            SELECT {", ".join(groups)}, count(*) AS count,
                count(*) FILTER (status = 'error') AS error_count,
                count(*) FILTER (status = 'error') / count(*) AS error_rate,
                sum(CAST(duration AS HUGEINT))::DOUBLE / count(duration) / 1e6 AS mean_ms,
                min(duration) / 1e6 AS min_ms, {percentiles}, max(duration) / 1e6 AS max_ms
            FROM (SELECT *, end_time - start_time AS duration FROM {_table("spans", view)})
            WHERE {where} GROUP BY {keys} ORDER BY {keys}""")

    @staticmethod
    def _percentile(share, method):
        if method == "interpolated":
            return f"quantile_cont(CAST(duration AS DOUBLE), {share})"
        # sorted[min(n − 1, ⌊n·q⌋)], and lists count from 1.
        position = f"least(count(duration), CAST(floor(count(duration) * {share}::DOUBLE) AS BIGINT) + 1)"
        return f"(list(duration ORDER BY duration) FILTER (duration IS NOT NULL))[{position}]"

    def sessions(self):
        root = "parent_span_id IS NULL"
        return self._rows(f"""
            SELECT session_id,
                coalesce(arg_min(project, start_time) FILTER ({root}),
                         arg_min(project, start_time)) AS project,
                min(start_time) AS started_at,
                CASE WHEN count(end_time) = count(*) THEN max(end_time) END AS ended_at,
                CASE WHEN count(end_time) = count(*)
                     THEN (max(end_time) - min(start_time)) / 1e6 END AS duration_ms,
                arg_min(coalesce(status, ''), start_time) FILTER ({root}) AS status,
                CASE WHEN bool_or(status = 'error') THEN 'error'
                     WHEN bool_or(status = 'timeout') THEN 'timeout'
                     WHEN bool_or(status = 'cancelled') THEN 'cancelled'
                     ELSE coalesce(max(status) FILTER (status NOT IN ('ok', 'unset')), 'fine')
                END AS worst_status,
                count(*) AS span_count, count(DISTINCT trace_id) AS trace_count,
                count(*) FILTER (status = 'error') AS error_count,
                count(*) FILTER (lower(kind) = 'llm') AS llm_count,
                sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
                sum(cached_tokens) AS cached_tokens, sum(reasoning_tokens) AS reasoning_tokens,
                sum(total_tokens) AS total_tokens,
                CAST(sum(cost_usd) AS VARCHAR) AS cost_usd,
                coalesce(list_sort(list(DISTINCT model) FILTER (model IS NOT NULL)), []) AS models,
                max(experiment) FILTER ({root}) AS experiment,
                max(test_case_id) FILTER ({root}) AS test_case_id
            FROM spans WHERE session_id IS NOT NULL
            GROUP BY session_id ORDER BY started_at, session_id""")

    def session_scores(self):
        """Mean of the numbers given to each session, by name."""
        return self._rows("""
            SELECT session_id, name, avg(value) AS mean FROM scores
            WHERE session_id IS NOT NULL AND value IS NOT NULL
            GROUP BY session_id, name ORDER BY session_id, name""")

    def identities(self, count):
        """(trace id, span id, start) of `count` native spans spread over the table."""
        return self._database.execute(
            "SELECT trace_id, span_id, start_time FROM spans WHERE source = 'native'"
            " ORDER BY hash(span_id) LIMIT ?", [count]).fetchall()

    def metrics_names(self, run, view="dedup"):
        return self._rows(f"""
            SELECT name, count(*) AS count, min(step) AS min_step, max(step) AS max_step
            FROM {_table("metrics", view)} WHERE run_id = $1 GROUP BY name ORDER BY name""", run)

    def metrics_stats(self, run, view="dedup"):
        return self._rows(f"""
            SELECT name, count(*) FILTER (isfinite(value)) AS count,
                min(value) FILTER (isfinite(value)) AS min,
                max(value) FILTER (isfinite(value)) AS max,
                avg(value) FILTER (isfinite(value)) AS mean,
                stddev_pop(value) FILTER (isfinite(value)) AS stddev,
                arg_max(step, (step, time, sequence)) FILTER (isfinite(value)) AS last_step,
                arg_max(value, (step, time, sequence)) FILTER (isfinite(value)) AS last_value,
                count(*) FILTER (NOT isfinite(value)) AS non_finite_count
            FROM {_table("metrics", view)} WHERE run_id = $1 GROUP BY name ORDER BY name""", run)

    def series(self, run, name, view="dedup"):
        return self._rows(f"""
            SELECT step, time, CASE WHEN isfinite(value) THEN value END AS value,
                {_FLAGS} AS non_finite_flags
            FROM {_table("metrics", view)} WHERE run_id = $1 AND name = $2
            ORDER BY step, time, sequence""", run, name)

    def _rows(self, sql, *parameters):
        cursor = self._database.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]


def _table(name, view):
    return name + {"dedup": "", "raw": "_raw"}[view]


_OPERATIONS = {"load", "latency", "sessions", "session_scores", "metrics_names", "metrics_stats",
               "series"}


def main(attribute_keys):
    oracle = Oracle(attribute_keys)
    for line in sys.stdin:
        request = json.loads(line)
        operation = request.pop("op")
        try:
            if operation not in _OPERATIONS:
                raise ValueError(f"unknown operation {operation}")
            answer = {"rows": getattr(oracle, operation)(**request)}
        except (duckdb.Error, KeyError, TypeError, ValueError) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
