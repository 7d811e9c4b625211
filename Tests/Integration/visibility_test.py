"""Acknowledged means visible, whole, to every reader at once (promises R1, R2, R13)."""

import random
import threading
from decimal import Decimal

START = 1_772_442_000_000_000_000
WRITERS = 4
BATCHES = 40


def spans(key, size):
    return [{"trace_id": key, "span_id": f"s{n}", "session_id": "one", "agent_name": "a",
             "start_time_unix_nano": START + n, "end_time_unix_nano": START + n + 1_000,
             "input_tokens": size, "cost_usd": "0.000001"} for n in range(size)]


def test_a_write_is_seen_by_the_next_read_and_never_in_part(daemon):
    problems = []
    done = threading.Event()

    def write(writer):
        chance = random.Random(writer)
        with daemon.connect() as mine, daemon.connect() as other:
            for number in range(BATCHES):
                key, size = f"w{writer}-{number}", chance.randint(1, 300)
                daemon.store_lines("spans", spans(key, size))
                for connection in (mine, other):
                    rows = connection.get(f"/api/v1/trace/{key}").json()["rows"]
                    if len(rows) != size:
                        problems.append(f"{key}: {len(rows)} of {size} after the answer")

    def read():
        """Each row of a batch says how large it is; each total may only grow."""
        last = 0
        with daemon.connect() as connection:
            while not done.is_set():
                rows = connection.get("/api/v1/costs?by=trace_id").json()["rows"]
                problems.extend(f"{row} in part" for row in rows
                                if row["input_tokens"] != row["priced_count"] ** 2)
                sessions = connection.get("/api/v1/sessions").json()["rows"]
                total = sessions[0]["span_count"] if sessions else 0
                if total < last:
                    problems.append(f"the session shrank from {last} to {total}")
                last = total

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join(120)
    done.set()
    for thread in readers:
        thread.join(60)
    assert not problems, problems[:5]
    (session,) = daemon.rows("sessions")
    assert session["trace_count"] == WRITERS * BATCHES


def test_a_reader_keeps_its_snapshot_while_segments_change(daemon):
    """The same totals before, during and after a seal and a merge."""
    for number in range(30):
        daemon.store_lines("spans", spans(f"t{number}", 100))

    def totals():
        return [daemon.rows(question, "--by", "session_id") for question in ("costs", "latency")]

    before = totals()
    compaction = threading.Thread(target=daemon.spanq, args=("compact",))
    compaction.start()
    during = [totals() for _ in range(10)]
    compaction.join(120)
    assert all(rows == before for rows in during)
    assert totals() == before
    (costs,), (latency,) = before
    assert (latency["count"], costs["input_tokens"]) == (3_000, 300_000)
    assert (latency["min_ms"], latency["max_ms"]) == (Decimal("0.001"), Decimal("0.001"))
