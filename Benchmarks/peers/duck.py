"""DuckDB in process, on disk and checkpointed, rows in order of arrival. Two threads."""

import duckdb

_SPANS = """
    SELECT sequence, trace_id::UUID AS trace_id, ('0x' || span_id)::UBIGINT AS span_id,
        ('0x' || parent_span_id)::UBIGINT AS parent_span_id,
        * EXCLUDE (sequence, trace_id, span_id, parent_span_id)
    FROM '{path}'"""
_SELECT = {"spans": _SPANS, "metrics": "SELECT * FROM '{path}'", "scores": "SELECT * FROM '{path}'"}


class DuckDB:
    name = "DuckDB"

    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / "bench.duckdb"
        self.connection = duckdb.connect(str(self.path))
        self.connection.execute("SET threads = 2; SET memory_limit = '6GB'")
        self.version = duckdb.__version__

    def load(self, dataset, say):
        known = {row[0] for row in self.connection.execute("SHOW TABLES").fetchall()}
        for table in dataset.counts:
            if table not in known:
                say(f"loading {table} into DuckDB")
                select = _SELECT[table].format(path=dataset.path(table))
                self.connection.execute(f"CREATE TABLE {table} AS {select}")
        self.connection.execute("CHECKPOINT")

    def ask(self, text):
        """The whole answer as an Arrow table."""
        return self.connection.sql(text).to_arrow_table()

    table = ask

    def bytes_of(self, table):
        """Compressed bytes of a table's blocks."""
        row = self.connection.execute(
            f"SELECT count(DISTINCT block_id) * 262144 FROM pragma_storage_info('{table}')"
            " WHERE block_id >= 0").fetchone()
        return row[0]

    def close(self):
        self.connection.close()
