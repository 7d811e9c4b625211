"""kill -9 at random moments under concurrent writers (promises R1, R2, R3, R4).

After every restart: each acknowledged batch is present, every batch is whole or absent, nothing is
there twice, and what is present of a connection is a prefix of what it sent. A batch that got no
answer is sent again with its Idempotency-Key: stored once, whether the first try was or not.
The seed fixes batch sizes and moments; SPAND_TEST_SEED and SPAND_TEST_ROUNDS change the run.
"""

import http.client
import os
import random
import threading
import time
import urllib.parse

from harness import ndjson

ROUNDS = int(os.environ.get("SPAND_TEST_ROUNDS", "25"))
SEED = int(os.environ.get("SPAND_TEST_SEED", "9001"))
START = 1_772_442_000_000_000_000


class Batch:
    """`size` spans of one trace, or `size` points of one series."""

    def __init__(self, round_name, writer, number, random):
        self.table = random.choice(["spans", "spans", "metrics"])
        self.size = random.choice([1, 2, 10, 100, random.randint(1, 800)])
        self.writer = writer
        self.number = number
        self.key = f"{round_name}-{writer}-{number}"
        self.project = round_name
        self.seed = random.getrandbits(32)

    def body(self):
        filler = random.Random(self.seed)
        if self.table == "metrics":
            return ndjson({"project": self.project, "run_id": self.writer, "name": self.key,
                           "step": step, "time_unix_nano": START + step, "value": step}
                          for step in range(self.size))
        return ndjson({"project": self.project, "trace_id": self.key, "span_id": f"s{index}",
                       "session_id": self.writer,
                       "start_time_unix_nano": START + index,
                       "end_time_unix_nano": START + index + 1_000, "output_tokens": index,
                       "output": filler.randbytes(filler.randint(0, 200)).hex()}
                      for index in range(self.size))

    def expected(self):
        """Rows, distinct rows, the largest number in a row, and the sum of all."""
        return (self.size, self.size, self.size - 1, self.size * (self.size - 1) // 2)


class Writer(threading.Thread):
    """Sends batches on one connection until it breaks."""

    def __init__(self, daemon, round_name, name, seed):
        super().__init__()
        self.connection = daemon.connect()
        self.random = random.Random(seed)
        self.round_name, self.writer = round_name, name
        self.sent, self.acknowledged, self.refused = [], 0, []

    def run(self):
        while True:
            batch = Batch(self.round_name, self.writer, len(self.sent), self.random)
            self.sent.append(batch)
            try:
                answer = self.connection.post(
                    f"/api/v1/{batch.table}", batch.body(), Idempotency_Key=batch.key)
            except (OSError, http.client.HTTPException):
                return
            if answer.status != 200 or answer.json()["accepted"] != batch.size:
                self.refused.append((batch.key, answer))
                return
            self.acknowledged += 1


def stored(daemon, view, writer):
    """Batch key → what `Batch.expected` says, of one writer: its session and its run."""
    found = {}
    with daemon.connect() as connection:
        def ask(path, **parameters):
            query = urllib.parse.urlencode({**parameters, "view": view})
            answer = connection.get(f"/api/v1/{path}?{query}")
            assert answer.status == 200, answer.body
            return answer.json()["rows"]

        spans = {}
        for row in ask(f"session/{writer}"):
            spans.setdefault(row["trace_id"], []).append((row["span_id"], row["output_tokens"]))
        for key, rows in spans.items():
            numbers = [number for _, number in rows]
            found[key] = (len(rows), len(set(rows)), max(numbers), sum(numbers))
        for row in ask("metrics/stats", run=writer):
            # Steps and values are 0, 1, …: as many as the largest says, so that none is missing.
            count, last = row["count"], int(row["max"])
            assert row["min"] == 0 and row["last_step"] == last
            found[row["name"]] = (count, last + 1, last, int(row["mean"] * count))
    return found


def check(daemon, writers):
    for view in ("raw", "dedup"):
        for writer in writers:
            found = stored(daemon, view, writer.writer)
            present = [batch.key in found for batch in writer.sent]
            last = sum(present)
            assert all(present[:last]), f"{writer.writer}: a hole in {present}"
            assert last >= writer.acknowledged, f"{writer.writer}: an acknowledged batch is lost"
            for batch in writer.sent[:last]:
                assert found.pop(batch.key) == batch.expected(), f"{view} {batch.key}"
            assert not found, f"never sent: {sorted(found)[:5]}"


def send_again(daemon, writers):
    """Every batch without an answer, with its key; then it is there, once."""
    with daemon.connect() as connection:
        for writer in writers:
            for batch in writer.sent[writer.acknowledged:]:
                answer = connection.post(
                    f"/api/v1/{batch.table}", batch.body(), Idempotency_Key=batch.key)
                assert (answer.status, answer.json()["accepted"]) == (200, batch.size)
                writer.acknowledged += 1


def test_nothing_acknowledged_is_lost(new_daemon):
    chance = random.Random(SEED)
    daemon = new_daemon()
    rounds = {}
    for number in range(ROUNDS):
        round_name = f"round-{number:02d}"
        daemon.start()
        if rounds:
            previous = list(rounds)[-1]
            check(daemon, rounds[previous])
            send_again(daemon, rounds[previous])
            check(daemon, rounds[previous])
        writers = [Writer(daemon, round_name, f"{round_name}-w{index}", chance.getrandbits(64))
                   for index in range(chance.randint(4, 8))]
        rounds[round_name] = writers
        for writer in writers:
            writer.start()
        # Some rounds die while a seal and a merge are under way.
        compaction = None
        if number % 3 == 2:
            compaction = threading.Thread(
                target=daemon.spanq, args=("compact",), kwargs={"check": False})
            compaction.start()
        time.sleep(chance.uniform(0.005, 0.6))
        daemon.kill()
        for thread in writers + ([compaction] if compaction else []):
            thread.join(60)
            assert not thread.is_alive()
        refused = [item for writer in writers for item in writer.refused]
        assert not refused, refused[:3]
    daemon.start()
    previous = list(rounds)[-1]
    check(daemon, rounds[previous])
    send_again(daemon, rounds[previous])
    for compacted in (False, True):
        if compacted:
            daemon.spanq("compact")
        for writers in rounds.values():
            check(daemon, writers)
    assert sum(writer.acknowledged for writers in rounds.values() for writer in writers) >= ROUNDS
    assert daemon.stop() == 0
