"""NeMo Intake's face, row by row of what its clients rely on. Numbers in comments are the rows of the
checklist that the face is held to; figures without another source are the reference's own."""

import copy
import json

import pytest

from intake import CASES, START, Intake, judged, span_id, trajectory


@pytest.fixture
def intake(daemon):
    return Intake(daemon)


@pytest.fixture
def filled(intake):
    intake.create("sessions-exp")
    for case in reversed(CASES):
        intake.atif(case)
    return intake


# OTLP


def test_good_spans_are_stored_and_bad_ones_listed(intake):
    answer = intake.otlp({"id": span_id(1), "trace": "00" * 16}, {"id": span_id(2)})  # 7
    assert len(answer["errors"]) == 1
    assert "0000000000000001" in answer["errors"][0] and "trace_id" in answer["errors"][0]
    assert sum(intake.daemon.counts("source", "--workspace", "ws").values()) == 1
    assert intake.otlp({"id": span_id(3)}) == {"errors": []}


def test_transport_codes(intake):
    path = "ingest/otlp/v1/traces"  # 8
    assert intake.post(path, b"{}").status == 415
    assert intake.post(path, bytes((5 << 20) + 1), "application/x-protobuf").status == 413
    assert intake.post(path, b"\x0a\xff\xff", "application/x-protobuf").status == 400
    # A body that does not tell its length is counted as it comes.
    with intake.daemon.connect() as connection:
        answer = connection.post(intake.path(path), iter([bytes(1 << 20)] * 6),
                                 Content_Type="application/x-protobuf")
    assert answer.status == 413


def test_status_words(intake):
    intake.create("e")  # 9
    for number, (code, words) in enumerate(
            [(0, {}), (2, {}), (0, {"status": "canceled"}), (1, {"otel.status_code": "ERROR"})]):
        intake.otlp({"id": span_id(number + 1), "trace": f"{number + 1:032x}", "code": code,
                     "start": START + number,
                     "attributes": {"experiment.id": "e", "session.id": f"s{number}", **words}})
    assert [row["status"] for row in intake.sessions("e")["data"]] == [
        "success", "error", "cancelled", "error"]


def test_session_ids(intake):
    intake.otlp({"id": span_id(1), "attributes": {  # 10
        "gen_ai.conversation.id": "c1", "session.id": "s1"}})
    assert len(intake.spans("c1")) == 1
    intake.otlp({"id": span_id(2), "trace": "0b" * 16}, {"id": span_id(3), "trace": "0b" * 16})
    intake.otlp({"id": span_id(4), "trace": "0b" * 16})
    rows = intake.daemon.rows("trace", "0b" * 16, "--workspace", "ws")
    (session,) = {row["session_id"] for row in rows}
    assert len(rows) == 3 and session.startswith("session-") and len(session) == 40


def test_times(intake):
    intake.create("e")  # 11
    intake.otlp({"id": span_id(1), "start": START + 1_999, "end": 0,
                 "attributes": {"experiment.id": "e", "session.id": "s"}})
    (row,) = intake.sessions("e")["data"]
    assert row["started_at"] == "2026-03-01T10:00:00.000001Z"
    assert row["ended_at"] is None and row["latency_ms"] is None


def test_resource_gives_way_to_the_span(intake):
    intake.otlp({"id": span_id(1), "attributes": {"project.name": "p2", "session.id": "s"}},  # 13
                resource=[("project.name", "p1")])
    assert intake.spans("s")[0]["project"] == "p2"


def test_aliases_by_priority(intake):
    intake.otlp({"id": span_id(1), "attributes": {  # 12
        "gen_ai.request.model": "a", "llm.model_name": "b", "session.id": "s"}})
    (row,) = intake.spans("s")
    assert row["model"] == "a" and row["attributes"]["llm.model_name"] == "b"


def test_messages_before_the_value(intake):
    intake.otlp({"id": span_id(1), "attributes": {  # 14
        "openinference.span.kind": "LLM", "input.value": "x", "session.id": "s",
        "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "hi",
        "llm.input_messages.1.message.role": "assistant"}})
    assert len(json.loads(intake.spans("s")[0]["input"])["messages"]) == 2


# Identity


def test_upsert_across_start_and_session(intake):
    january = 1_769_860_800_000_000_000  # 1, 2
    for start, session, output in [(january, "sess-A", "v1"), (january + 86_400 * 10**9, "sess-B", "v2")]:
        intake.otlp({"id": span_id(1), "start": start,
                     "attributes": {"session.id": session, "output.value": output}})
    assert intake.spans("sess-A") == []
    (row,) = intake.spans("sess-B")
    assert row["output"] == "v2"
    intake.daemon.spanq("compact")  # 5
    assert intake.spans("sess-A") == [] and intake.spans("sess-B") == [row]


def test_other_sources_and_workspaces_are_other_spans(daemon):
    first, second = Intake(daemon, "ws1"), Intake(daemon, "ws2")  # 3
    for intake in (first, second):
        intake.otlp({"id": span_id(1), "trace": "0c" * 16, "attributes": {"session.id": "s"}})
    lines = [{"trace_id": "0c" * 16, "span_id": span_id(1), "source": "atif", "session_id": "s",
              "start_time_unix_nano": START}]
    assert daemon.post_lines("spans", lines, X_Workspace="ws1").status == 200
    assert len(first.spans("s")) == 2 and len(second.spans("s")) == 1


# Costs and sums


def test_costs_are_exact(intake):
    intake.create("e")  # 15
    for session, costs in [("s1", [.0014, .0008]), ("s2", [.1] * 10)]:
        intake.otlp(*[{"id": span_id(number + 1), "trace": f"{session:0>32}".replace("s", "0"),
                       "attributes": {"experiment.id": "e", "session.id": session,
                                      "gen_ai.usage.cost": cost}}
                      for number, cost in enumerate(costs)])
    assert [row["cost_total_usd"] for row in intake.sessions("e")["data"]] == [.0022, 1.0]


def test_sums_are_null_without_a_value(intake):
    intake.create("e")  # 16
    root = {"experiment.id": "e", "session.id": "s"}
    intake.otlp({"id": span_id(1), "attributes": root})
    assert intake.sessions("e")["data"][0]["cached_tokens"] is None
    intake.otlp({"id": span_id(2), "parent": span_id(1), "attributes": {
        "session.id": "s", "gen_ai.usage.cached_tokens": 0}})
    assert intake.sessions("e")["data"][0]["cached_tokens"] == 0


# ATIF


def test_a_trajectory_as_spans(intake):
    call = {"tool_call_id": "c", "function_name": "f", "arguments": {}}  # 17
    answer = intake.atif(trajectory({"source": "user", "message": "hi"},
                                    {"source": "agent", "message": "ok", "tool_calls": [call]}))
    assert answer.body == b""
    kinds = [row["kind"] for row in intake.spans("s")]
    assert sorted(kinds) == ["AGENT", "AGENT", "LLM", "TOOL"]


@pytest.mark.parametrize("steps", [True, False])
def test_totals_are_not_counted_twice(intake, steps):
    metrics = [{"prompt_tokens": 12000, "completion_tokens": 250, "cost_usd": .18},  # 18
               {"prompt_tokens": 18000, "completion_tokens": 350, "cost_usd": .27}]
    intake.create("e")
    intake.atif(trajectory(
        *[{"source": "agent", "message": "x", **({"metrics": metric} if steps else {})}
          for metric in metrics],
        final_metrics={"total_prompt_tokens": 30000, "total_completion_tokens": 600,
                       "total_cost_usd": .45}, experiment_context={"experiment_id": "e"}))
    (row,) = intake.sessions("e")["data"]
    assert (row["input_tokens"], row["output_tokens"], row["cost_total_usd"]) == (30000, 600, .45)


def test_validation(intake):
    step = {"source": "agent", "message": "x"}  # 19
    call = {"tool_call_id": "c", "function_name": "f", "arguments": {}}
    gap = trajectory(step, step)
    gap["steps"][1]["step_id"] = 3
    deep = trajectory(step)
    for level in range(65):
        deep = {**trajectory(), "trajectory_id": str(level), "subagent_trajectories": [
            {**deep, "trajectory_id": "x"}]}
    for bad, said in [(gap, "steps[1].step_id"),
                      (trajectory({**step, "tool_calls": [call, call]}), "tool_call_id"),
                      (trajectory({**step, "x": 1}), "steps[0].x: unknown field"),
                      (trajectory(step, schema_version="ATIF-v2.0"), "schema_version"),
                      (deep, "exceeds configured maximum 64")]:
        assert said in json.loads(intake.atif(bad, status=422).body)["detail"]
    assert intake.post("ingest/atif", b"{").status == 422
    assert intake.spans("s") == []


def test_replay(filled):
    before = (filled.sessions("sessions-exp"), filled.scores())  # 20
    for case in CASES:
        filled.atif(case)
    assert (filled.sessions("sessions-exp"), filled.scores()) == before
    assert len(filled.spans("sessions-exp-run-0-case-a")) == 3 and len(before[1]) == 3


def test_unknown_experiment(intake):
    answer = intake.atif(judged("case-a", 1.0, .05, 1000, 100, 10, 0, "x"), status=400)  # 21
    assert json.loads(answer.body) == {
        "detail": "Experiment 'x' must be created before it can be logged."}
    assert intake.daemon.rows("sessions", "--workspace", "ws") == []


# Experiment sessions


def test_the_sessions_of_the_reference(filled):
    page = filled.sessions("sessions-exp")  # 22, 24
    rows = page["data"]
    assert [row["test_case_id"] for row in rows] == ["case-a", "case-b", "case-c"]
    first = rows[0]
    assert list(first) == [
        "workspace", "experiment_name", "session_id", "test_case_id", "trace_id", "root_span_id",
        "started_at", "ended_at", "latency_ms", "status", "input", "input_tokens", "output_tokens",
        "cached_tokens", "cost_total_usd", "evaluator_scores"]
    assert first["latency_ms"] == 1000.0 and first["status"] == "success"
    assert (first["input_tokens"], first["output_tokens"], first["cached_tokens"]) == (100, 10, None)
    assert first["cost_total_usd"] == .05 and first["evaluator_scores"] == {"harbor.verifier": 1.0}
    assert first["started_at"] == "2026-03-01T10:00:00Z" and first["workspace"] == "ws"
    assert page["pagination"] == {"page": 1, "page_size": 100, "current_page_size": 3,
                                  "total_pages": 1, "total_results": 3}


def test_the_earliest_root_speaks(intake):
    intake.create("e")  # 25
    root = {"experiment.id": "e", "session.id": "s"}
    intake.otlp({"id": span_id(9), "trace": "01" * 16, "start": START + 1, "attributes": root},
                {"id": span_id(5), "trace": "02" * 16, "start": START, "attributes": root},
                {"id": span_id(4), "trace": "03" * 16, "start": START, "attributes": root})
    (row,) = intake.sessions("e")["data"]
    assert row["root_span_id"] == span_id(4) and row["trace_id"] == "03" * 16


def test_only_roots_name_an_experiment(intake):
    intake.create("e")  # 26
    intake.otlp({"id": span_id(1), "attributes": {"session.id": "s"}},
                {"id": span_id(2), "parent": span_id(1),
                 "attributes": {"session.id": "s", "experiment.id": "e"}})
    assert intake.sessions("e")["data"] == []


def test_sums_span_all_traces_of_a_session(filled):
    session = CASES[0]["session_id"]  # 27
    filled.otlp({"id": span_id(1), "attributes": {"session.id": session,
                                                  "gen_ai.usage.input_tokens": 50}})
    assert filled.sessions("sessions-exp")["data"][0]["input_tokens"] == 150


def test_filters(intake):
    intake.create("e")  # 28
    for number, code in enumerate([0, 2, 2]):
        intake.otlp({"id": span_id(number + 1), "start": START + number, "code": code,
                     "attributes": {"experiment.id": "e", "session.id": f"s{number}",
                                    "test_case.id": f"t{number}"}})
    page = intake.sessions("e", "?status=error")
    assert [row["session_id"] for row in page["data"]] == ["s1", "s2"]
    assert page["pagination"]["total_results"] == 2
    page = intake.sessions("e", "?status=error&test_case_id=t2")
    assert [row["session_id"] for row in page["data"]] == ["s2"]
    assert intake.sessions("e", "?filter[status]=cancelled")["data"] == []


def test_paging(filled):
    page = filled.sessions("sessions-exp", "?page_size=2&page=2")  # 29
    assert [row["test_case_id"] for row in page["data"]] == ["case-c"]
    assert page["pagination"] == {"page": 2, "page_size": 2, "current_page_size": 1,
                                  "total_pages": 2, "total_results": 3}
    page = filled.sessions("sessions-exp", "?page=9")
    assert page["data"] == [] and page["pagination"]["total_results"] == 3
    for bad in ["page=0", "page_size=1001", "page=x"]:
        assert filled.get(f"experiments/sessions-exp/sessions?{bad}").status == 422


def test_errors_in_their_order(filled):
    daemon = filled.daemon  # 30
    assert filled.get("experiments/none/sessions").status == 404
    assert filled.get("experiments/none/sessions?status=bogus").status == 404
    assert filled.get("experiments/none/sessions?colour=red").status == 400
    answer = filled.get("experiments/sessions-exp/sessions?status=bogus")
    assert answer.status == 400 and "'cancelled'" in json.loads(answer.body)["detail"]
    daemon.spanq("compact")
    daemon.stop()
    for segment in damaged_spans(daemon):
        segment.write_bytes(b"\x00" * segment.stat().st_size)
    daemon.start()
    assert filled.get("experiments/none/sessions").status == 404
    for query in ["", "?status=bogus"]:
        answer = filled.get(f"experiments/sessions-exp/sessions{query}")
        assert answer.status == 503
        assert json.loads(answer.body) == {"detail": "Telemetry store unavailable."}
    answer = filled.get("experiments/sessions-exp")
    assert answer.status == 200
    body = json.loads(answer.body)
    assert body["cost_usd"] is None and body["aggregate_scores"] is None and body["run_count"] == 0
    assert filled.get("experiments").status == 200
    assert filled.get("experiments?sort=-run_count").status == 503


def damaged_spans(daemon):
    """The segments of spans: the largest file, since the store has one of each table."""
    segments = sorted(daemon.store.glob("workspace-*/segment-*.seg"),
                      key=lambda path: path.stat().st_size)
    return segments[-1:]


def test_means_of_numbers_and_booleans(filled):
    session = CASES[0]["session_id"]  # 31
    lines = [{"session_id": session, "name": "quality", "value": value, "source": str(number)}
             for number, value in enumerate([True, 0, "x"])]
    assert filled.daemon.post_lines("scores", lines, X_Workspace="ws").status == 200
    rows = filled.sessions("sessions-exp")["data"]
    assert rows[0]["evaluator_scores"] == {"harbor.verifier": 1.0, "quality": .5}
    assert rows[1]["evaluator_scores"] == {"harbor.verifier": .5}


# Experiments


def test_create_and_get(intake):
    created = intake.create("e", agent_name="helper", agent_version="2", dataset_name="d",
                            metadata={"k": [1, 2]}, description=None)
    assert created["metadata"] == {"k": [1, 2]} and created["run_count"] == 0
    assert created["agent_name"] == "helper" and created["description"] is None
    assert json.loads(intake.get("experiments/e").body) == created
    assert intake.post("experiments", {"name": "e"}).status == 409
    for bad in [{}, {"name": ""}, {"name": 1}, {"name": "x", "colour": "red"}, [], "x"]:
        assert intake.post("experiments", bad).status == 422, bad
    assert intake.get("experiments/x").status == 404


def test_a_deleted_experiment_is_unknown(intake):
    intake.create("e")
    lines = [{"kind": "experiment", "name": "e", "deleted": True}]
    assert intake.daemon.post_lines("entities", lines, X_Workspace="ws").status == 200
    assert intake.get("experiments/e").status == 404
    assert intake.get("experiments/e/sessions").status == 404
    intake.create("e")


def rolled_up(intake):
    """The reference's roll-up: scores .4 .8 .8 1, costs .05 .1 .2 .3, latencies .5 1.5 2 3 s."""
    intake.create("e")
    intake.create("idle")
    for number, (score, cost, latency) in enumerate(
            [(.4, .05, 500), (.8, .10, 1500), (.8, .20, 2000), (1.0, .30, 3000)]):
        body = judged(f"case-{number}", score, cost, latency, 1, 1, number, "e")
        intake.atif({**body, "session_id": f"run-{number}"})
    return json.loads(intake.get("experiments/e").body)


def test_roll_ups_of_the_reference(intake):
    body = rolled_up(intake)  # 45
    assert body["run_count"] == 4 and body["evaluator_names"] == ["harbor.verifier"]
    assert body["model_names"] == ["provider/sample-model"]
    score = body["aggregate_scores"]["harbor.verifier"]
    assert score == {"sum": 3.0, "mean": .75, "median": .8, "p90": 1.0, "p95": 1.0, "p99": 1.0,
                     "count": 4}
    cost = body["cost_usd"]
    assert (cost["mean"], cost["median"], cost["p90"], cost["p95"], cost["p99"]) == (
        .1625, .2, .3, .3, .3)
    latency = body["latency_ms"]
    assert (latency["mean"], latency["median"], latency["p90"]) == (1750, 2000, 3000)
    (stats,) = intake.daemon.rows("scores", "stats", "--name", "harbor.verifier",
                                  "--workspace", "ws")
    assert stats["count"] == 4 and float(stats["median"]) == .8 and stats["labels"] is None
    (row,) = intake.daemon.rows("experiments", "e", "--workspace", "ws")
    assert row["run_count"] == 4 and row["test_case_count"] == 4
    assert float(row["scores"]["harbor.verifier"]["median"]) == .8


@pytest.mark.parametrize("query,names", [
    ("", ["idle", "e"]), ("?sort=name", ["e", "idle"]), ("?sort=-run_count", ["e", "idle"]),
    ("?sort=cost_usd.mean", ["e", "idle"]), ("?sort=-cost_usd.mean", ["e", "idle"]),
    ("?filter[name]=idle", ["idle"]), ("?filter[cost_usd.mean][$lte]=0.2", ["e"]),
    ("?filter[cost_usd.mean][$lte]=0.1", []), ("?filter[latency_ms.p95][$lte]=3000", ["e"]),
    ("?filter[evaluators.harbor.verifier.mean][$gte]=0.75", ["e"]),
    ("?filter[run_count][$lt]=1", ["idle"]), ("?page_size=1&page=2&sort=name", ["idle"]),
])
def test_the_list_of_experiments(intake, query, names):
    rolled_up(intake)
    body = json.loads(intake.get(f"experiments{query}").body)
    assert [row["name"] for row in body["data"]] == names
    assert set(body["pagination"]) == {
        "page", "page_size", "current_page_size", "total_pages", "total_results"}


def test_bad_lists(intake):
    for query in ["colour=red", "filter[colour]=red", "sort=colour", "filter[cost_usd.mean]=x"]:
        assert intake.get(f"experiments?{query}").status == 400, query


# Sessions in the store's own words


def test_session_detail(daemon):
    spans = [{"trace_id": trace, "span_id": f"s{number}", "session_id": "s", "status": status,  # 33-35
              "start_time_unix_nano": START, "end_time_unix_nano": START + end * 10**9,
              "input_tokens": tokens[0], "output_tokens": tokens[1], "total_tokens": tokens[2],
              "cost_usd": cost}
             for number, (trace, status, end, tokens, cost) in enumerate([
                 ("t1", "ok", 5, (100, 40, 140), "0.0014"), ("t1", "error", 2, (60, 20, 80), ".0008"),
                 ("t2", "ok", 1, (None, None, None), None)])]
    daemon.store_lines("spans", spans)
    (row,) = daemon.rows("sessions")
    assert row["worst_status"] == "error" and row["duration_ms"] == 5000
    assert (row["trace_count"], row["span_count"]) == (2, 3)
    assert (row["input_tokens"], row["output_tokens"], row["total_tokens"]) == (160, 60, 220)
    assert str(row["cost_usd"]) == "0.0022"
    open_span = copy.deepcopy(spans[0]) | {"span_id": "open", "end_time_unix_nano": None}
    daemon.store_lines("spans", [open_span])
    (row,) = daemon.rows("sessions")
    assert row["ended_at"] is None and row["duration_ms"] is None
