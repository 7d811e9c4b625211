"""Records scripts/sample-data: what the unmodified OpenTelemetry Python SDK sends, and NDJSON.

Run it through scripts/record-samples. Ids, times and texts come from one seed, so a second
recording gives the same bytes; only the time in a gzip header changes, and a file whose
decompressed content is the same is left alone.
"""

import gzip
import json
import pathlib
import random
import sys

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

import native
from dialects import EarlierGenAI, GenAI, OpenInference
from expected import expected
from otlp_json import otlp_json
from receiver import Receiver
from workload import SECOND, Workload

SEED = 20_260_302
START = 1_772_442_000 * SECOND  # 2026-03-02T09:00:00Z


def record_traces(seeded):
    """File name → request body, one for each of four exports."""
    bodies = {}
    with Receiver() as receiver:
        def workload(dialect, service, offset, compression=Compression.NoCompression):
            return Workload(
                seeded, OTLPSpanExporter(receiver.endpoint, compression=compression), dialect,
                {"service.name": service, "deployment.environment.name": "sample"},
                START + offset * SECOND)

        def keep(name):
            (request,) = receiver.take()
            bodies[name] = request.body
            return request

        research = workload(GenAI(), "research-desk", 0)
        for number in range(6):
            research.session(f"research-{number}", "researcher", "sample-large",
                             1 + number % 3, [[], ["retry"], ["error"]][number % 3])
        research.flush()
        keep("traces-1.pb")

        code = workload(EarlierGenAI(), "code-assistant", 3_600, Compression.Gzip)
        for number in range(5):
            code.session(f"code-{number}", "coder", "sample-code", 1 + number % 2,
                         ["timeout"] if number == 3 else ["retry"] if number == 1 else [])
        code.orphan("code-orphan", "coder", "sample-code")
        code.flush()
        request = keep("traces-2.pb.gz")
        assert request.headers["content-encoding"] == "gzip"

        support = workload(OpenInference(), "support-desk", 7_200)
        for number in range(5):
            support.session(f"support-{number}", "supporter",
                            "sample-small" if number % 2 else "sample-large", 1 + number % 2,
                            ["error", "retry"] if number == 4 else [])
        support.flush()
        keep("traces-3.pb")
        bodies["traces-3.json"] = otlp_json(bodies.pop("traces-3.pb"))

        # A collector that saw no answer sends the last spans again, and one span comes back
        # with other token counts.
        first = next(span for span in research.ended if span.name.startswith("chat"))
        research.redeliver(first, {"gen_ai.usage.output_tokens": 777})
        research.resend(research.ended[-9:-1])
        research.flush()
        keep("traces-4-resent.pb")
    return bodies


def write(folder, name, content):
    path = folder / name
    if name.endswith(".gz") and path.exists():
        if gzip.decompress(path.read_bytes()) == gzip.decompress(content):
            return
    path.write_bytes(content)


def main(folder):
    seeded = random.Random(SEED)
    files = record_traces(seeded)
    files["spans.ndjson"] = native.ndjson(native.spans(seeded, START + 10_800 * SECOND))
    files["metrics.ndjson"] = native.ndjson(native.metrics(seeded, START))
    files["scores.ndjson"] = native.ndjson(native.scores(seeded, START + 14_400 * SECOND))
    files["entities.ndjson"] = native.ndjson(native.entities())
    files["expected.json"] = (json.dumps(expected(files), indent=2) + "\n").encode()
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write(folder, name, content)
        print(f"{len(content):8} {name}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
