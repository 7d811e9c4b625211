"""The oracle's tables, and how a record of the NDJSON API becomes a row of them.

Rows hold what a record carries and nothing else, but for the defaults that a complete record gets.
Attributes are looked at by name only: each asked-for key is a column of its own.
"""

import datetime

ATTRIBUTE_PREFIX = "attributes."

# Fields of a span that a patch may carry.
SPAN_FIELDS = [
    ("parent_span_id", "VARCHAR"), ("start_time", "BIGINT"), ("end_time", "BIGINT"),
    ("name", "VARCHAR"), ("kind", "VARCHAR"), ("status", "VARCHAR"), ("project", "VARCHAR"),
    ("service_name", "VARCHAR"), ("session_id", "VARCHAR"), ("user_id", "VARCHAR"),
    ("agent_name", "VARCHAR"), ("model", "VARCHAR"), ("provider", "VARCHAR"),
    ("tool_name", "VARCHAR"), ("experiment", "VARCHAR"), ("test_case_id", "VARCHAR"),
    ("input_tokens", "BIGINT"), ("output_tokens", "BIGINT"), ("cached_tokens", "BIGINT"),
    ("cache_write_tokens", "BIGINT"), ("reasoning_tokens", "BIGINT"), ("total_tokens", "BIGINT"),
    ("cost_usd", "DECIMAL(38,12)"), ("input", "VARCHAR"), ("output", "VARCHAR"),
]

_DEFAULTS = {"source": "native", "project": "default"}


def ddl(attributes):
    fields = ", ".join(f'"{name}" {kind}' for name, kind in
                       SPAN_FIELDS + [(name, "VARCHAR") for name in attributes])
    return f"""
        CREATE TABLE spans_raw (sequence BIGINT, write_kind VARCHAR, version BIGINT,
            source VARCHAR, trace_id VARCHAR, span_id VARCHAR, {fields});
        CREATE TABLE metrics_raw (sequence BIGINT, project VARCHAR, run_id VARCHAR, name VARCHAR,
            step BIGINT, time BIGINT, value DOUBLE);
        CREATE TABLE scores_raw (sequence BIGINT, trace_id VARCHAR, span_id VARCHAR,
            session_id VARCHAR, name VARCHAR, source VARCHAR, value DOUBLE, text VARCHAR);"""


def span_row(record, sequence, attributes):
    kind = "tombstone" if record.get("deleted") else "patch" if record.get("patch") else "complete"
    row = {"sequence": sequence, "write_kind": kind, "version": record.get("version", 0),
           "source": record.get("source", _DEFAULTS["source"]),
           "trace_id": _identifier(record["trace_id"]), "span_id": _identifier(record["span_id"])}
    for name, _ in SPAN_FIELDS:
        row[name] = record.get(name)
    if row["parent_span_id"] is not None:
        row["parent_span_id"] = _identifier(row["parent_span_id"])
    row["start_time"], row["end_time"] = _time(record, "start_time"), _time(record, "end_time")
    if kind == "complete" and row["project"] is None:
        row["project"] = _DEFAULTS["project"]
    if row["cost_usd"] is not None:
        row["cost_usd"] = str(row["cost_usd"])
    bag = record.get("attributes", {})
    for name in attributes:
        row[name] = _text(bag.get(name.removeprefix(ATTRIBUTE_PREFIX)))
    return row


def metric_row(record, sequence, _):
    return {"sequence": sequence, "project": record["project"], "run_id": str(record["run_id"]),
            "name": record["name"], "step": record["step"], "time": _time(record, "time"),
            "value": str(record["value"])}


def score_row(record, sequence, _):
    value = record["value"]
    is_text = isinstance(value, str)
    return {"sequence": sequence, "trace_id": record.get("trace_id"),
            "span_id": record.get("span_id"), "session_id": record.get("session_id"),
            "name": record["name"], "source": record.get("source"),
            "value": None if is_text else float(value), "text": value if is_text else None}


def _identifier(text):
    """32- and 16-digit hex is one id in either case."""
    is_hex = len(text) in (16, 32) and all(digit in "0123456789abcdefABCDEF" for digit in text)
    return text.lower() if is_hex else text


def _time(record, name):
    if f"{name}_unix_nano" in record:
        return int(record[f"{name}_unix_nano"])
    if name in record:
        moment = datetime.datetime.fromisoformat(record[name])
        delta = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return (delta.days * 86_400 + delta.seconds) * 1_000_000_000 + delta.microseconds * 1_000
    return None


def _text(value):
    """An attribute's text: attributes['key'] is text, whatever was sent."""
    if value is None or isinstance(value, str):
        return value
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
