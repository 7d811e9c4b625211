"""Native NDJSON samples: spans, metrics, scores and one experiment.

Every function returns the records in the order they are to be sent; `ndjson` writes them. The
spans exercise what OTLP cannot say: patches before their complete record, versions, tombstones,
spans without an end, statuses of our own, and sessions of an experiment.
"""

import json
import math

from prose import prose

SECOND = 1_000_000_000
EXPERIMENT = "checkout-eval"
PROJECT = "evals"


def ndjson(records):
    return "".join(
        json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records
    ).encode()


def spans(random, start):
    """Twelve sessions of an experiment (two of each of six test cases), then single cases."""
    records = []
    for number in range(12):
        records += _session(random, number, start + number * 90 * SECOND)
    records += _special_cases(random, start + 7_200 * SECOND)
    return records


def _session(random, number, start):
    trace_id = f"{random.getrandbits(128):032x}"
    root_id, model_id = (f"{random.getrandbits(64):016x}" for _ in range(2))
    status = {3: "error", 7: "timeout", 9: "cancelled"}.get(number, "ok")
    length = random.randint(2, 20) * SECOND
    common = {
        "trace_id": trace_id, "project": PROJECT, "session_id": f"eval-{number:02d}",
        "experiment": EXPERIMENT, "test_case_id": f"case-{number % 6}", "agent_name": "checkout",
    }
    root = {
        **common, "span_id": root_id, "start_time_unix_nano": start, "name": "checkout",
        "kind": "AGENT", "input": prose(random, 120), "attributes": {"agent.tier": "gold"},
    }
    model = {
        **common, "span_id": model_id, "parent_span_id": root_id, "name": "chat",
        "kind": "LLM", "status": "ok", "model": "sample-large", "provider": "anthropic",
        "start_time_unix_nano": str(start + SECOND // 4),
        "end_time_unix_nano": str(start + length // 2),
        "input_tokens": random.randint(300, 900), "output_tokens": random.randint(30, 200),
        "cost_usd": f"0.{random.randint(1_000, 9_999):06d}",
        "input": prose(random, 160), "output": prose(random, 240),
        "events": [{"name": "first_token", "time_unix_nano": start + SECOND // 2,
                    "attributes": {"index": 0}}],
    }
    end = {
        "trace_id": trace_id, "span_id": root_id, "patch": True, "status": status,
        "end_time_unix_nano": start + length, "output": prose(random, 200),
        "attributes": {"agent.outcome": status},
    }
    # A tracer that flushes at the end sends the end of the root before its start.
    return [end, root, model] if number % 3 == 0 else [root, model, end]


def _special_cases(random, start):
    def span(name, **fields):
        return {"trace_id": f"case-{name}", "span_id": name, "name": name,
                "project": PROJECT, "start_time_unix_nano": start, **fields}

    return [
        # Deleted: hidden from dedup; both writes stay in raw.
        span("deleted", end_time_unix_nano=start + SECOND),
        {"trace_id": "case-deleted", "span_id": "deleted", "deleted": True},
        # The higher version wins although it comes first.
        span("versioned", version=2, status="ok", end_time_unix_nano=start + 2 * SECOND),
        span("versioned", version=1, status="error", end_time_unix_nano=start + SECOND),
        # Never ended: counted, without a duration.
        span("unfinished", agent_name="checkout"),
        # A patch whose complete record never comes: durable, in raw only.
        {"trace_id": "case-waiting", "span_id": "waiting", "patch": True, "status": "ok"},
        # The end is before the start: kept as it is, a negative duration.
        span("negative", end_time_unix_nano=start - SECOND // 1_000),
        span("json", input='{"nested":[1,2,{"deep":null}]}', status="ok",
             end_time="2026-03-02T18:00:00.000000001Z", attributes={
                 "text": "naïve – 東京 🚢", "integer": 7, "real": 0.25, "flag": True,
                 "list": ["a", 1], "nothing": None}),
    ]


_METRICS = ["train/loss", "train/accuracy", "eval/loss", "sys/gpu_utilization"]
_STEPS = 60


def metrics(random, start):
    """Two runs of four metrics: re-logged steps, late arrivals and non-finite values."""
    records = []
    for run in (7, 8):
        for step in range(_STEPS):
            for name in _METRICS:
                if name != "eval/loss" or step % 5 == 0:
                    records.append(_point(run, name, step, start + step * SECOND,
                                          _value(random, name, step)))
    # A resumed run logs steps 40 to 44 again, later.
    for step in range(40, 45):
        records.append(_point(7, "train/loss", step, start + (step + 3_600) * SECOND,
                              round(0.5 - step / 1_000, 6)))
    # Writes of steps 20 to 22 that were logged earlier than what is stored arrive last: they lose.
    for step in range(20, 23):
        records.append(_point("7", "train/loss", step, start + (step - 10) * SECOND, 99.0))
    records += [
        _point(8, "train/loss", 33, start + 5_000 * SECOND, "NaN"),
        _point(8, "train/accuracy", 34, start + 5_000 * SECOND, math.inf),
        _point(8, "sys/gpu_utilization", 35, start + 5_000 * SECOND, "-Infinity"),
    ]
    return records


def _value(random, name, step):
    if name == "train/accuracy":
        return round(1 - 0.9 * math.exp(-step / 20) + random.uniform(-0.01, 0.01), 6)
    if name == "sys/gpu_utilization":
        return random.randint(60, 100)
    return round(2.5 * math.exp(-step / 25) + random.uniform(-0.02, 0.02), 6)


def _point(run, name, step, time, value):
    return {"project": "forecast", "run_id": run, "name": name, "step": step,
            "time_unix_nano": time, "value": value}


def scores(random, start):
    """Marks of the experiment's sessions by a judge, and three by people."""
    records = []
    for number in range(12):
        session = f"eval-{number:02d}"
        records.append({
            "name": "helpfulness", "value": round(random.uniform(0.4, 1.0), 3),
            "session_id": session, "source": "judge", "time_unix_nano": start + number * SECOND})
        records.append({
            "name": "is_correct", "value": number not in (3, 7), "session_id": session,
            "source": "judge", "time_unix_nano": start + number * SECOND})
    return records + [
        {"name": "verdict", "value": "acceptable", "session_id": "eval-00", "source": "person",
         "comment": "Short and right."},
        {"name": "helpfulness", "value": 0.25, "session_id": "eval-03", "source": "person"},
        # The same mark once more: the later write replaces the earlier one.
        {"name": "helpfulness", "value": 0.75, "session_id": "eval-03", "source": "person"},
    ]


def entities():
    return [{
        "kind": "experiment", "project": PROJECT, "name": EXPERIMENT,
        "body": {"description": "Does the checkout agent finish six standard orders?",
                 "model": "sample-large", "test_cases": [f"case-{n}" for n in range(6)],
                 "repeats": 2}}]
