"""The comparison with other systems never prints a ratio of unequal answers (Benchmarks/peers)."""

import sys
from decimal import Decimal

import pytest

from harness import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "Benchmarks"))

from peers import contest, equality, report  # noqa: E402
from peers.questions import Question, Variant  # noqa: E402

COLUMNS = {"name": equality.text, "mean": equality.number, "cost": equality.decimal}
ROWS = [{"name": "a", "mean": 0.1, "cost": Decimal("1.10")}, {"name": "b", "mean": 2, "cost": None}]


def question():
    return Question("Q0", "a question", 2, 2, COLUMNS, [Variant([], [], "", "")])


def contestant(name, rows):
    return contest.Contestant(name, lambda variant: [b"x"], lambda answer: rows, is_dedup=True)


def held(ours):
    contestants = [contestant("ours", ours), contestant("ClickHouse FINAL merged", ROWS),
                   contestant("DuckDB deduplicated", ROWS)]
    return contest.hold(question(), contestants, lambda line: None)


def test_equal_answers_are_timed():
    written_otherwise = [{"name": "b", "mean": 2.0, "cost": None},
                         {"name": b"a", "mean": 0.1 + 1e-12, "cost": "1.1"}]
    result = held(written_otherwise)
    assert result["contestants"]["ours"]["rounds"] == contest.ROUNDS
    assert report.ratios(result)["clickhouse"] is not None


@pytest.mark.parametrize("wrong", [
    ROWS[:1],
    ROWS + ROWS[:1],
    [{**ROWS[0], "mean": 0.1 * (1 + 1e-8)}, ROWS[1]],
    [{**ROWS[0], "cost": Decimal("1.11")}, ROWS[1]],
    [{**ROWS[0], "name": "A"}, ROWS[1]],
    [{**ROWS[0], "mean": None}, ROWS[1]],
])
def test_an_unequal_answer_has_no_time_and_no_ratio(wrong):
    result = held(wrong)
    assert result["contestants"]["ours"]["failure"].startswith("unequal: ")
    assert report.ratios(result) == {"clickhouse": None, "duckdb": None, "dedup_over_raw": None}
    assert "unequal" in report.question_table([result])
    assert "median_ms" in result["contestants"]["ClickHouse FINAL merged"]


@pytest.mark.parametrize("read, one, other", [
    (equality.text, "", None),
    (equality.instant, 1_794_182_400_000_000_001, "2026-11-09T00:00:00.000000001Z"),
    (equality.hexadecimal, "00ab", "ab"),
    (equality.number, float("nan"), None),
    (equality.scores, {"quality": 0.5}, [{"name": "quality", "mean": 0.5}]),
    (equality.attributes, {"hit": True, "count": 3}, [("count", "3"), ("hit", "true")]),
])
def test_the_same_value_is_the_same_however_a_system_writes_it(read, one, other):
    assert read(one) == read(other)
