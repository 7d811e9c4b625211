"""spand under measurement: the built programs, a daemon, and a client with little cost of its own.

The client writes a request's bytes to the Unix socket and receives the whole answer into one
buffer; nothing is parsed but the head and the chunk sizes. What it costs itself is measured with
/healthz and printed with the results.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.parse
from decimal import Decimal

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
READY_SECONDS = 60
BUFFER_BYTES = 256 << 20


def program(name):
    """The path of a built program: SPAND_BIN, SPANQ_BIN, SPANBENCH_BIN, or the release build."""
    default = REPOSITORY / ".build/release" / name
    return os.environ.get(f"{name.upper()}_BIN", str(default))


def environment():
    """No setting of the user who runs this may reach the daemon."""
    return {key: value for key, value in os.environ.items() if not key.startswith("SPAND_")}


def spanbench(*arguments):
    """Runs spanbench; its report, if it prints one."""
    result = subprocess.run([program("spanbench"), *map(str, arguments)], check=True,
                            stdout=subprocess.PIPE, env=environment())
    return json.loads(result.stdout) if result.stdout else None


class NotAvailable(Exception):
    """This build cannot answer the question in this form."""


class Client:
    """One kept connection."""

    def __init__(self, path, buffer=None):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(str(path))
        self.buffer = buffer if buffer is not None else bytearray(BUFFER_BYTES)
        self.view = memoryview(self.buffer)

    def close(self):
        self.socket.close()

    def exchange(self, request):
        """Sends a request; (status, body) of the answer, as views that hold until the next one."""
        self.socket.sendall(request)
        received, end = 0, -1
        while end < 0:
            received += self._receive(received)
            end = self.buffer.find(b"\r\n\r\n", 0, received)
        head = bytes(self.view[:end]).lower()
        status = int(head[9:12])
        start = end + 4
        at = head.find(b"content-length:")
        if at >= 0:
            stop = start + int(head[at + 15:].split(b"\r\n", 1)[0])
            while received < stop:
                received += self._receive(received)
            return status, self.view[start:stop]
        return status, self._chunks(start, received)

    def _chunks(self, position, received):
        """The body of a chunked answer, its pieces moved together."""
        write = start = position
        while True:
            line = self.buffer.find(b"\r\n", position, received)
            if line < 0:
                received += self._receive(received)
                continue
            size = int(bytes(self.view[position:line]).split(b";")[0], 16)
            while received < line + 2 + size + 2:
                received += self._receive(received)
            if size == 0:
                return self.view[start:write]
            self.view[write:write + size] = self.view[line + 2:line + 2 + size]
            write += size
            position = line + 2 + size + 2

    def _receive(self, offset):
        count = self.socket.recv_into(self.view[offset:])
        if count == 0:
            raise ConnectionError("the daemon closed the connection")
        return count


def get(path, **parameters):
    """The bytes of a GET request."""
    query = urllib.parse.urlencode(parameters)
    target = f"/api/v1/{path}" + (f"?{query}" if query else "")
    return f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def sql(text):
    """The bytes of a SQL request."""
    body = text.encode()
    return ("POST /api/v1/sql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sql\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def as_arrow(request):
    """The same request for an answer in Arrow; a build without it refuses the format by name."""
    method, target, rest = request.split(b" ", 2)
    mark = b"&" if b"?" in target else b"?"
    return b" ".join([method, target + mark + b"format=arrow", rest])


class Daemon:
    """spand on a store."""

    def __init__(self, store):
        self.store = pathlib.Path(store)
        self.socket = self.store.parent / f"{self.store.name}.sock"
        self.process = None

    def start(self):
        self.store.mkdir(parents=True, exist_ok=True)
        log = self.store.parent / f"{self.store.name}.log"
        with open(log, "wb") as file:
            self.process = subprocess.Popen(
                [program("spand"), "--data-dir", self.store, "--socket", self.socket],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment())
        deadline = time.monotonic() + READY_SECONDS
        while b"spand: ready" not in log.read_bytes():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError("spand did not start:\n" + log.read_text())
            time.sleep(0.02)
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(120)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def ingest(self, kind, count, seed, *arguments):
        return spanbench("ingest", "--socket", self.socket, "--data-dir", self.store, "--kind", kind,
                         "--count", count, "--seed", seed, *arguments)

    def memory(self):
        """Resident and anonymous bytes, and the resident peak."""
        values = {}
        for line in open(f"/proc/{self.process.pid}/status"):
            name, _, rest = line.partition(":")
            if name in ("VmRSS", "VmHWM", "RssAnon"):
                values[name] = int(rest.split()[0]) * 1024
        return values


def rows(body):
    """Rows of a JSON answer, decimals exact."""
    answer = json.loads(bytes(body), parse_float=Decimal)
    return answer["rows"] if isinstance(answer, dict) else answer


def arrow_rows(body):
    """Rows of an Arrow answer."""
    import pyarrow  # not needed by the tests of this module

    return pyarrow.ipc.open_stream(bytes(body)).read_all().to_pylist()
