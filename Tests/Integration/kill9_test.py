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
                       "session_id": self.writer, "start_time_unix_nano": START + index,
                       "end_time_unix_nano": START + index + 1_000, "output_tokens": index,
                       "output": filler.randbytes(filler.randint(0, 200)).hex()}
                      for index in range(self.size))

    def expected(self):
        return (self.size, self.size, self.size * (self.size - 1) // 2)


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


def stored(daemon, view, round_name):
    """Batch key → (rows, distinct rows, sum of their numbers), of one round."""
    suffix = "" if view == "dedup" else "_raw"
    rows = daemon.sql(
        "SELECT trace_id AS key, count(*) AS n, count(DISTINCT span_id) AS d,"
        f" sum(output_tokens) AS s FROM spans{suffix} WHERE project = '{round_name}'"
        " GROUP BY trace_id")
    rows += daemon.sql(
        "SELECT name AS key, count(*) AS n, count(DISTINCT step) AS d, sum(value) AS s"
        f" FROM metrics{suffix} WHERE project = '{round_name}' GROUP BY name")
    return {row["key"]: (row["n"], row["d"], row["s"]) for row in rows}


def check(daemon, round_name, writers):
    for view in ("raw", "dedup"):
        found = stored(daemon, view, round_name)
        for writer in writers:
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
            check(daemon, previous, rounds[previous])
            send_again(daemon, rounds[previous])
            check(daemon, previous, rounds[previous])
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
    check(daemon, previous, rounds[previous])
    send_again(daemon, rounds[previous])
    for compacted in (False, True):
        if compacted:
            daemon.spanq("compact")
        for round_name, writers in rounds.items():
            check(daemon, round_name, writers)
    assert sum(writer.acknowledged for writers in rounds.values() for writer in writers) >= ROUNDS
    assert daemon.stop() == 0
