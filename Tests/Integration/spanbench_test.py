"""spanbench: the same seed gives the same bytes, the data has the shape the benchmarks assume, and
a small run against a daemon stores what it says."""

import csv
import hashlib
import io
import json
import os
import subprocess
from collections import Counter

import pytest

from harness import environment, program

SPANS = 40_000


def spanbench(*arguments, home):
    result = subprocess.run(
        [program("spanbench"), *map(str, arguments)], capture_output=True, env=environment(home),
        timeout=120)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


@pytest.fixture(scope="module")
def spans(tmp_path_factory):
    text = spanbench("generate", "--form", "csv", "--count", SPANS,
                     home=tmp_path_factory.getbasetemp())
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


# The data of published figures: a change here is a change of every benchmark.
@pytest.mark.parametrize("kind, form, digest", [
    ("spans", "ndjson", "f8503d1b9b1809bc"),
    ("spans", "csv", "961434c9d482fbe7"),
    ("metrics", "ndjson", "0f5515f4fa716600"),
    ("scores", "ndjson", "887e7681b9349367"),
])
def test_a_seed_gives_the_same_bytes(home, kind, form, digest):
    text = spanbench("generate", "--kind", kind, "--form", form, "--count", 2_000, "--seed", 7,
                     home=home)
    assert hashlib.sha256(text).hexdigest()[:16] == digest


def test_batches_and_threads_do_not_change_the_data(home):
    one = spanbench("generate", "--count", 3_000, "--batch", 3_000, home=home)
    many = spanbench("generate", "--count", 3_000, "--batch", 7, home=home)
    assert one == many
    assert one != spanbench("generate", "--count", 3_000, "--seed", 2, home=home)


def test_spans_have_their_shape(spans):
    assert len(spans) == SPANS
    share = {name: sum(bool(row[name]) for row in spans) / SPANS for name in spans[0]}
    assert 0.5 < share["model"] < 0.75 and share["input_tokens"] == share["model"]
    assert 0.02 < sum(row["status"] == "error" for row in spans) / SPANS < 0.045
    assert 8 < SPANS / len({row["trace_id"] for row in spans}) < 13
    assert len({row["agent_name"] for row in spans}) == 40
    assert len({row["project"] for row in spans}) == 8
    assert len({row["model"] for row in spans} - {""}) == 25
    lengths = [len(row[name]) for row in spans for name in ("input", "output")]
    assert min(lengths) >= 100 and max(lengths) <= 600
    assert 0.07 < sum("kaleidoscope" in row["output"] for row in spans) / SPANS < 0.09
    assert all(5 <= len(json.loads(row["attributes"])) <= 10 for row in spans[:1_000])


def test_one_percent_is_delivered_again_with_changes(spans):
    writes = Counter((row["trace_id"], row["span_id"]) for row in spans)
    assert 0.007 < (SPANS - len(writes)) / SPANS < 0.013
    versions = [row for row in spans if writes[row["trace_id"], row["span_id"]] == 2]
    assert len({tuple(row.values()) for row in versions}) == len(versions)


def test_spans_arrive_in_order_but_for_late_ones(spans):
    ends = [int(row["end_time_unix_nano"]) for row in spans]
    assert (max(ends) - min(ends)) / 86_400e9 == pytest.approx(10, abs=0.5)
    latest, late = 0, 0
    for end in ends:
        latest = max(latest, end)
        late += latest - end > 600e9
    assert 0.002 < late / SPANS < 0.03


def test_sessions_have_a_long_tail(spans):
    sizes = sorted(Counter(row["session_id"] for row in spans).values())
    assert 20 < SPANS / len(sizes) < 45
    assert sizes[-1] > 20 * sizes[len(sizes) // 2]


@pytest.mark.parametrize("form", ["ndjson", "otlp"])
def test_ingest_stores_what_it_reports(daemon, form):
    text = spanbench("ingest", "--socket", daemon.socket, "--data-dir", daemon.store, "--form",
                     form, "--count", 3_000, "--batch", 100, "--clients", 3, "--compact",
                     home=daemon.home)
    report = json.loads(text)
    assert report["ingest"]["rows"] == daemon.writes() == 3_000
    assert report["ingest"]["acknowledgement"]["count"] == 30
    assert report["processor_seconds"] >= 0 and report["daemon"]["store_bytes"] > 0
    assert report["disk_sync"]["p50_us"] > 0


def test_both_wire_forms_give_the_same_answers(new_daemon, home):
    answers = []
    for form in ("ndjson", "otlp"):
        daemon = new_daemon(name=form).start()
        spanbench("ingest", "--socket", daemon.socket, "--form", form, "--count", 3_000,
                  "--clients", 1, home=home)
        answers.append([daemon.rows("latency", "--by", "agent_name,project,service_name,status"),
                        daemon.rows("costs", "--by", "model"), daemon.rows("sessions")])
    assert answers[0] == answers[1]


def test_questions_are_answered_alone_and_while_data_comes(daemon):
    to_daemon = ("--socket", daemon.socket, "--data-dir", daemon.store)
    for kind in ("spans", "metrics", "scores"):
        spanbench("ingest", *to_daemon, "--kind", kind, "--count", 3_000, home=daemon.home)
    asked = json.loads(spanbench("query", *to_daemon, "--count", 3_000, "--rounds", 2,
                                 home=daemon.home))["questions"]
    assert list(asked) == [
        "Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10", "Q12c", "Q13"]
    assert all(result["count"] == 2 and result["p50_us"] > 0 for result in asked.values())
    empty = len('{"rows":[],"truncated":false}\n')
    assert all(result["answer_bytes"] > empty for result in asked.values())
    mixed = json.loads(spanbench("mixed", *to_daemon, "--count", 3_000, "--ingest", 3_000,
                                 "--only", "Q1,Q6", home=daemon.home))
    assert mixed["ingest"]["rows"] == 3_000
    assert daemon.is_alive()


def test_codec_reports_every_column_with_values(home):
    report = json.loads(spanbench("codec", "--rounds", 1, home=home))
    assert {"trace_id", "start_time", "name", "cost_usd", "output"} <= set(report["spans"])
    assert report["text_blocks"]["zstd-1"]["ratio"] > 1.5


def test_bodies_are_decoded_whole_or_refused(home, tmp_path):
    """The file that other decoders are measured with: as many spans as were written; a torn one is told."""
    bodies = tmp_path / "bodies"
    spanbench("bodies", bodies, home=home)
    report = json.loads(spanbench("decode", bodies, "--rounds", 1, home=home))
    assert report["spans"] == 64_000 and 600 < report["bytes"] / report["spans"] < 800
    os.truncate(bodies, bodies.stat().st_size - 1)
    with pytest.raises(AssertionError, match="ends within a body"):
        spanbench("decode", bodies, home=home)
