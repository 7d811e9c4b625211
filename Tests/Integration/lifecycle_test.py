"""Erase, retention and backup through the built programs: what `spanq` says, what questions answer
afterwards, and that no file of the store holds a byte of what was erased."""

import json
import pathlib
import threading
import time

import pytest

DAY = 86_400_000_000_000
START = 1_772_442_000_000_000_000
SECRET = "Rumpelstilzchen"


def span(trace, number, **fields):
    return {"trace_id": trace, "span_id": f"{trace}-{number}", "start_time_unix_nano": START + number,
            "end_time_unix_nano": START + number + 1_000, **fields}


def run_records(run):
    points = [{"project": "ml", "run_id": run, "name": name, "step": step, "time_unix_nano": START,
               "value": value}
              for name in ("loss", f"{SECRET}/acc") for step in range(50)
              for value in (step / 2, "NaN" if step == 7 else step)]
    entities = [{"kind": kind, "project": "ml", "name": str(run), "body": {"text": f"{SECRET} {n}"}}
                for kind in ("run", "run_config", "run_log", "run_data") for n in range(3)]
    return points, entities


def files_with(store, word):
    return [path.name for path in pathlib.Path(store).rglob("*")
            if path.is_file() and word.encode() in path.read_bytes()]


def restart(daemon):
    assert daemon.stop() == 0
    daemon.start()


def nothing(daemon):
    pass


def compact(daemon):
    daemon.spanq("compact", "--recompress")


# Checklist, Pluto "Delete run": in the memtable, sealed and compacted, and again after a restart.
@pytest.mark.parametrize("before", [nothing, compact, restart])
def test_a_run_is_deleted_in_every_mode_and_table(daemon, before):
    for run in (7, 8):
        points, entities = run_records(run)
        daemon.store_lines("metrics", points)
        daemon.store_lines("entities", entities)
        daemon.store_lines("spans", [span(f"t{run}", 1, attributes={"run_id": str(run)})])
    before(daemon)
    receipt = {row["place"]: row for row in daemon.rows("erase", "--run", "7")}
    assert receipt["metrics"]["rows_erased"] == 200
    assert receipt["entities"]["rows_erased"] == 12
    assert receipt["spans"]["rows_erased"] == 1
    assert receipt["wal"]["files_rewritten"] >= 1

    def check():
        for run, names in (("7", []), ("8", [f"{SECRET}/acc", "loss"])):
            for view in ("dedup", "raw"):
                flags = ("--run", run, "--view", view)
                assert [row["name"] for row in daemon.rows("metrics", "names", *flags)] == names
                assert [row["name"] for row in daemon.rows("metrics", "stats", *flags)] == names
                series = daemon.rows("metrics", "series", "--name", "loss", *flags)
                assert len(series) == (len(names) and (50 if view == "dedup" else 100))
            statement = f"SELECT count(*) AS n FROM entities_raw WHERE name = '{run}'"
            assert daemon.rows("sql", statement) == [{"n": 12 if names else 0}]
        assert [row["run_id"] for row in daemon.rows("metrics", "heartbeat")] == ["8"]
        assert len(daemon.rows("trace", "t7")) == 0
        assert len(daemon.rows("trace", "t8")) == 1

    check()
    compact(daemon)
    check()
    restart(daemon)
    check()
    assert daemon.rows("verify") == []
    assert {row["rows_erased"] for row in daemon.rows("erase", "--run", "7")} == {0}


@pytest.mark.parametrize("selector", [["--session", "s1"], ["--user", "u1"], ["--trace", "t1"],
                                      ["--project", "p1"], ["--experiment", "e1"]])
def test_no_byte_of_what_is_erased_is_left(daemon, selector):
    secret = {"session_id": "s1", "user_id": "u1", "project": "p1", "experiment": "e1",
              "name": SECRET, "input": f"from {SECRET}", "attributes": {SECRET: "x"}}
    other = {"session_id": "s2", "user_id": "u2", "project": "p2", "experiment": "e2",
             "name": "plain"}
    daemon.store_lines("spans", [span(f"t{1 + n % 2}", n, **(other if n % 2 else secret))
                                 for n in range(200)])
    daemon.store_lines("scores", [
        {"name": "s", "session_id": "s1", "value": 1, "comment": SECRET},
        {"name": "s", "trace_id": "t1", "value": 1, "comment": SECRET},
        {"name": "s", "trace_id": "t1", "span_id": "t1-4", "value": 1, "comment": SECRET},
        {"name": "s", "trace_id": "t2", "value": 1, "comment": "plain"}])
    daemon.spanq("compact", "--recompress")
    daemon.store_lines("spans", [{"trace_id": "t1", "span_id": "t1-2", "patch": True,
                                  "output": f"{SECRET} again"}])
    counted = daemon.rows("erase", *selector, "--dry-run")
    assert len(daemon.rows("session", "s1")) == 100
    erased = daemon.rows("erase", *selector)
    assert [row["rows_erased"] for row in counted] == [row["rows_erased"] for row in erased[:len(counted)]]
    by_place = {row["place"]: row["rows_erased"] for row in erased}
    assert by_place["spans"] == 101 and by_place["scores"] == 3
    assert files_with(daemon.store, SECRET) == []
    assert [row["session_id"] for row in daemon.rows("sessions")] == ["s2"]
    assert daemon.rows("sql", "SELECT count(*) AS n FROM spans_raw") == [{"n": 100}]
    # A span that is sent again is a new one.
    daemon.store_lines("spans", [span("t1", 2, session_id="s1")])
    (row,) = daemon.rows("session", "s1")
    assert row["output"] is None
    assert daemon.rows("verify") == []


def test_erasing_while_writing(daemon):
    """Everything acknowledged before is gone, nothing else is lost, and ingest goes on."""
    stop = threading.Event()
    stored = []

    def write():
        number = 0
        while not stop.is_set():
            daemon.store_lines("spans", [span(f"w{number}", n, session_id="kept") for n in range(20)])
            stored.append(20)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(6):
        daemon.store_lines("spans", [span(f"g{number}", n, session_id="gone") for n in range(50)])
        assert daemon.rows("erase", "--session", "gone")[0]["rows_erased"] == 50
        assert daemon.rows("session", "gone") == []
    stop.set()
    writer.join(60)
    assert daemon.rows("sessions")[0]["span_count"] == sum(stored)


def test_what_selects_nothing_is_a_usage_error(daemon):
    for arguments in ([], ["--before", "2026-01-01"], ["--session", ""]):
        assert daemon.spanq("erase", *arguments, check=False).returncode == 2
    assert daemon.rows("erase", "--session", "unknown")[-1]["place"] == "quarantine"


def test_ids_of_erased_runs_are_not_given_again(daemon):
    create = json.dumps({"runName": "r", "projectName": "ml"})
    with daemon.connect() as connection:
        first = connection.post("/api/runs/create", create, Content_Type="application/json").json()
    daemon.rows("erase", "--project", "ml")
    restart(daemon)
    with daemon.connect() as connection:
        second = connection.post("/api/runs/create", create, Content_Type="application/json").json()
    assert second["runId"] > first["runId"]


# Checklist, NeMo row 49: TTL of 90 days from the start; scores stay.
def test_retention(daemon):
    now = time.time_ns()
    daemon.store_lines("spans", [
        {"trace_id": f"d{age}", "span_id": "a", "session_id": f"d{age}", "input_tokens": 1,
         "start_time_unix_nano": now - age * DAY} for age in (1, 89, 91)])
    daemon.store_lines("scores", [{"name": "helpful", "session_id": f"d{age}", "value": 1}
                                  for age in (1, 89, 91)])
    assert daemon.rows("retain") == []
    assert daemon.rows("retain", "--days", "90") == [{"table": "spans", "project": None, "days": 90}]
    assert daemon.rows("retain", "--now")[0]["rows_erased"] == 1
    assert sorted(row["session_id"] for row in daemon.rows("sessions")) == ["d1", "d89"]
    assert daemon.rows("costs")[0]["input_tokens"] == 2
    assert daemon.rows("sql", "SELECT count(*) AS n FROM scores") == [{"n": 3}]
    assert daemon.rows("retain", "--days", "30", "--project", "default")[1]["days"] == 30
    # A start sweeps by itself; the next command waits for that.
    restart(daemon)
    assert {row["rows_erased"] for row in daemon.rows("retain", "--now")} == {0}
    assert [row["session_id"] for row in daemon.rows("sessions")] == ["d1"]
    daemon.rows("retain", "--forever", "--project", "default")
    assert daemon.rows("retain", "--forever") == []


def test_a_backup_made_while_writing_is_a_store(daemon, tmp_path, new_daemon):
    daemon.store_lines("spans", [span("t1", n, session_id="s", cost_usd="0.001") for n in range(500)])
    stop = threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            daemon.store_lines("spans", [span(f"w{number}", n, session_id="w") for n in range(10)])
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    target = tmp_path / "backup"
    receipt = {row["item"]: row["value"] for row in daemon.rows("backup", target)}
    stop.set()
    writer.join(60)
    assert receipt["files_linked"] + receipt["files_copied"] >= 2 and receipt["rows"] >= 500
    assert daemon.spanq("backup", target, check=False).returncode == 2
    for path in target.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
    wanted = daemon.rows("trace", "t1")
    daemon.rows("erase", "--project", "default")
    assert daemon.rows("trace", "t1") == []
    restored = new_daemon(name="restored")
    restored.store = target
    restored.start()
    assert restored.rows("trace", "t1") == wanted
    sessions = {row["session_id"]: row for row in restored.rows("sessions")}
    assert sessions["s"]["span_count"] == 500 and str(sessions["s"]["cost_usd"]) == "0.5"
    assert sessions.get("w", {"span_count": 0})["span_count"] % 10 == 0
    assert restored.rows("verify") == []
