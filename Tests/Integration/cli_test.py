"""spand and spanq as users meet them: settings, formats, exit codes, starting and stopping."""

import csv
import io
import json
import os
import re
import signal
import socket
import stat
import subprocess
from random import Random

import pytest

from harness import SAMPLES, environment, ndjson, program, spanq

START = 1_772_442_000_000_000_000


def spans(count):
    return [{"trace_id": f"t{n // 4}", "span_id": f"s{n}", "session_id": f"x{n // 8}",
             "agent_name": "even" if n % 2 == 0 else "odd", "start_time_unix_nano": START + n,
             "end_time_unix_nano": START + n + 1_000_000 * (n + 1), "name": "a, \"quoted\"\nname"}
            for n in range(count)]


@pytest.fixture
def filled(daemon):
    daemon.store_lines("spans", spans(20))
    return daemon


def test_ready_socket_and_health(daemon):
    mode = os.stat(daemon.socket).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600
    with daemon.connect() as connection:
        assert connection.get("/healthz").status == 200
        assert connection.get("/readyz").status == 200
        metrics = connection.get("/metrics")
    assert metrics.status == 200 and metrics.headers["content-type"].startswith("text/plain")
    lines = metrics.body.decode().splitlines()
    assert any(line.startswith("# HELP ") for line in lines)
    assert any(line.startswith("# TYPE ") for line in lines)


def test_answers_of_any_size_are_streamed(daemon):
    """More bytes than an answer may have that lies in memory, and more rows than are read at a time."""
    text, count, per_request = "x" * 1_000_000, 80, 20
    for start in range(0, count, per_request):
        daemon.store_lines("spans", [
            {"trace_id": "t", "span_id": f"s{n}", "name": "n", "start_time_unix_nano": START + n,
             "input": f"{n} {text}"} for n in range(start, start + per_request)])
    statement = "SELECT span_id, input FROM spans ORDER BY start_time"
    lines = daemon.spanq("sql", statement, "--format", "ndjson").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [
        {"span_id": f"s{n}", "input": f"{n} {text}"} for n in range(count)]
    assert json.loads(daemon.spanq("sql", statement).stdout) == [json.loads(line) for line in lines]
    header, *rows = daemon.spanq("sql", statement, "--format", "csv").stdout.splitlines()
    assert header == "span_id,input" and len(rows) == count
    # A table for people is one picture.
    refusal = daemon.spanq("sql", statement, "--format", "table", check=False)
    assert refusal.returncode == 65 and "result bytes" in refusal.stderr
    peak = daemon.resident_peak_bytes()
    assert peak < 400 << 20, peak
    daemon.stop()
    local = spanq("sql", statement, "--data-dir", daemon.store, "--format", "ndjson",
                  home=daemon.home)
    assert local.stdout.splitlines() == lines


def test_formats_hold_the_same_rows(filled):
    question = ["latency", "--by", "agent_name"]
    rows = filled.rows(*question)
    assert [row["agent_name"] for row in rows] == ["even", "odd"]
    assert [row["count"] for row in rows] == [10, 10]
    lines = filled.spanq(*question, "--format", "ndjson").stdout.splitlines()
    assert [json.loads(line)["agent_name"] for line in lines] == ["even", "odd"]
    table = list(csv.DictReader(io.StringIO(filled.spanq(*question, "--format", "csv").stdout)))
    assert list(table[0]) == list(rows[0])
    assert [row["count"] for row in table] == ["10", "10"]
    text = filled.spanq(*question, "--format", "table").stdout
    assert "agent_name" in text and "even" in text and "\x1b" not in text


def test_json_is_the_default_away_from_a_terminal(filled):
    assert len(json.loads(filled.spanq("latency").stdout)) == 2


def test_csv_quotes_what_needs_it(filled):
    text = filled.spanq("trace", "t0", "--limit", "1", "--format", "csv").stdout
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["name"] == "a, \"quoted\"\nname"


def test_http_and_cli_agree(filled):
    with filled.connect() as connection:
        answer = connection.get("/api/v1/latency?by=agent_name&bucket=1m")
    assert answer.status == 200 and answer.json()["truncated"] is False
    assert answer.json()["rows"] == filled.rows("latency", "--by", "agent_name", "--bucket", "1m")


def test_limit_order_and_offset(filled):
    question = ["session", "x2", "--order", "start_time:desc", "--limit", "2", "--offset", "1"]
    assert [row["span_id"] for row in filled.rows(*question)] == ["s18", "s17"]
    rows = filled.rows("latency", "--order", "count:desc", "--limit", "1")
    assert len(rows) == 1


def test_unknown_things_are_empty_lists(filled):
    assert filled.rows("metrics", "names", "--run", "nothing") == []
    assert filled.rows("metrics", "series", "--run", "nothing", "--name", "x") == []
    assert filled.rows("sessions", "--experiment", "nothing") == []
    assert filled.rows("trace", "nothing") == []
    assert filled.rows("latency", "--project", "nothing") == []


def failure(result, code):
    """The exit code, and one line on standard error in the form of the contract."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    return result.stderr


def test_usage_errors(daemon):
    for arguments in (["no-such-command"], ["latency", "--no-such-flag"], ["metrics", "series"],
                      ["latency", "--format", "poem"]):
        failure(daemon.spanq(*arguments, check=False), 2)
    assert spanq("--help", home=daemon.home).stdout
    assert spanq("--version", home=daemon.home).stdout.strip()


def test_a_wrong_condition_names_the_token(filled):
    result = filled.spanq("latency", "--where", "nonsense = 1", check=False)
    assert result.returncode in (2, 65)
    assert result.stderr.startswith("spanq: ") and "nonsense" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_sql_from_everywhere(filled, tmp_path):
    statement = "SELECT status, count(*) AS n FROM spans GROUP BY status ORDER BY n DESC, status"
    rows = filled.rows("sql", statement)
    assert sum(row["n"] for row in rows) == filled.rows("sql", "SELECT count(*) c FROM spans")[0]["c"]
    file = tmp_path / "query.sql"
    file.write_text(statement + ";\n-- done\n")
    by_argument = filled.spanq("sql", statement, "--format", "csv").stdout
    assert by_argument.startswith("status,n\n")
    assert filled.spanq("sql", "--file", file, "--format", "csv").stdout == by_argument
    assert filled.spanq("sql", "-", "--format", "csv", stdin=statement).stdout == by_argument
    assert "rows_scanned" in filled.spanq("sql", statement, "--explain").stdout
    assert filled.stop() == 0
    in_process = spanq("--data-dir", filled.store, "sql", statement, "--format", "csv",
                       home=filled.home)
    assert in_process.stdout == by_argument
    refused = spanq("--data-dir", filled.store, "sql", "SELECT nam FROM spans", home=filled.home,
                    check=False)
    assert "unknown column 'nam' at line 1, column 8" in failure(refused, 2)


def test_sql_needs_one_statement(daemon):
    failure(daemon.spanq("sql", check=False), 2)
    failure(daemon.spanq("sql", "SELECT 1 FROM spans", "--file", "x", check=False), 2)


def test_without_a_daemon_or_a_store(home):
    result = spanq("--socket", os.path.join(home, "no.sock"), "latency", home=home, check=False)
    assert failure(result, 69).startswith("spanq: ")
    result = spanq(
        "--data-dir", os.path.join(home, "nowhere"), "latency", home=home, check=False)
    failure(result, 69)


def test_ingest_reports_and_exits_65(daemon, tmp_path):
    good, bad = tmp_path / "good.ndjson", tmp_path / "bad.ndjson"
    good.write_bytes(ndjson(spans(5)))
    bad.write_bytes(ndjson(spans(3)) + b'{"trace_id":"t"}\n')
    result = daemon.spanq("ingest", "spans", good)
    assert result.stdout == "" and result.stderr.splitlines()[-1] == "accepted=5 rejected=0"
    result = daemon.spanq("ingest", "spans", bad, check=False)
    assert result.returncode == 65
    last = result.stderr.splitlines()[-1]
    assert last.startswith("accepted=") and not last.endswith("rejected=0")
    result = daemon.spanq("ingest", "spans", "-", stdin=ndjson(spans(9)).decode())
    assert result.stderr.splitlines()[-1] == "accepted=9 rejected=0"
    assert daemon.spanq("ingest", "spans", tmp_path / "absent", check=False).returncode in (2, 65, 74)


def test_data_dir_without_a_daemon(filled):
    questions = [["latency"], ["sessions"], ["trace", "t1"], ["metrics", "names", "--run", "7"]]
    with_daemon = [filled.rows(*question) for question in questions]

    def in_process(question):
        return json.loads(spanq("--data-dir", filled.store, *question, home=filled.home).stdout)

    # While the daemon holds the store, the answer comes through its socket.
    assert [in_process(question) for question in questions] == plain(with_daemon)
    assert filled.stop() == 0
    assert [in_process(question) for question in questions] == plain(with_daemon)


def plain(rows):
    return json.loads(json.dumps(rows, default=float))


def test_sigterm_is_clean_and_keeps_everything(filled):
    before = filled.rows("sessions")
    assert filled.stop() == 0
    assert not os.path.exists(filled.socket) or not can_connect(filled.socket)
    filled.start()
    assert filled.rows("sessions") == before
    filled.process.send_signal(signal.SIGINT)
    assert filled.process.wait(30) == 0


def can_connect(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0


def run_spand(*arguments, home, extra=()):
    return subprocess.run(
        [program("spand"), *map(str, arguments)], capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, env={**environment(home), **dict(extra)})


def test_a_second_daemon_exits_73(filled):
    other = os.path.join(filled.home, "other.sock")
    result = run_spand("--data-dir", filled.store, "--socket", other, home=filled.home)
    assert result.returncode == 73
    assert str(filled.process.pid) in result.stderr
    assert filled.is_alive() and len(filled.rows("sessions")) == 3


def test_a_live_socket_is_not_taken(filled):
    other = os.path.join(filled.home, "other")
    result = run_spand("--data-dir", other, "--socket", filled.socket, home=filled.home)
    assert result.returncode == 73
    assert filled.is_alive()


def test_a_stale_socket_is_replaced(new_daemon):
    daemon = new_daemon()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stale:
        stale.bind(str(daemon.socket))
    daemon.start()
    daemon.kill()
    daemon.start()
    assert daemon.is_alive() and daemon.stop() == 0


def test_a_file_in_the_socket_s_place_is_left_alone(home):
    path = os.path.join(home, "spand.sock")
    with open(path, "w") as file:
        file.write("mine")
    result = run_spand("--data-dir", os.path.join(home, "store"), "--socket", path, home=home)
    assert result.returncode == 73
    assert open(path).read() == "mine"


def test_precedence_of_settings(home):
    config = os.path.join(home, "spand.yaml")
    with open(config, "w") as file:
        file.write(f"data_dir: {home}/from-config\nsocket: {home}/config.sock\n")
    result = run_spand("config", "show", "--config", config, "--data-dir", f"{home}/from-flag",
                       home=home, extra={"SPAND_DATA_DIR": f"{home}/from-environment",
                                         "SPAND_LISTEN": "127.0.0.1:4318"})
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()

    def line(name):
        (found,) = [text for text in lines if re.match(r"\w+", text)[0] == name]
        return found

    assert f"{home}/from-flag" in line("data_dir") and "--data-dir" in line("data_dir")
    assert f"{home}/config.sock" in line("socket") and "spand.yaml" in line("socket")
    assert "127.0.0.1:4318" in line("listen") and "SPAND_LISTEN" in line("listen")


@pytest.mark.parametrize("text", ["colour: red\n", "data_dir: [1]\n", "data_dir: {\n"])
def test_a_wrong_config_file_is_an_error_with_its_line(home, text):
    config = os.path.join(home, "spand.yaml")
    with open(config, "w") as file:
        file.write(text)
    result = run_spand("config", "show", "--config", config, home=home)
    assert result.returncode in (2, 65)
    assert "spand.yaml" in result.stderr and "1" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["--memtable-mib", "4"]])
def test_rows_become_a_segment_when_the_memtable_is_full(new_daemon, arguments):
    daemon = new_daemon(*arguments).start()
    random = Random(1)
    for first in range(0, 5_000, 500):
        daemon.store_lines("spans", [
            {**span, "trace_id": f"t{first}-{n}", "input": random.randbytes(1_000).hex()}
            for n, span in enumerate(spans(500))])
    daemon.stop()
    # So few rows are left to the log when a daemon stops.
    assert bool(list(daemon.store.glob("workspace-*/segment-*.seg"))) == bool(arguments)
    assert sum(row["count"] for row in daemon.start().rows("latency")) == 5_000


@pytest.mark.parametrize("value", ["", "0", "129", "64 MiB"])
def test_a_wrong_size_of_the_memtable_is_an_error(home, value):
    result = run_spand("--data-dir", os.path.join(home, "store"), "--memtable-mib", value, home=home)
    assert result.returncode == 2
    assert "memtable_mib" in result.stderr and "4 to 128" in result.stderr


def test_a_public_address_needs_more_than_a_flag(home):
    result = run_spand("--data-dir", os.path.join(home, "store"), "--listen", "0.0.0.0:0", home=home)
    assert result.returncode == 2
    assert "listen" in result.stderr


def test_workspaces_do_not_mix(daemon):
    daemon.post_lines("spans", spans(4), X_Workspace="one")
    assert daemon.rows("sessions") == []
    assert len(daemon.rows("sessions", "--workspace", "one")) == 1


def test_admin_commands(filled):
    before = filled.rows("sessions")
    for command in ("status", "compact"):
        assert filled.rows(command)
    assert filled.rows("sessions") == before


def test_sessions_in_pages(filled):
    pages = [filled.rows("sessions", "--page", str(page), "--page-size", "2") for page in (1, 2, 3)]
    assert [[row["session_id"] for row in page] for page in pages] == [["x0", "x1"], ["x2"], []]


def test_trace_as_a_tree(daemon):
    daemon.spanq("ingest", "otlp", SAMPLES / "traces-1.pb")
    trace_id = next(iter(daemon.counts("trace_id", "--where", "session_id = 'research-0'")))
    text = daemon.spanq("trace", trace_id, "--format", "table").stdout
    assert "invoke_agent researcher" in text and "chat sample-large" in text
    assert "\x1b" not in text


def test_a_closed_pipe_is_quiet(filled):
    command = subprocess.Popen(
        [program("spanq"), "session", "x0", "--format", "ndjson",
         "--socket", filled.socket],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(filled.home))
    command.stdout.close()
    _, error = command.stderr.read(), command.wait(30)
    assert command.returncode in (0, -signal.SIGPIPE, 141)
