"""Random SQL against DuckDB: the same rows, the same query, the same answer in the same order.

SPAND_TEST_SEED changes data and queries, SPAND_SQL_QUERIES their number (scripts/differential). A
query that both refuse counts as the same.
"""

import datetime
import math
import os
import random
import shutil
from decimal import Decimal

import duckdb

import sql_data
from harness import nanoseconds
from sql_queries import Queries

SEED = int(os.environ.get("SPAND_TEST_SEED", "2026"))
QUERIES = int(os.environ.get("SPAND_SQL_QUERIES", "500"))
QUERIES_PER_DATASET = 250
QUERIES_PER_DAEMON = 5_000
TOLERANCE = 1e-12
EPOCH = datetime.datetime(1970, 1, 1)


class Dataset:
    """One workspace of the daemon and one database of DuckDB with the same rows."""

    def __init__(self, daemon, seed):
        self.workspace = f"sql-{seed}"
        chance = random.Random(seed)
        spans = sql_data.spans(chance, chance.choice([1, 50, 1_500, 3_000]))
        metrics = sql_data.metrics(chance, chance.choice([1, 60, 2_000]))
        for table, records in (("spans", spans), ("metrics", metrics)):
            middle = len(records) // 2
            self._store(daemon, table, records[:middle])
            if chance.random() < 0.5:
                # What is sealed and what is in memory must answer as one.
                daemon.spanq("compact")
            self._store(daemon, table, records[middle:])
        self.database = sql_data.database(spans, metrics)
        self.queries = Queries(chance)

    def _store(self, daemon, table, records):
        if records:
            answer = daemon.post_lines(table, records, X_Workspace=self.workspace)
            assert answer.status == 200, answer.body

    def check_next(self, connection):
        query = self.queries.next()
        expected = self._expected(query)
        found = self._found(query, connection)
        assert same_answer(found, expected), self._report(query, found, expected)
        return expected is not None

    def _expected(self, query):
        try:
            cursor = self.database.execute(query)
        except (duckdb.OutOfRangeException, duckdb.ConversionException):
            return None
        return [[plain(value) for value in row] for row in cursor.fetchall()]

    def _found(self, query, connection):
        answer = connection.post("/api/v1/sql?format=csv", query.encode(),
                                 X_Workspace=self.workspace)
        if answer.status != 200:
            return answer.json()["error"]["message"]
        return csv_rows(answer.body.decode())[1:]

    def _report(self, query, found, expected):
        lines = [f"workspace {self.workspace}, seed {SEED}", query]
        if isinstance(found, str) or expected is None:
            return "\n".join(lines + [f"store: {found!r:.300}", f"DuckDB: {expected!r:.300}"])
        for number, (mine, theirs) in enumerate(zip(found, expected)):
            if not same_row(mine, theirs):
                lines += [f"row {number}", f"store:  {mine}", f"DuckDB: {theirs}"]
                break
        return "\n".join(lines + [f"{len(found)} rows, DuckDB has {len(expected)}"])


def csv_rows(text):
    """Rows of CSV; None is an empty cell without quotes."""
    rows, row, position = [], [], 0
    while position < len(text):
        if text[position] == '"':
            end = position + 1
            while text[end] != '"' or text[end + 1:end + 2] == '"':
                end += 2 if text[end] == '"' else 1
            row.append(text[position + 1:end].replace('""', '"'))
            position = end + 1
        else:
            end = position
            while text[end] not in ",\r":
                end += 1
            row.append(text[position:end] or None)
            position = end
        if text[position] == ",":
            position += 1
            if text[position] == "\r":
                row.append(None)
        if text[position] == "\r":
            rows.append(row)
            row = []
            position += 2
    return rows


def plain(value):
    """DuckDB's value as a number, text, bool or nanoseconds."""
    if isinstance(value, datetime.datetime):
        delta = value - EPOCH
        return Time((delta.days * 86_400 + delta.seconds) * 10**9 + delta.microseconds * 1_000)
    if isinstance(value, datetime.date):
        return Time((value - EPOCH.date()).days * 86_400 * 10**9)
    return value


class Time(int):
    pass


def same_answer(found, expected):
    if expected is None:
        return isinstance(found, str)
    return not isinstance(found, str) and len(found) == len(expected) \
        and all(map(same_row, found, expected))


def same_row(found, expected):
    return len(found) == len(expected) and all(map(same, found, expected))


def same(found, expected):
    """A cell of CSV against a value of DuckDB."""
    if expected is None or found is None:
        return found is None and expected is None
    if isinstance(expected, bool):
        return found == ("true" if expected else "false")
    if isinstance(expected, Time):
        return nanoseconds(found) == expected
    if isinstance(expected, int):
        return Decimal(found) == expected
    if isinstance(expected, Decimal):
        return Decimal(found) == expected or \
            math.isclose(float(found), float(expected), rel_tol=TOLERANCE)
    if isinstance(expected, float):
        number = float(found)
        return math.isnan(number) == math.isnan(expected) and (
            math.isnan(number) or math.isclose(number, expected, rel_tol=TOLERANCE))
    return found == expected


def test_random_queries_equal_duckdb(new_daemon):
    answered = 0
    for start in range(0, QUERIES, QUERIES_PER_DAEMON):
        daemon = new_daemon(name=str(start)).start()
        for first in range(start, min(start + QUERIES_PER_DAEMON, QUERIES), QUERIES_PER_DATASET):
            dataset = Dataset(daemon, SEED * 1_000_003 + first)
            # Opened now: a connection that asks nothing is closed after a while.
            with daemon.connect() as connection:
                for _ in range(min(QUERIES_PER_DATASET, QUERIES - first)):
                    answered += dataset.check_next(connection)
        print(f"{min(start + QUERIES_PER_DAEMON, QUERIES)} queries", flush=True)
        assert daemon.stop() == 0
        shutil.rmtree(daemon.home)
    print(f"{QUERIES} queries, {answered} with an answer, the others refused by both")
    # Refusals are rare: a generator that only makes errors would prove nothing.
    assert answered > QUERIES * 0.9
