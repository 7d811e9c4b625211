"""The rows of the checklist that are about the store below the face: what is told apart, added up, paged
and found, asked in every state that data can be in. Numbers in comments are the checklist's rows."""

import json

import pytest

from harness import nanoseconds
from intake import CASES, START, Intake, span_id

DAY = 86_400 * 10**9


def states(daemon):
    """The same data in memory, replayed after a kill, in segments, and opened again."""
    yield "fresh"
    daemon.kill()
    daemon.start()
    yield "replayed"
    daemon.spanq("compact")
    yield "compacted"
    daemon.stop()
    daemon.start()
    yield "restarted"


def everywhere(daemon, *questions):
    """The answers to some questions, the same in every state."""
    answers = [(state, [question() for question in questions]) for state in states(daemon)]
    for state, answer in answers[1:]:
        assert answer == answers[0][1], state
    return answers[0][1]


def span(number, trace="t", **fields):
    return {"trace_id": trace, "span_id": f"s{number}", "start_time_unix_nano": START + number,
            "end_time_unix_nano": START + number + 1_000_000, **fields}


def test_every_answer_is_the_same_in_every_state(daemon):
    intake = Intake(daemon)  # 5, 6, 20, 24, 28, 29, 31, 45
    intake.create("sessions-exp")
    for case in CASES + CASES[:1]:
        intake.atif(case)
    intake.otlp({"id": span_id(1), "end": START + 5, "attributes": {
        "session.id": CASES[0]["session_id"], "gen_ai.usage.input_tokens": 50}})

    def get(tail):
        return lambda: json.loads(intake.get(tail).body)

    def rows(*arguments):
        return lambda: daemon.rows(*arguments, "--workspace", "ws")

    sessions, page, failed, *_ = everywhere(
        daemon, get("experiments/sessions-exp/sessions"),
        get("experiments/sessions-exp/sessions?page=2&page_size=2"),
        get("experiments/sessions-exp/sessions?status=error"), get("experiments/sessions-exp"),
        get("experiments?sort=-cost_usd.mean"), rows("sessions"), rows("sessions", "--by", "status"),
        rows("traces"), rows("session", CASES[1]["session_id"]), rows("scores"), rows("experiments"))
    assert [row["input_tokens"] for row in sessions["data"]] == [150, 200, 300]
    assert page["pagination"]["total_results"] == 3 and failed["data"] == []


def test_roots_and_sums_in_every_state(daemon):
    intake = Intake(daemon)  # 15, 16, 25, 26, 27, 28
    intake.create("e")
    root = {"experiment.id": "e", "session.id": "s"}
    intake.otlp(
        {"id": span_id(9), "trace": "01" * 16, "start": START + 1, "attributes": root},
        {"id": span_id(5), "trace": "02" * 16, "code": 2, "attributes": root},
        {"id": span_id(4), "trace": "03" * 16, "code": 2, "attributes": {
            **root, "gen_ai.usage.cost": .0014, "gen_ai.usage.cached_tokens": 0}},
        {"id": span_id(6), "trace": "03" * 16, "parent": span_id(4), "attributes": {
            "session.id": "s", "gen_ai.usage.cost": .0008}},
        {"id": span_id(7), "trace": "04" * 16, "attributes": {"session.id": "none"}},
        {"id": span_id(8), "trace": "04" * 16, "parent": span_id(7), "attributes": {
            **root, "session.id": "none"}})

    def sessions(query=""):
        return lambda: intake.sessions("e", query)["data"]

    (row,), successes, errors, alone = everywhere(
        daemon, sessions(), sessions("?status=success"), sessions("?status=error"),
        lambda: intake.sessions("e", "?page_size=1")["pagination"])
    assert row["root_span_id"] == span_id(4) and row["status"] == "error"
    assert (row["cost_total_usd"], row["cached_tokens"], row["input_tokens"]) == (.0022, 0, None)
    # The earliest root is chosen first, and filtered then.
    assert successes == [] and errors == [row]
    assert (alone["total_results"], alone["total_pages"]) == (1, 1)


def test_what_replaces_and_what_hides(daemon):
    def lines(*records):  # 4
        daemon.store_lines("spans", list(records))
        return [row["output"] for row in daemon.rows("trace", "t")]

    assert lines(span(1, version=5, output="v5")) == ["v5"]
    assert lines({"trace_id": "t", "span_id": "s1", "version": 5, "deleted": True}) == []
    assert lines(span(1, version=4, output="v4")) == []
    assert lines(span(1, version=6, output="v6")) == ["v6"]
    daemon.store_lines("spans", [span(2, version=7), {
        "trace_id": "t", "span_id": "s2", "version": 7, "deleted": True}])
    (rows,) = everywhere(daemon, lambda: daemon.rows("trace", "t"))
    assert [row["output"] for row in rows] == ["v6"]


def test_a_batch_is_stored_whole_or_not_at_all(daemon):
    bad = [span(1), {**span(2), "start_time_unix_nano": -1.5}, span(3)]  # 23
    answer = daemon.post_lines("spans", bad)
    assert answer.status == 400 and answer.json()["rejected"][0]["line"] == 2
    assert daemon.rows("trace", "t") == []
    with daemon.connect() as connection:
        body = "".join(json.dumps(line) + "\n" for line in bad).encode()
        answer = connection.post("/api/v1/spans?partial=true", body).json()
    assert (answer["accepted"], answer["rejected_count"]) == (2, 1)
    (rows,) = everywhere(daemon, lambda: daemon.rows("trace", "t"))
    assert [row["span_id"] for row in rows] == ["s1", "s3"]


def test_scores_need_a_value_and_a_target_but_no_span(daemon):
    for bad in [{"name": "q", "session_id": "s"}, {"name": "q", "value": 1},  # 32
                {"name": "q", "session_id": "s", "value": None},
                {"name": "q", "session_id": "s", "value": [1]}]:
        assert daemon.post_lines("scores", [bad]).status == 400, bad
    daemon.store_lines("scores", [{"name": "q", "span_id": "not there yet", "value": 1}])
    (rows,) = everywhere(daemon, lambda: daemon.rows("scores"))
    assert [row["span_id"] for row in rows] == ["not there yet"]


def test_the_worst_status_of_a_session(daemon):
    daemon.store_lines("spans", [span(1, session_id="s", status="success"),  # 33
                                 span(2, session_id="s", status="cancelled")])
    (rows,) = everywhere(daemon, lambda: daemon.rows("sessions"))
    assert rows[0]["worst_status"] == "cancelled" and rows[0]["status"] == "success"
    daemon.store_lines("spans", [span(3, session_id="s", status="error")])
    (rows,) = everywhere(daemon, lambda: daemon.rows("sessions"))
    assert rows[0]["worst_status"] == "error" and rows[0]["status"] == "success"


def test_conditions_on_spans(daemon):
    daemon.store_lines("spans", [  # 36, 37
        span(1, model="gpt-a", status="error", input_tokens=99),
        span(2, model="gpt-a", status="ok", input_tokens=100),
        span(3, model="gpt-b", status="error", input_tokens=101), span(4, status="error")])

    def found(condition):
        return lambda: [row["span_id"] for row in daemon.rows(
            "sql", f"SELECT span_id FROM spans WHERE {condition}")]

    assert everywhere(
        daemon, found("model = 'gpt-a' AND status = 'error'"), found("input_tokens >= 100"),
        found("input_tokens > 100"), found("input_tokens < 100"), found("input_tokens <= 100"),
        found("input_tokens = 100"), found("NOT input_tokens = 100"),
    ) == [["s1"], ["s2", "s3"], ["s3"], ["s1"], ["s1", "s2"], ["s2"], ["s1", "s3"]]
    with daemon.connect() as connection:
        assert connection.get("/api/v1/traces?colour=red").status == 400
        assert connection.get("/api/v1/sessions?colour=red").status == 400


def test_groups_of_spans_and_ties(daemon):
    start = {"start_time_unix_nano": START}  # 38, 39
    daemon.store_lines("spans", [span(number, trace=f"t{number % 2 + number // 3}", **start,
                                      session_id=f"x{number:02}") for number in range(10)])
    counts = [(f"t{number}", count) for number, count in ((0, 2), (1, 2), (2, 4), (3, 1), (4, 1))]

    def rows(path):
        with daemon.connect() as connection:
            return connection.get(f"/api/v1/{path}").json()["rows"]

    def groups():
        return [(row["trace_id"], row["span_count"]) for row in rows("traces?order=span_count:desc")]

    def pages(question, key):
        return lambda: [row[key] for page in range(1, 6) for row in rows(
            f"{question}?page={page}&page_size=3&order=started_at:desc")]

    def spans():
        return [row["span_id"] for session in rows("sessions?order=project") for row in rows(
            f"session/{session['session_id']}?order=start_time:desc")]

    found, sessions, traces, ids = everywhere(
        daemon, groups, pages("sessions", "session_id"), pages("traces", "trace_id"), spans)
    assert found == sorted(counts, key=lambda group: (-group[1], group[0]))
    assert sessions == [f"x{number:02}" for number in range(10)]
    assert traces == sorted(trace for trace, _ in counts)
    assert ids == [f"s{number}" for number in range(10)]


def test_traces_with_and_without_their_root(daemon):
    child = span(2, parent_span_id="s1", session_id="s", name="child", input="not the root's",  # 40
                 output_tokens=128, input_tokens=310, cost_usd=".0037", model="b", status="error")
    daemon.store_lines("spans", [child])
    (rows,) = everywhere(daemon, lambda: daemon.rows("traces"))
    assert [(row["state"], row["name"], row["input"]) for row in rows] == [("rootless", "child", None)]
    root = span(1, session_id="s", name="root", input="é" * 400, input_tokens=110,  # 41, 42
                cached_tokens=128, cost_usd=".0024", total_tokens=858, model="a", status="ok")
    daemon.store_lines("spans", [root])
    with daemon.connect() as connection:
        answer = connection.get("/api/v1/traces?page_size=1").json()
    assert answer["total"] == 1 and answer["truncated"] is False
    ((row,),) = everywhere(daemon, lambda: daemon.rows("traces"))
    assert (row["state"], row["name"], row["input"]) == ("finished", "root", "é" * 300)
    assert (row["input_tokens"], row["output_tokens"], row["cached_tokens"], row["total_tokens"]) == (
        420, 128, 128, 858)
    assert str(row["cost_usd"]) == "0.0061" and row["models"] == ["a", "b"]
    assert (row["span_count"], row["error_count"], row["status"]) == (2, 1, "ok")
    daemon.store_lines("spans", [{**span(3, session_id="s"), "end_time_unix_nano": None}])
    (row,) = daemon.rows("traces")
    assert row["state"] == "running" and row["ended_at"] is None


def test_days_of_a_time_zone(daemon):
    # 2026-03-28T23:30Z is already the 29th in Berlin, a day of 23 hours.
    times = [1_774_740_600, 1_774_740_600 + 22 * 3600, 1_774_740_600 + 23 * 3600]  # 43
    daemon.store_lines("spans", [
        {"trace_id": "t", "span_id": str(time), "start_time_unix_nano": time * 10**9}
        for time in times])
    (rows,) = everywhere(daemon, lambda: daemon.rows(
        "latency", "--by", "project", "--bucket", "1d", "--tz", "Europe/Berlin"))
    starts = [nanoseconds(row["bucket_start"]) for row in rows]
    assert [row["count"] for row in rows] == [2, 1]
    assert starts[1] - starts[0] == 23 * 3600 * 10**9


def test_nulls_are_last_both_ways(daemon):
    daemon.store_lines("spans", [  # 44
        span(1, trace="a", session_id="a", cost_usd=".1"), span(2, trace="b", session_id="b"),
        span(3, trace="c", session_id="c", cost_usd=".2")])

    def order(question, key, order):
        return lambda: [row[key] for row in daemon.rows(question, "--order", order)]

    assert everywhere(
        daemon, order("sessions", "session_id", "cost_usd:desc"),
        order("sessions", "session_id", "cost_usd"), order("traces", "trace_id", "cost_usd:desc"),
        order("traces", "trace_id", "cost_usd"), order("sessions", "session_id", "experiment:desc"),
    ) == [["c", "a", "b"], ["a", "c", "b"], ["c", "a", "b"], ["a", "c", "b"], ["a", "b", "c"]]


@pytest.mark.parametrize("durations,method,p50", [
    ([10, 20, 30, 40, 50], "interpolated", 30), ([1, 2, 3, 4], "interpolated", 2.5),
    ([500, 1500, 2000, 3000], "index", 2000),
])
def test_percentiles(daemon, durations, method, p50):
    daemon.store_lines("spans", [  # 45, 46
        {**span(number), "end_time_unix_nano": START + number + duration * 1_000_000}
        for number, duration in enumerate(durations)])
    (rows,) = everywhere(daemon, lambda: daemon.rows(
        "latency", "--by", "project", "--method", method))
    assert rows[0]["p50_ms"] == p50


def test_annotations_are_entities(daemon):
    def note(text, **fields):  # 48
        daemon.store_lines("entities", [{"kind": "annotation", "project": "p", "name": "ann-1",
                                         "body": {"span_id": "s1", "text": text}, **fields}])

    def texts():
        return [row["text"] for row in daemon.rows(
            "sql", "SELECT body['text'] AS text FROM entities WHERE kind = 'annotation'")]

    note("first")
    note("second")
    assert everywhere(daemon, texts) == [["second"]]
    note("", deleted=True)
    assert everywhere(daemon, texts) == [[]]


def test_texts_are_found_in_any_case(daemon):
    daemon.store_lines("spans", [span(1, output="connection timeout"), span(2, input="a TimeOut"),  # 50
                                 span(3, output="tim out"), span(4)])

    def found(column, pattern):
        return lambda: [row["span_id"] for row in daemon.rows(
            "sql", f"SELECT span_id FROM spans WHERE {column} ILIKE '%{pattern}%'")]

    assert everywhere(daemon, found("output", "TimeOut"), found("input", "timeout"),
                      found("output", "TIM")) == [["s1"], ["s2"], ["s1", "s3"]]


def test_a_case_counts_once_however_often_it_was_tried(daemon):
    values = [("A", 0), ("B", 1), ("B", 1), ("B", 1)]  # 47
    daemon.store_lines("spans", [
        span(number, trace=f"t{number}", session_id=f"r{number}", test_case_id=case, experiment="e")
        for number, (case, _) in enumerate(values)])
    daemon.store_lines("scores", [{"name": "q", "session_id": f"r{number}", "value": value}
                                  for number, (_, value) in enumerate(values)])

    def cases():
        return [(row["test_case_id"], float(row["mean"])) for row in daemon.rows(
            "sql", "SELECT test_case_id, avg(CAST(scores['q'] AS DOUBLE)) AS mean FROM sessions"
            " GROUP BY test_case_id ORDER BY test_case_id")]

    (means,) = everywhere(daemon, cases)
    assert means == [("A", 0), ("B", 1)] and sum(mean for _, mean in means) / len(means) == .5
