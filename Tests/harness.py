"""The built programs under test: a daemon on a directory, HTTP over its socket, and spanq.

`Daemon.start` returns when the daemon says it is ready; `stop` is a clean SIGTERM, `kill` is
SIGKILL. Programs see no settings of the user who runs the tests.
"""

import calendar
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
from decimal import Decimal
from typing import NamedTuple

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
SAMPLES = REPOSITORY / "scripts/sample-data"
READY_SECONDS = 30


def program(name):
    """The path of a built program: SPAND_BIN, SPANQ_BIN, or the release build."""
    default = REPOSITORY / ".build/release" / name
    return os.environ.get(f"{name.upper()}_BIN", str(default))


def environment(home):
    """An environment without settings, so that defaults are what the contract says."""
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith(("SPAND_", "XDG_", "OTEL_"))}
    return {**kept, "HOME": str(home), "NO_COLOR": "1"}


class Response(NamedTuple):
    status: int
    headers: dict
    body: bytes

    def json(self):
        return decoded(self.body)


def decoded(text):
    """JSON with its decimal numbers as they are written: money is exact."""
    return json.loads(text, parse_float=Decimal)


class Connection:
    """One HTTP/1.1 connection over a Unix socket, kept open between requests."""

    def __init__(self, path, timeout=30):
        self._http = http.client.HTTPConnection("localhost", timeout=timeout)
        self._http.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._http.sock.settimeout(timeout)
        self._http.sock.connect(str(path))
        # A closed connection must be an error, not a quiet second one over TCP.
        self._http.auto_open = 0

    def request(self, method, path, body=None, headers=None):
        self._http.request(method, path, body, headers or {})
        answer = self._http.getresponse()
        return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()},
                        answer.read())

    def post(self, path, body, **headers):
        """POST with headers given as keywords: Content_Type="…"."""
        return self.request("POST", path, body, {
            name.replace("_", "-"): value for name, value in headers.items()})

    def get(self, path):
        return self.request("GET", path)

    def close(self):
        self._http.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Daemon:
    def __init__(self, directory, *arguments):
        self.home = pathlib.Path(directory)
        self.store = self.home / "store"
        self.socket = self.home / "spand.sock"
        self.log = self.home / "spand.log"
        self.arguments = arguments
        self.process = None
        self.log_start = 0

    def spawn(self):
        """Starts the process without waiting for it."""
        with open(self.log, "ab") as log:
            log_start = log.tell()
            process = subprocess.Popen(
                [program("spand"), "--data-dir", self.store, "--socket", self.socket,
                 *self.arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(self.home))
        return process, log_start

    def start(self):
        self.process, self.log_start = self.spawn()
        self.logged(f"spand: ready socket={self.socket}")
        return self

    def logged(self, beginning):
        """The rest of the log's line that begins so; waits for it."""
        deadline = time.monotonic() + READY_SECONDS
        while True:
            text = self.log.read_bytes()[self.log_start:].decode()
            for line in text.splitlines(keepends=True):
                if line.startswith(beginning) and line.endswith("\n"):
                    return line.removeprefix(beginning).rstrip()
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError("spand did not start:\n" + self.log.read_text())
            time.sleep(0.002)

    def tcp_address(self):
        """HOST:PORT that it listens on; --listen asked for port 0."""
        return self.logged("spand: listening tcp=")

    def stop(self):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(READY_SECONDS)
        finally:
            self.kill()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def connect(self, timeout=30):
        return Connection(self.socket, timeout)

    def is_alive(self):
        """The daemon answers, and is still the process that was started."""
        with self.connect() as connection:
            return connection.get("/healthz").status == 200 and self.process.poll() is None

    def resident_peak_bytes(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1_024
        raise AssertionError("no VmHWM")

    def post_lines(self, table, records, **headers):
        with self.connect() as connection:
            return connection.post(f"/api/v1/{table}", ndjson(records), **headers)

    def store_lines(self, table, records):
        """Ingests records that must all be accepted."""
        answer = self.post_lines(table, records)
        assert answer.status == 200, answer.body
        assert answer.json()["accepted"] == len(records)

    def spanq(self, *arguments, **options):
        return spanq("--socket", self.socket, *arguments, home=self.home, **options)

    def rows(self, *arguments):
        return decoded(self.spanq(*arguments, "--format", "json").stdout)

    def counts(self, by, *arguments):
        """Spans by the value of a column."""
        return {row[by]: row["count"] for row in self.rows("latency", "--by", by, *arguments)}

    def writes(self):
        """Records stored so far, in all tables and workspaces: each takes one sequence."""
        with self.connect() as connection:
            text = connection.get("/metrics").body.decode()
        (line,) = [line for line in text.splitlines()
                   if line.startswith("spand_store_last_sequence ")]
        return int(float(line.split()[1]))


def spanq(*arguments, home, check=True, stdin=None):
    """Runs spanq. Global flags may stand anywhere: they are put after the sub-command."""
    arguments = [str(argument) for argument in arguments]
    flags = []
    while arguments and arguments[0] in ("--socket", "--data-dir"):
        flags += arguments[:2]
        arguments = arguments[2:]
    result = subprocess.run(
        [program("spanq"), *arguments, *flags], input=stdin, capture_output=True,
        text=not isinstance(stdin, bytes),
        env=environment(home), timeout=300)
    if check:
        assert result.returncode == 0, f"spanq {arguments}: {result.returncode}\n{result.stderr}"
    return result


def ndjson(records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def nanoseconds(text):
    """RFC 3339 UTC with up to nine digits → nanoseconds since the epoch."""
    if text is None:
        return None
    assert text.endswith("Z"), text
    whole, _, fraction = text[:-1].partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000_000 + int(fraction.ljust(9, "0"))
