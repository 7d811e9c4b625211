"""Agent-shaped workloads, written with the OpenTelemetry API alone.

A `Workload` owns a tracer whose ids and times come from a seed, so a recording can be repeated.
Its methods create the spans of one step of an agent; a dialect (see `dialects.py`) names the
attributes. Times are explicit: `clock` is nanoseconds since the epoch and moves as steps run.
"""

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import SpanKind, Status, StatusCode

from prose import prose

MILLISECOND = 1_000_000
SECOND = 1_000_000_000


class SeededIds(IdGenerator):
    """Ids from a seed, or those of `repeated` (a span context) while it is set."""

    repeated = None

    def __init__(self, random):
        self._random = random

    def generate_span_id(self):
        return self.repeated.span_id if self.repeated else self._random.getrandbits(64) or 1

    def generate_trace_id(self):
        return self.repeated.trace_id if self.repeated else self._random.getrandbits(128) or 1


class Workload:
    def __init__(self, random, exporter, dialect, resource, start):
        self.random = random
        self.dialect = dialect
        self.clock = start
        self.ids = SeededIds(random)
        self.provider = TracerProvider(
            resource=Resource(resource), id_generator=self.ids, shutdown_on_exit=False)
        # Exports happen at `flush` alone: one request for each call.
        self.processor = BatchSpanProcessor(
            exporter, max_queue_size=4_096, max_export_batch_size=4_096,
            schedule_delay_millis=3_600_000)
        self.provider.add_span_processor(self.processor)
        self.tracer = self.provider.get_tracer("sample.agent", "1.2.0")
        self.ended = []

    def flush(self):
        self.provider.force_flush()

    def sleep(self, milliseconds):
        self.clock += int(milliseconds * MILLISECOND)

    def duration(self, median_milliseconds):
        """A lognormal duration with a heavy tail, in milliseconds."""
        return round(median_milliseconds * self.random.lognormvariate(0, 0.6), 3)

    def session(self, session, agent, model, turns, options=()):
        """One conversation: `turns` traces, each an agent with LLM and tool steps."""
        user = f"user-{self.random.randrange(12):02d}"
        for turn in range(turns):
            self.turn(session, user, agent, model, options if turn == turns - 1 else ())
            self.sleep(self.random.randint(5_000, 60_000))

    def turn(self, session, user, agent, model, options):
        question = prose(self.random, 160)
        root = self._start(
            f"invoke_agent {agent}", None, SpanKind.INTERNAL,
            self.dialect.agent(session, user, agent, question))
        failed = False
        self.sleep(self.random.randint(1, 9))
        self.llm(root, session, agent, model, question, "retry" in options)
        for tool in self.random.sample(["search", "read_file", "run_tests", "sql"], 2):
            failed = self.tool(root, session, agent, tool, options) or failed
            self.llm(root, session, agent, model, prose(self.random, 240), False)
        answer = prose(self.random, 320)
        for key, value in self.dialect.answer(answer).items():
            root.set_attribute(key, value)
        self._end(root, StatusCode.ERROR if failed else StatusCode.OK,
                  "a tool failed" if failed else None)

    def llm(self, parent, session, agent, model, question, is_retried):
        """One model call; a retried one fails first with the provider's 429."""
        for attempt in range(2 if is_retried else 1):
            is_failed = is_retried and attempt == 0
            usage = None if is_failed else self._usage()
            answer = None if is_failed else prose(self.random, self.random.randint(200, 480))
            span = self._start(
                f"chat {model}", parent, SpanKind.CLIENT,
                self.dialect.llm(session, agent, model, question, answer, usage))
            milliseconds = self.duration(900)
            if is_failed:
                self.sleep(milliseconds)
                span.add_event("exception", {
                    "exception.type": "RateLimitError",
                    "exception.message": "429: too many requests"}, self.clock)
                span.set_attribute("error.type", "429")
                self._end(span, StatusCode.ERROR, "429: too many requests")
                self.sleep(250)
                continue
            self.sleep(milliseconds * 0.3)
            span.add_event("gen_ai.first_token", {"index": 0}, self.clock)
            self.sleep(milliseconds * 0.7)
            self._end(span, StatusCode.OK, None)

    def tool(self, parent, session, agent, tool, options):
        """One tool call; true when it failed for good."""
        span = self._start(
            f"execute_tool {tool}", parent, SpanKind.INTERNAL,
            self.dialect.tool(session, agent, tool, '{"query":"harbour delay","limit":5}',
                              prose(self.random, 220)))
        if "timeout" in options:
            self.sleep(30_000)
            span.set_attribute("error.type", "timeout")
            self._end(span, StatusCode.ERROR, "deadline of 30 s exceeded")
            return True
        self.sleep(self.duration(120))
        is_error = "error" in options
        if is_error:
            span.add_event("exception", {
                "exception.type": "FileNotFoundError",
                "exception.message": "report.csv does not exist"}, self.clock)
            span.set_attribute("error.type", "FileNotFoundError")
        self._end(span, StatusCode.ERROR if is_error else StatusCode.UNSET,
                  "report.csv does not exist" if is_error else None)
        return is_error

    def orphan(self, session, agent, model):
        """A span whose parent is never sent: its trace has no root."""
        lost = trace.NonRecordingSpan(trace.SpanContext(
            self.random.getrandbits(128), self.random.getrandbits(64), True,
            trace.TraceFlags(trace.TraceFlags.SAMPLED)))
        self.llm(lost, session, agent, model, prose(self.random, 120), False)

    def resend(self, spans):
        """Spans that ended before, unchanged, in the next export."""
        for span in spans:
            self.processor.on_end(span)

    def redeliver(self, span, changes):
        """The same span once more, with changed attributes: a delivery that disagrees."""
        self.ids.repeated = span.context
        parent = trace.NonRecordingSpan(span.parent) if span.parent else None
        self.clock = span.start_time
        again = self._start(span.name, parent, span.kind, {**span.attributes, **changes})
        self.ids.repeated = None
        self.clock = span.end_time
        self._end(again, StatusCode.OK, None)

    def _usage(self):
        given = self.random.randint(400, 4_000)
        written = self.random.randint(40, 600)
        return {
            "input": given, "output": written,
            "cached": given // 2 if self.random.random() < 0.4 else None,
            "cache_write": given // 8 if self.random.random() < 0.2 else None,
            "reasoning": written // 3 if self.random.random() < 0.3 else None,
            # Whole millionths of a dollar, exact in the decimal text of a double.
            "cost": (given * 3 + written * 15) / 1_000_000,
        }

    def _start(self, name, parent, kind, attributes):
        context = trace.set_span_in_context(parent) if parent else trace.Context()
        return self.tracer.start_span(
            name, context, kind, attributes, start_time=self.clock)

    def _end(self, span, code, description):
        if code is not StatusCode.UNSET:
            span.set_status(Status(code, description if code is StatusCode.ERROR else None))
        span.end(self.clock)
        self.ended.append(span)
