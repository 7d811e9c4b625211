"""A damaged store in the hands of its user: verify, doctor, a start with --recover."""

import pathlib

from harness import environment, program

import json
import subprocess

START = 1_772_442_000_000_000_000


def spans(count):
    return [{"trace_id": f"t{n // 4}", "span_id": f"s{n}", "start_time_unix_nano": START + n,
             "end_time_unix_nano": START + n + 1_000, "name": f"n{n}"} for n in range(count)]


def command(daemon, *arguments):
    """The exit code and the rows of spanq."""
    done = subprocess.run(
        [program("spanq"), *arguments, "--socket", daemon.socket, "--format", "json"],
        capture_output=True, env=environment(daemon.home), timeout=60)
    return done.returncode, json.loads(done.stdout or b"[]")


def test_damage_is_found_named_and_undone(daemon):
    daemon.store_lines("spans", spans(100))
    assert command(daemon, "compact", "--recompress")[0] == 0
    assert command(daemon, "verify") == (0, [])
    code, rows = command(daemon, "doctor")
    assert code == 0 and {row["severity"] for row in rows} <= {"ok", "warning"}
    assert daemon.stop() == 0
    segment, = pathlib.Path(daemon.store).glob("workspace-*/segment-*.seg")
    whole = segment.read_bytes()
    # The first section follows the header; what lies between sections is under no checksum.
    segment.write_bytes(whole[:64] + bytes([whole[64] ^ 1]) + whole[65:])
    daemon.start()
    code, rows = command(daemon, "verify")
    assert code == 1 and str(segment) in [row["file"] for row in rows]
    code, rows = command(daemon, "doctor")
    assert code == 1 and any("quarantine" in row["finding"] for row in rows)
    # Writes go on, also to what the segment holds.
    daemon.store_lines("spans", spans(3) + [{**spans(1)[0], "span_id": "new"}])
    assert daemon.stop() == 0
    assert list((daemon.store / "quarantine").glob("segment-*.json"))
    segment.write_bytes(whole)
    daemon.arguments = ["--recover"]
    daemon.start()
    assert "taken back" in daemon.log.read_text()
    assert command(daemon, "verify") == (0, [])
    assert command(daemon, "sql", "SELECT count(*) AS n FROM spans")[1] == [{"n": 101}]
    assert command(daemon, "sql", "SELECT count(*) AS n FROM spans_raw")[1] == [{"n": 104}]


def test_what_cannot_be_saved_is_dropped_by_name(daemon):
    daemon.store_lines("spans", spans(10))
    assert command(daemon, "compact")[0] == 0
    daemon.stop()
    segment, = pathlib.Path(daemon.store).glob("workspace-*/segment-*.seg")
    segment.write_bytes(segment.read_bytes()[:-1])
    daemon.start()
    assert command(daemon, "sql", "SELECT count(*) AS n FROM spans")[0] == 1
    daemon.stop()
    daemon.arguments = ["--recover", "--discard-quarantined"]
    daemon.start()
    assert "10 live" in daemon.log.read_text() and "dropped" in daemon.log.read_text()
    assert (daemon.store / "quarantine" / segment.name).exists()
    assert command(daemon, "sql", "SELECT count(*) AS n FROM spans")[1] == [{"n": 0}]
