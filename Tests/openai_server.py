"""A small OpenAI API on loopback: chat completions, whole and as a stream, with fixed figures."""

import contextlib
import http.server
import json
import threading

MODEL = "gpt-4o-mini"
ANSWERED_BY = "gpt-4o-mini-2024-07-18"
# Cached tokens are part of the prompt's, reasoning of the completion's.
USAGE = {"prompt_tokens": 1200, "completion_tokens": 300, "total_tokens": 1500,
         "prompt_tokens_details": {"cached_tokens": 800},
         "completion_tokens_details": {"reasoning_tokens": 200}}
# 400 × 0.15 + 800 × 0.075 + 300 × 0.6 dollars a million, by the price table that ships.
COST = "0.0003"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if request["model"] == "broken":
            return self.answer(400, "application/json", json.dumps(
                {"error": {"message": "no such model", "type": "invalid_request_error"}}))
        if not request.get("stream"):
            return self.answer(200, "application/json", json.dumps(
                self.body("chat.completion", "message", "Paris", "stop", USAGE)))
        pieces = [self.body("chat.completion.chunk", "delta", "Par", None, None),
                  self.body("chat.completion.chunk", "delta", "is", "stop", None),
                  {**self.body("chat.completion.chunk", "delta", "", None, USAGE), "choices": []}]
        events = [json.dumps(piece) for piece in pieces] + ["[DONE]"]
        return self.answer(200, "text/event-stream", "".join(f"data: {it}\n\n" for it in events))

    def body(self, kind, member, content, reason, usage):
        return {"id": "chat-1", "object": kind, "created": 1772359200, "model": ANSWERED_BY,
                "usage": usage, "choices": [{
                    "index": 0, "finish_reason": reason,
                    member: {"role": "assistant", "content": content}}]}

    def answer(self, status, content_type, text):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def running():
    """The base URL of a running server."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()
