"""Asks one question of everybody: equality first, then everyone in turn, round after round, so that
whatever disturbs the machine disturbs all of them alike. Each is asked once more just before it is
timed: a peer's turn empties the processor's caches, and who comes behind it would pay for that."""

import statistics
import time
from dataclasses import dataclass, field
from typing import Callable

from . import ours
from .equality import difference, normalised

ROUNDS = 9
# A contestant that takes longer in all gets fewer rounds, but never fewer than three.
SECONDS_PER_CONTESTANT = 6.0
# Our two views, deduplicated and every write, are also timed by themselves, in pairs.
VIEW_PAIRS = 24


@dataclass
class Contestant:
    """One engine in one form. `ask` gives the answer to a variant as it comes, `rows` parses it."""
    name: str
    ask: Callable
    rows: Callable
    is_dedup: bool
    milliseconds: list[float] = field(default_factory=list)
    answer_bytes: int = 0
    failure: str | None = None

    @property
    def median(self):
        return statistics.median(self.milliseconds) if self.milliseconds else None

    def report(self):
        if not self.milliseconds:
            return {"failure": self.failure}
        ordered = sorted(self.milliseconds)
        return {"median_ms": self.median, "min_ms": ordered[0], "max_ms": ordered[-1],
                "p99_ms": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
                "rounds": len(ordered), "answer_bytes": self.answer_bytes}


class Ours:
    """The daemon through one kept connection."""

    def __init__(self, client):
        self.client = client

    def contestants(self, question):
        """Deduplicated as JSON and as Arrow, and every write as JSON."""
        forms = [("ours", True, False), ("ours arrow", True, True)] if question.has_dedup else \
            [("ours raw arrow", False, True)]
        if question.has_raw:
            forms.append(("ours raw", False, False))
        for name, is_dedup, is_arrow in forms:
            alternatives = [self._requests(variant, is_dedup, is_arrow)
                            for variant in question.variants]
            choice = self._available(alternatives[0])
            requests = dict(zip(map(id, question.variants), alternatives))
            rows = ours.arrow_rows if is_arrow else ours.rows
            yield Contestant(
                name, lambda variant, r=requests, c=choice: self.ask(r[id(variant)], c),
                lambda answers, rows=rows: [row for answer in answers for row in rows(answer)],
                is_dedup)

    def ask(self, alternatives, choice):
        """The answers' bytes, all of them received; a view holds until the next request."""
        if choice is None:
            raise ours.NotAvailable("no form of the question is known")
        answers = []
        for request in alternatives[choice]:
            status, body = self.client.exchange(request)
            if status != 200:
                raise ours.NotAvailable(f"status {status}: {bytes(body[:200]).decode()}")
            answers.append(bytes(body) if len(alternatives[choice]) > 1 else body)
        return answers

    @staticmethod
    def _requests(variant, is_dedup, is_arrow):
        alternatives = variant.ours if is_dedup else variant.ours_raw
        if not is_arrow:
            return alternatives
        return [[ours.as_arrow(request) for request in requests] for requests in alternatives]

    def _available(self, alternatives):
        """The first alternative that this build knows."""
        for index, requests in enumerate(alternatives):
            if self.client.exchange(requests[0])[0] == 200:
                return index
        return None


def _table_rows(table):
    return table.to_pylist() if table is not None else []


def clickhouse_contestants(engine, question):
    forms = [("ClickHouse", "", "", False)] * question.has_raw
    if question.has_dedup:
        final = " SETTINGS do_not_merge_across_partitions_select_final = 1"
        forms += [("ClickHouse FINAL merged", "_merged FINAL", "", True),
                  ("ClickHouse FINAL merged, by day", "_merged FINAL", final, True),
                  ("ClickHouse FINAL unmerged", "_unmerged FINAL", "", True)]
    for name, suffix, settings, is_dedup in forms:
        def statement(variant, suffix=suffix, settings=settings):
            return variant.clickhouse.replace("{spans}", "spans" + suffix).replace(
                "{metrics}", "metrics" + suffix) + settings
        yield Contestant(name, lambda variant, s=statement: engine.ask(s(variant)),
                         engine.parse, is_dedup)


_DUCKDB_DEDUP = {
    "{spans}": "(SELECT * FROM spans QUALIFY row_number() OVER (PARTITION BY trace_id, span_id"
               " ORDER BY sequence DESC) = 1)",
    "{metrics}": "(SELECT * FROM metrics QUALIFY row_number() OVER (PARTITION BY run_id, name, step"
                 " ORDER BY time_ns DESC, sequence DESC) = 1)",
}


def duckdb_contestants(engine, question):
    forms = [("DuckDB", {"{spans}": "spans", "{metrics}": "metrics"}, False)] * question.has_raw
    if question.has_dedup:
        forms.append(("DuckDB deduplicated", _DUCKDB_DEDUP, True))
    for name, sources, is_dedup in forms:
        def statement(variant, sources=sources):
            statement = variant.duckdb
            for place, source in sources.items():
                statement = statement.replace(place, source)
            return statement
        yield Contestant(name, lambda variant, s=statement: engine.ask(s(variant)),
                         _table_rows, is_dedup)


def hold(question, contestants, say):
    """Runs the contest; the report of one question."""
    _compare(question, contestants, say)
    _time(question, [c for c in contestants if c.failure is None])
    views = {c.name: c for c in contestants if c.failure is None and c.name in ("ours", "ours raw")}
    return {"dedup_over_raw": _view_ratio(question, *views.values()) if len(views) == 2 else None,
            "key": question.key, "title": question.title,
            "target_clickhouse": question.target_clickhouse,
            "target_duckdb": question.target_duckdb,
            "contestants": {c.name: c.report() for c in contestants}}


def _compare(question, contestants, say):
    """Everyone's answers to every variant against the reference of the same view: that of the first
    peer that answers. Who fails or differs is not timed."""
    for variant in question.variants:
        reference = {}
        for contestant in sorted(contestants, key=lambda c: c.name.startswith("ours")):
            if contestant.failure:
                continue
            try:
                rows = _renamed(contestant.rows(contestant.ask(variant)), question.rename)
                rows = normalised(rows, question)
            except Exception as error:  # any failure of an engine is a result to report
                contestant.failure = f"{type(error).__name__}: {error}".split("\n")[0][:300]
                say(f"{question.key} {contestant.name}: {contestant.failure}")
                continue
            other = reference.setdefault(contestant.is_dedup, rows)
            unequal = difference(rows, other) if other is not rows else None
            if unequal:
                contestant.failure = f"unequal: {unequal}"[:300]
                say(f"{question.key} {contestant.name}: {contestant.failure}")


def _renamed(rows, names):
    """Rows with the engine's names; ours already has the right ones."""
    if not names or not rows or not any(name in rows[0] for name in names):
        return rows
    return [{names.get(name, name): value for name, value in row.items()} for row in rows]


def _time(question, contestants):
    clock = time.perf_counter
    spent = dict.fromkeys((c.name for c in contestants), 0.0)
    # The comparison has asked everyone everything: all are warm.
    for round_number in range(ROUNDS * len(question.variants)):
        variant = question.variants[round_number % len(question.variants)]
        turn = round_number % max(1, len(contestants))
        order = contestants[turn:] + contestants[:turn]
        # Every other pass over the variants backwards.
        if round_number // len(question.variants) % 2 == 1:
            order.reverse()
        for contestant in order:
            if spent[contestant.name] > SECONDS_PER_CONTESTANT and len(contestant.milliseconds) > 2:
                continue
            contestant.ask(variant)
            start = clock()
            answer = contestant.ask(variant)
            seconds = clock() - start
            contestant.milliseconds.append(seconds * 1e3)
            spent[contestant.name] += seconds
            contestant.answer_bytes = _size(answer)


def _view_ratio(question, dedup, raw):
    """The median of the deduplicated answer's time divided by that of every write, asked right after
    each other and in both orders: among peers the two would have different neighbours."""
    clock = time.perf_counter
    ratios, spent = [], 0.0
    for number in range(VIEW_PAIRS):
        variant = question.variants[number // 2 % len(question.variants)]
        seconds = {}
        for contestant in (dedup, raw) if number % 2 == 0 else (raw, dedup):
            start = clock()
            contestant.ask(variant)
            seconds[contestant.name] = clock() - start
        ratios.append(seconds[dedup.name] / seconds[raw.name])
        spent += sum(seconds.values())
        if spent > SECONDS_PER_CONTESTANT and number % 2 == 1 and number > 4:
            break
    return statistics.median(ratios)


def _size(answer):
    if isinstance(answer, list):
        return sum(len(part) for part in answer)
    return len(answer) if isinstance(answer, (bytes, memoryview)) else answer.nbytes
