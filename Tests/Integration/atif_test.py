"""ATIF trajectories through the programs: in, asked about, out again."""

import copy
import json
from decimal import Decimal

from harness import SAMPLES

TRAJECTORY = {
    "schema_version": "ATIF-v1.7",
    "session_id": "trip-1",
    "agent": {"name": "planner", "version": "3", "model_name": "m-large",
              "tool_definitions": [{"type": "function", "function": {"name": "shell"}}]},
    "notes": "caf\u00e9",
    "steps": [
        {"step_id": 1, "source": "system", "message": "Be brief."},
        {"step_id": 2, "timestamp": "2026-03-01T10:00:00+00:00", "source": "user",
         "message": [{"type": "text", "text": "List the files."}]},
        {"step_id": 3, "timestamp": "2026-03-01T10:00:01.250Z", "source": "agent", "message": "",
         "tool_calls": [{"tool_call_id": "c1", "function_name": "shell",
                         "arguments": {"command": "ls"}}],
         "observation": {"results": [{"source_call_id": "c1", "content": "[error] no shell"}]},
         "metrics": {"prompt_tokens": 1200, "completion_tokens": 25, "cached_tokens": 1000,
                     "cost_usd": 0.0023400000000000001, "logprobs": [-0.5]}},
        {"step_id": 4, "timestamp": "2026-03-01T10:00:03Z", "source": "agent",
         "message": "There is no shell.", "metrics": {"prompt_tokens": 1300}},
    ],
    "final_metrics": {"total_prompt_tokens": 2500, "total_completion_tokens": 25,
                      "total_cost_usd": 0.00234},
    "extra": {"verifier": {"finished_at": "2026-03-01T10:00:05Z"},
              "verifier_result": {"rewards": {"reward": True}}},
}


def store(daemon, tmp_path, trajectory, **options):
    path = tmp_path / "trajectory.json"
    path.write_text(json.dumps(trajectory, indent=1))
    return daemon.spanq("ingest", "atif", str(path), **options)


def export(daemon, session="trip-1"):
    return json.loads(daemon.spanq("export", "atif", session).stdout)


def test_round_trip_survives_compaction(daemon, tmp_path):
    result = store(daemon, tmp_path, TRAJECTORY)
    assert "accepted=1 rejected=0" in result.stderr
    assert export(daemon) == TRAJECTORY
    session = daemon.rows("sessions")[0]
    assert session["session_id"] == "trip-1" and session["status"] == "error"
    assert (session["span_count"], session["llm_count"]) == (7, 2)
    assert session["input_tokens"] == 2500 and session["output_tokens"] == 25
    assert session["cost_usd"] == Decimal("0.00234")
    assert session["scores"] == {"harbor.verifier": 1.0}
    daemon.spanq("compact")
    assert export(daemon) == TRAJECTORY
    assert daemon.rows("sessions")[0] == session


def test_a_re_send_replaces(daemon, tmp_path):
    store(daemon, tmp_path, TRAJECTORY)
    longer = copy.deepcopy(TRAJECTORY)
    longer["steps"][3]["message"] = "There is none."
    longer["steps"].append({"step_id": 5, "source": "user", "message": "Thanks."})
    longer["extra"]["verifier_result"]["rewards"]["reward"] = 0.25
    store(daemon, tmp_path, longer)
    store(daemon, tmp_path, longer)
    assert export(daemon) == longer
    session = daemon.rows("sessions")[0]
    assert session["span_count"] == 8 and session["input_tokens"] == 2500
    assert session["scores"] == {"harbor.verifier": Decimal("0.25")}
    assert len(daemon.rows("sql", "SELECT * FROM scores")) == 1


def test_a_shorter_one_leaves_nothing_behind(daemon, tmp_path):
    more = copy.deepcopy(TRAJECTORY)
    more["extra"]["verifier_result"]["rewards"] = {"reward": 1, "style": 0.5}
    store(daemon, tmp_path, more)
    assert len(daemon.rows("scores")) == 3
    shorter = copy.deepcopy(TRAJECTORY)
    shorter["steps"] = shorter["steps"][:2]
    del shorter["extra"]
    store(daemon, tmp_path, shorter)
    assert export(daemon) == shorter
    session = daemon.rows("sessions")[0]
    assert session["span_count"] == 3 and session["input_tokens"] == 2500
    assert daemon.rows("scores") == []
    daemon.spanq("compact")
    assert export(daemon) == shorter


def test_trajectories_of_one_session_are_kept_apart(daemon, tmp_path):
    both = [{**copy.deepcopy(TRAJECTORY), "trajectory_id": name} for name in ("a", "b")]
    for trajectory in both + both[:1]:
        store(daemon, tmp_path, trajectory)
    lines = daemon.spanq("export", "atif", "trip-1").stdout.splitlines()
    assert sorted((json.loads(line) for line in lines), key=lambda it: it["trajectory_id"]) == both
    assert daemon.rows("sessions")[0]["span_count"] == 14


def test_any_session_is_a_trajectory(daemon, tmp_path):
    daemon.spanq("ingest", "otlp", SAMPLES / "traces-1.pb")
    for row in daemon.rows("sessions"):
        made = export(daemon, row["session_id"])
        spans = {span["span_id"]: span for span in daemon.rows("session", row["session_id"])}
        calls = [call for step in made["steps"] for call in step.get("tool_calls", [])]
        steps = [step for step in made["steps"] if "model_name" in step]
        assert {step["extra"]["span_id"] for step in steps} == {
            name for name, span in spans.items() if span["kind"] == "LLM"}
        assert {call["extra"]["span_id"] for call in calls} == {
            name for name, span in spans.items() if span["kind"] in ("TOOL", "RETRIEVER")}
        path = tmp_path / "made.json"
        path.write_text(json.dumps(made))
        daemon.spanq("ingest", "atif", str(path), "--workspace", "other")
        again = json.loads(daemon.spanq(
            "export", "atif", row["session_id"], "--workspace", "other").stdout)
        assert again == made
        (copy,) = [it for it in daemon.rows("sessions", "--workspace", "other")
                   if it["session_id"] == row["session_id"]]
        assert copy["cost_usd"] == row["effective_cost_usd"]
        assert copy["input_tokens"] == row["effective_input_tokens"]


def test_refusals_name_the_place(daemon, tmp_path):
    bad = copy.deepcopy(TRAJECTORY)
    bad["steps"][2]["tool_calls"][0]["arguments"] = "ls"
    result = store(daemon, tmp_path, bad, check=False)
    assert result.returncode == 65
    assert "steps[2].tool_calls[0].arguments: must be an object" in result.stderr
    assert "accepted=0 rejected=1" in result.stderr
    assert daemon.rows("sessions") == []
    result = daemon.spanq("export", "atif", "trip-1", check=False)
    assert result.returncode == 1
    assert "unknown session 'trip-1'" in result.stderr
