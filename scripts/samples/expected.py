"""The known answers of the sample data, worked out from the recorded bytes alone.

Only what contract and OTLP fix is stated here: which writes there are, which identities, sessions
and points. Tests compare the store's answers with this file.
"""

import gzip
import json
from collections import Counter
from decimal import Decimal

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_SESSION_KEYS = ("gen_ai.conversation.id", "session.id")
_TOKENS = {
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens",
                     "llm.token_count.prompt"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
                      "llm.token_count.completion"),
    "cost_usd": ("gen_ai.usage.cost", "llm.cost.total"),
}


def expected(files):
    writes = {name: _otlp_spans(name, body) for name, body in files.items()
              if name.startswith("traces")}
    last = {}
    for name in sorted(writes):
        for span in writes[name]:
            last[span["id"]] = span
    return {
        "otlp": {
            "writes": {name: len(spans) for name, spans in sorted(writes.items())},
            "spans": len(last),
            "traces": len({span["id"][0] for span in last.values()}),
            "sessions": _sessions(last.values()),
            "agents": dict(sorted(Counter(span["agent"] for span in last.values()).items())),
            "error_status": sum(span["is_error"] for span in last.values()),
        },
        "spans": _native_spans(_lines(files["spans.ndjson"])),
        "metrics": _metrics(_lines(files["metrics.ndjson"])),
        "scores": _scores(_lines(files["scores.ndjson"])),
    }


def _lines(content):
    return [json.loads(line) for line in content.splitlines()]


def _otlp_spans(name, body):
    if name.endswith(".json"):
        return [_fact(span["traceId"], span["spanId"],
                      {item["key"]: _json_value(item["value"]) for item in span["attributes"]},
                      span.get("status", {}).get("code") == 2)
                for group in json.loads(body)["resourceSpans"]
                for scope in group["scopeSpans"] for span in scope["spans"]]
    if name.endswith(".gz"):
        body = gzip.decompress(body)
    return [_fact(span.trace_id.hex(), span.span_id.hex(),
                  {item.key: _protobuf_value(item.value) for item in span.attributes},
                  span.status.code == 2)
            for group in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in group.scope_spans for span in scope.spans]


def _json_value(value):
    ((kind, content),) = value.items()
    return int(content) if kind == "intValue" else content


def _protobuf_value(value):
    return getattr(value, value.WhichOneof("value"))


def _fact(trace_id, span_id, attributes, is_error):
    def first(keys):
        return next((attributes[key] for key in keys if key in attributes), None)

    cost = first(_TOKENS["cost_usd"])
    return {
        "id": (trace_id, span_id), "session": first(_SESSION_KEYS), "is_error": is_error,
        "agent": first(("gen_ai.agent.name", "agent.name")),
        "input_tokens": first(_TOKENS["input_tokens"]),
        "output_tokens": first(_TOKENS["output_tokens"]),
        "cost_usd": None if cost is None else Decimal(repr(cost)),
    }


def _sessions(spans):
    sessions = {}
    for span in spans:
        row = sessions.setdefault(span["session"], {
            "span_count": 0, "input_tokens": 0, "output_tokens": 0, "cost_usd": Decimal(0)})
        row["span_count"] += 1
        for key in ("input_tokens", "output_tokens", "cost_usd"):
            row[key] += span[key] or 0
    return {name: {**row, "cost_usd": str(row["cost_usd"])}
            for name, row in sorted(sessions.items())}


def _native_spans(records):
    identities = {}
    for record in records:
        kinds = identities.setdefault((record["trace_id"], record["span_id"]), [])
        kinds.append("patch" if record.get("patch") else
                     "tombstone" if record.get("deleted") else "complete")
    return {
        "writes": len(records),
        "spans": sum("complete" in kinds and "tombstone" not in kinds
                     for kinds in identities.values()),
        "sessions": len({r["session_id"] for r in records if "session_id" in r}),
        "waiting_patches": sum(set(kinds) == {"patch"} for kinds in identities.values()),
    }


def _metrics(records):
    """Per run and name: every write, and the points that win (latest time, then arrival)."""
    winners, writes = {}, Counter()
    for record in records:
        run, name = str(record["run_id"]), record["name"]
        writes[run, name] += 1
        points = winners.setdefault((run, name), {})
        held = points.get(record["step"])
        if held is None or record["time_unix_nano"] >= held["time_unix_nano"]:
            points[record["step"]] = record
    return [{"run_id": run, "name": name, "raw": writes[run, name],
             "dedup": len(points), "last_value": points[max(points)]["value"]}
            for (run, name), points in sorted(winners.items())]


def _scores(records):
    identities = {(r.get("session_id"), r["name"], r["source"]) for r in records}
    return {"writes": len(records), "scores": len(identities)}
