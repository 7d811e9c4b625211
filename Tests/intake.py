"""A client of NeMo Intake's face, and the bodies that the reference's own tests send."""

import datetime
import json

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

BASE = "/apis/intake/v2/workspaces"
START = 1_772_359_200_000_000_000  # 2026-03-01T10:00:00Z


class Intake:
    def __init__(self, daemon, workspace="ws"):
        self.daemon = daemon
        self.workspace = workspace

    def path(self, tail):
        return f"{BASE}/{self.workspace}/{tail}"

    def get(self, tail):
        with self.daemon.connect() as connection:
            answer = connection.get(self.path(tail))
        answer.body and json.loads(answer.body)
        return answer

    def post(self, tail, body, content_type="application/json"):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        with self.daemon.connect() as connection:
            return connection.post(self.path(tail), body, Content_Type=content_type)

    def create(self, name, **members):
        answer = self.post("experiments", {"name": name, **members})
        assert answer.status == 201, answer.body
        return json.loads(answer.body)

    def atif(self, trajectory, status=201):
        answer = self.post("ingest/atif", trajectory)
        assert answer.status == status, answer.body
        return answer

    def otlp(self, *spans, resource=(), status=200):
        request = ExportTraceServiceRequest()
        group = request.resource_spans.add()
        group.resource.attributes.extend(attributes(resource))
        scope = group.scope_spans.add()
        for span in spans:
            added = scope.spans.add()
            added.trace_id = bytes.fromhex(span.get("trace", "0a" * 16))
            added.span_id = bytes.fromhex(span["id"])
            added.parent_span_id = bytes.fromhex(span.get("parent", ""))
            added.name = "n"
            added.start_time_unix_nano = span.get("start", START)
            added.end_time_unix_nano = span.get("end", 0)
            added.status.code = span.get("code", 0)
            added.attributes.extend(attributes(span.get("attributes", {}).items()))
        answer = self.post("ingest/otlp/v1/traces", request.SerializeToString(),
                           "application/x-protobuf")
        assert answer.status == status, answer.body
        return json.loads(answer.body)

    def sessions(self, name, query=""):
        answer = self.get(f"experiments/{name}/sessions{query}")
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def spans(self, session):
        return self.daemon.rows("session", session, "--workspace", self.workspace)

    def scores(self):
        return self.daemon.rows("scores", "--workspace", self.workspace)


def attributes(items):
    def value(item):
        if isinstance(item, bool):
            return AnyValue(bool_value=item)
        if isinstance(item, int):
            return AnyValue(int_value=item)
        return AnyValue(double_value=item) if isinstance(item, float) else AnyValue(string_value=item)
    return [KeyValue(key=key, value=value(item)) for key, item in items]


def span_id(number):
    return f"{number:016x}"


def at(seconds):
    moment = datetime.datetime(2026, 3, 1, 10, tzinfo=datetime.UTC)
    moment += datetime.timedelta(seconds=seconds)
    return moment.isoformat().replace("+00:00", "Z")


def judged(case, score, cost, milliseconds, prompt, completion, start, experiment="sessions-exp"):
    """The reference's own test body."""
    return {
        "schema_version": "ATIF-v1.7", "session_id": f"sessions-exp-run-0-{case}",
        "experiment_context": {"experiment_id": experiment, "test_case_id": case},
        "agent": {"name": "sample-agent", "version": "1.0.0",
                  "model_name": "provider/sample-model"},
        "extra": {"verifier": {"started_at": at(start), "finished_at": at(start + milliseconds / 1e3)},
                  "verifier_result": {"rewards": {"reward": score}}},
        "steps": [{"step_id": 1, "timestamp": at(start), "source": "agent", "message": "done",
                   "metrics": {"prompt_tokens": prompt, "completion_tokens": completion,
                               "cost_usd": cost}}],
    }


CASES = [judged("case-a", 1.0, .05, 1000, 100, 10, 0), judged("case-b", .5, .10, 2000, 200, 20, 5),
         judged("case-c", 0.0, .20, 3000, 300, 30, 10)]


def trajectory(*steps, **members):
    return {"schema_version": "ATIF-v1.7", "session_id": "s", "agent": {"name": "a", "version": "1"},
            "steps": [{"step_id": number + 1, **step} for number, step in enumerate(steps)],
            **members}
