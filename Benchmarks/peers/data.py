"""The generated data as Parquet, from which both peers load: spanbench writes CSV, DuckDB converts
it once. Rows keep their order of arrival, and `sequence` is that order."""

import pathlib
import subprocess

import duckdb

from .ours import environment, program

_SPANS = """
    SELECT row_number() OVER () AS sequence, trace_id, span_id, parent_span_id,
        start_time_unix_nano AS start_ns, end_time_unix_nano - start_time_unix_nano AS duration_ns,
        name, kind, status, status_message, project, service_name, session_id, user_id, agent_name,
        model, provider, tool_name, experiment, test_case_id, input_tokens, output_tokens,
        cached_tokens, reasoning_tokens, cost_usd, input, output,
        attributes::JSON::MAP(VARCHAR, VARCHAR) AS attributes
    FROM read_csv('{csv}', header = true, types = {{
        'start_time_unix_nano': 'BIGINT', 'end_time_unix_nano': 'BIGINT',
        'input_tokens': 'INTEGER', 'output_tokens': 'INTEGER', 'cached_tokens': 'INTEGER',
        'reasoning_tokens': 'INTEGER', 'cost_usd': 'DECIMAL(18, 12)', 'test_case_id': 'VARCHAR',
        'experiment': 'VARCHAR', 'status_message': 'VARCHAR', 'parent_span_id': 'VARCHAR',
        'trace_id': 'VARCHAR', 'span_id': 'VARCHAR', 'model': 'VARCHAR', 'provider': 'VARCHAR',
        'tool_name': 'VARCHAR'}})"""
_METRICS = """
    SELECT row_number() OVER () AS sequence, project, run_id::INTEGER AS run_id, name,
        step::BIGINT AS step, time_unix_nano::BIGINT AS time_ns, value::DOUBLE AS value
    FROM read_csv('{csv}', header = true, types = {{'value': 'DOUBLE'}})"""
_SCORES = "SELECT session_id, name, value::DOUBLE AS value FROM read_csv('{csv}', header = true)"
_SELECT = {"spans": _SPANS, "metrics": _METRICS, "scores": _SCORES}


class Dataset:
    """Parquet files of one size and seed below a directory; made when they are missing."""

    def __init__(self, directory, spans, metrics, seed):
        self.directory = pathlib.Path(directory)
        self.counts = {"spans": spans, "metrics": metrics, "scores": spans}
        self.seed = seed

    def path(self, kind):
        return self.directory / f"{kind}-{self.counts[kind]}-{self.seed}.parquet"

    def make(self, say):
        self.directory.mkdir(parents=True, exist_ok=True)
        for kind in self.counts:
            if not self.path(kind).exists():
                say(f"generating {self.counts[kind]} {kind}")
                self._make(kind)

    def _make(self, kind):
        csv, partial = self.directory / f"{kind}.csv", self.directory / f"{kind}.partial"
        subprocess.run(
            [program("spanbench"), "generate", "--kind", kind, "--form", "csv", "--count",
             str(self.counts[kind]), "--seed", str(self.seed), "--output", csv],
            check=True, env=environment())
        with duckdb.connect() as connection:
            connection.execute("SET threads = 2; SET memory_limit = '6GB'")
            connection.execute(
                f"COPY ({_SELECT[kind].format(csv=csv)}) TO '{partial}'"
                " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)")
        csv.unlink()
        partial.rename(self.path(kind))
