"""`spanq sql -i` on a terminal, as a user types and reads it."""

import os
import pty
import re
import select
import stat
import subprocess
import time

import pytest

from harness import environment, program, spanq

START = 1_772_442_000_000_000_000
PROMPT = "spanq> "
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Prompt:
    """A prompt on a terminal of its own."""

    def __init__(self, home, *arguments, **variables):
        self.controller, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [program("spanq"), "sql", "-i", *arguments], stdin=terminal, stdout=terminal,
            stderr=terminal, env={**environment(home), **variables})
        os.close(terminal)
        self.raw = ""
        self.expect(PROMPT)

    def expect(self, text, seconds=20):
        """What was shown up to and with `text`, without escape sequences and returns."""
        deadline = time.monotonic() + seconds
        while True:
            shown = ESCAPE.sub("", self.raw).replace("\r", "")
            at = shown.find(text)
            if at >= 0:
                # What was read beyond it stays for the next call.
                self.raw = shown[at + len(text):]
                return shown[:at + len(text)]
            ready, _, _ = select.select([self.controller], [], [], deadline - time.monotonic())
            assert ready, f"no {text!r} in {shown!r}"
            try:
                piece = os.read(self.controller, 65_536)
            except OSError:
                piece = b""
            assert piece, f"ended before {text!r}: {shown!r}"
            self.raw += piece.decode()

    def type(self, text):
        os.write(self.controller, text.encode())

    def ask(self, text):
        """Types a line; what is shown up to the next prompt."""
        self.type(text + "\r")
        return self.expect("\n" + PROMPT)

    def leave(self):
        self.type("\x04")
        assert self.process.wait(20) == 0

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.controller)


@pytest.fixture
def filled(daemon):
    daemon.store_lines("spans", [
        {"trace_id": "t", "span_id": f"s{n}", "start_time_unix_nano": START + n,
         "model": f"model-{n % 2}", "name": "a"} for n in range(5)])
    return daemon


@pytest.fixture
def prompt(filled):
    prompt = Prompt(filled.home, "--socket", filled.socket)
    yield prompt
    prompt.close()


def test_an_answer_and_its_time(prompt):
    shown = prompt.ask("SELECT model, count(*) AS n FROM spans GROUP BY model ORDER BY model;")
    assert re.search(r"model-0 +3", shown) and re.search(r"model-1 +2", shown)
    assert re.search(r"\(2 rows, [0-9.]+ m?s\)", shown)
    prompt.ask("\\timing")
    assert "rows," not in prompt.ask("SELECT count(*) FROM spans;")
    prompt.leave()


def test_a_statement_of_several_lines(prompt):
    prompt.type("SELECT count(*) AS n -- all; of them\r")
    prompt.expect("..> ")
    prompt.type("FROM spans\r")
    prompt.expect("..> ")
    assert "\n5\n" in prompt.ask("WHERE name = 'a' ;")
    shown = prompt.ask("SELECT 'x;y' AS a, count(*) FROM spans; SELECT max(model) FROM spans;")
    assert "x;y" in shown and "model-1" in shown


def test_editing_keys(prompt):
    left, right, home, end = "\x1b[D", "\x1b[C", "\x1b[H", "\x1b[F"
    prompt.type("ELECT 'ab' AS x FROM spanz LIMIT 1;" + home + "S" + end)
    prompt.type(left * len(" LIMIT 1;") + "\x7f" + "s")
    assert "\nab\n" in prompt.ask("")
    prompt.type("nonsense\x15SELECT 'one two' AS x\x17\x17AS y FROM spans LIMIT 1; tail\x17")
    prompt.type(left * 3 + right + "\x06\x02\x01\x05")
    assert "\ny\n" in prompt.ask("")
    prompt.type("SELECT 'kept' AS k FROM spans LIMIT 1;junk" + left * 4 + "\x0b")
    assert "\nkept\n" in prompt.ask("")
    prompt.type("SELECT '界xé' AS wide FROM spans LIMIT 1;\x01" + right * 9 + "\x1b[3~")
    assert "\n界é\n" in prompt.ask("")


def test_a_line_wider_than_the_terminal_scrolls(prompt):
    text = "x" * 300
    prompt.type(f"SELECT '{text}' AS x FROM spans")
    prompt.expect(" AS x FROM spans")
    assert "x" * 59 + "…" in prompt.ask(" LIMIT 1;")


def test_history_and_search(prompt, filled):
    first = "SELECT 'first' AS a FROM spans LIMIT 1;"
    prompt.ask(first)
    prompt.ask("SELECT 'second' AS a FROM spans LIMIT 1;")
    prompt.type("\x1b[A\x1b[A")
    assert "first" in prompt.ask("")
    prompt.type("\x12second")
    prompt.expect("search 'second': SELECT 'second'")
    assert "second" in prompt.ask("")
    prompt.leave()
    file = filled.home / ".local/state/spanq/history"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert file.read_text().splitlines()[0] == first
    again = Prompt(filled.home, "--socket", filled.socket)
    again.type("\x1b[A")
    assert "second" in again.ask("")
    again.close()


def test_completion(prompt):
    prompt.type("SEL\t")
    prompt.expect("SELECT ")
    prompt.type("start_t\t")
    prompt.expect("start_time ")
    prompt.type("FROM spans_\t")
    prompt.expect("spans_raw ")
    prompt.type("WHERE s\t\t")
    shown = prompt.expect("status_message")
    assert "session_id  " in shown and "span_id  " in shown and "step  " not in shown
    prompt.type("\x03")
    prompt.expect("^C\n" + PROMPT)


def test_errors_point_at_their_place(prompt):
    shown = prompt.ask("SELECT nonsense FROM spans;")
    assert "SELECT nonsense FROM spans\n       ^\nspanq: " in shown
    prompt.type("SELECT model\r")
    prompt.expect("..> ")
    shown = prompt.ask("FROM nowhere;")
    assert "FROM nowhere\n     ^\nspanq: " in shown
    assert "5" in prompt.ask("SELECT count(*) FROM spans;")


def test_commands(prompt):
    assert "metrics_raw" in prompt.ask("\\d")
    assert "start_time" in prompt.ask("\\d spans")
    prompt.ask("\\format csv")
    assert "\nn\n5\n" in prompt.ask("SELECT count(*) AS n FROM spans;")
    assert "table, json" in prompt.ask("\\format poem")
    assert "\\timing" in prompt.ask("\\?")
    assert "unknown command" in prompt.ask("\\x")
    prompt.type("\\q\r")
    assert prompt.process.wait(20) == 0


def test_ctrl_c_drops_the_statement(prompt):
    prompt.type("SELECT nonsense\r")
    prompt.expect("..> ")
    prompt.type("FROM\x03")
    prompt.expect("^C\n" + PROMPT)
    assert "5" in prompt.ask("SELECT count(*) FROM spans;")


def test_no_colour_and_colour(filled):
    for variables, is_coloured in (({"TERM": "xterm"}, False),
                                   ({"TERM": "xterm", "NO_COLOR": ""}, True)):
        prompt = Prompt(filled.home, "--socket", filled.socket, **variables)
        prompt.type("SELECT count(*) FROM spans;\r")
        seen = ""
        while "ms)" not in seen:
            seen += os.read(prompt.controller, 65_536).decode()
        assert ("\x1b[2m" in seen) == is_coloured
        prompt.close()


def test_a_store_without_a_daemon(filled):
    assert filled.stop() == 0
    prompt = Prompt(filled.home, "--data-dir", filled.store)
    assert "\n5\n" in prompt.ask("SELECT count(*) AS n FROM spans;")
    prompt.leave()
    prompt.close()


def test_statements_from_a_pipe(filled):
    text = "SELECT count(*) AS n FROM spans; -- done;\nSELECT 'a;b' AS x FROM spans LIMIT 1"
    result = filled.spanq("sql", "-i", "--format", "ndjson", stdin=text)
    assert result.stdout == '{"n":5}\n{"x":"a;b"}\n' and result.stderr == ""
    result = filled.spanq("sql", "-i", stdin="SELECT nonsense FROM spans; SELECT 1", check=False)
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith("spanq: ") and "nonsense" in result.stderr
    assert filled.spanq("sql", "-i", "SELECT 1", check=False).returncode == 2
