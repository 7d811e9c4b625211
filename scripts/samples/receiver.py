"""A loopback HTTP server that keeps every request it receives, byte for byte.

Start it, point an exporter at `endpoint`, then read `take()`: the requests since the last call, in
the order they arrived. It answers every POST with 200 and an empty protobuf body, which is the
OTLP answer "all accepted".
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Request(NamedTuple):
    path: str
    headers: dict
    body: bytes


class Receiver:
    def __enter__(self):
        requests = self._requests = []
        lock = self._lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with lock:
                    requests.append(Request(self.path, headers, body))
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}/v1/traces"
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def take(self):
        with self._lock:
            taken = list(self._requests)
            self._requests.clear()
        return taken
