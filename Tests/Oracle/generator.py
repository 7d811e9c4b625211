"""Seeded agent-shaped records in arrival order: what a store meets, in small.

Sessions with a long tail, traces of an agent with model and tool calls, heavy-tailed durations,
3 % errors, unfinished and negative spans; then what deliveries do to them: records sent again with
changed fields, patches before and after their record, versions in the wrong order, tombstones, and
late arrivals. Start times are all different, so that "the earliest" is never a tie.
"""

START = 1_772_442_000_000_000_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
ATTRIBUTE_KEYS = ["agent.tier", "attempt"]

_AGENTS = [f"agent-{number:02d}" for number in range(12)]
_MODELS = ["model-a", "model-b", "model-c", "model-d"]
_PROJECTS = ["alpha", "beta", "gamma"]


class Spans:
    def __init__(self, random):
        self.random = random
        self.clock = START
        self.count = 0

    def records(self, count):
        """About `count` writes in the order they arrive."""
        records, late = [], []
        while len(records) < count:
            for record in self._trace():
                (late if self.random.random() < 0.005 else records).append(record)
            if late and self.random.random() < 0.02:
                records += late
                late = []
        return records + late

    def _trace(self):
        chance = self.random
        self.clock += chance.randint(1, 30) * SECOND // 10
        # A Zipf-like choice: few sessions are long.
        session = int(chance.paretovariate(0.7))
        common = {
            "trace_id": f"{chance.getrandbits(128):032x}" if chance.random() < 0.9
            else f"Trace {chance.getrandbits(40)}",
            "project": _PROJECTS[session % 3],
        }
        if chance.random() < 0.95:
            common["session_id"] = f"session-{session}"
            if session % 4 == 0:
                common |= {"experiment": "trial", "test_case_id": f"case-{session % 7}"}
        common["agent_name"] = _AGENTS[int(12 * chance.random() ** 2)]
        root = self._span(common, None, "AGENT", 3_000)
        yield from self._delivered(root)
        for _ in range(chance.randint(1, 14)):
            kind = chance.choice(["LLM", "llm", "TOOL", "TOOL", "CHAIN"])
            span = self._span(common, root["span_id"], kind, 400)
            if kind.lower() == "llm":
                self._add_usage(span)
            yield from self._delivered(span)

    def _span(self, common, parent, kind, median):
        chance = self.random
        self.count += 1
        # Distinct by construction: the count is in the last digits.
        start = (self.clock + chance.randint(0, SECOND)) // 1_000_000 * 1_000_000 + self.count
        length = int(median * MILLISECOND * chance.lognormvariate(0, 1.1))
        span = {**common, "span_id": f"{chance.getrandbits(64):016x}", "kind": kind,
                "name": f"{kind.lower()}-{chance.randint(1, 9)}", "start_time_unix_nano": start}
        roll = chance.random()
        if roll > 0.02:
            span["end_time_unix_nano"] = start + (-length if roll < 0.025 else length)
        status = chance.choices(
            [None, "ok", "unset", "error", "timeout", "cancelled", "retrying"],
            [10, 60, 20, 3, 1, 1, 1])[0]
        if status:
            span["status"] = status
        if parent:
            span["parent_span_id"] = parent.upper() if chance.random() < 0.1 else parent
        if chance.random() < 0.5:
            span["attributes"] = {"agent.tier": chance.choice(["gold", "silver"]),
                                  "attempt": chance.randint(1, 3)}
        if chance.random() < 0.3:
            span["output"] = "word " * chance.randint(1, 60)
        return span

    def _add_usage(self, span):
        chance = self.random
        span |= {"model": chance.choice(_MODELS), "input_tokens": chance.randint(10, 9_000),
                 "output_tokens": chance.randint(1, 900)}
        if chance.random() < 0.3:
            span["cached_tokens"] = span["input_tokens"] // 2
        if chance.random() < 0.2:
            span["reasoning_tokens"] = span["output_tokens"] // 3
        if chance.random() < 0.5:
            span["total_tokens"] = span["input_tokens"] + span["output_tokens"]
        if chance.random() < 0.9:
            span["cost_usd"] = f"{chance.randint(1, 10**10) / 10**12:.12f}"

    def _delivered(self, span):
        """The writes by which a span reaches the store."""
        chance = self.random
        roll = chance.random()
        identity = {key: span[key] for key in ("trace_id", "span_id")}
        changed = {**span, "status": "error", "output_tokens": 1}
        if roll < 0.02:  # re-delivered, changed
            return [span, changed]
        if roll < 0.03:  # re-delivered as it was
            return [span, span]
        if roll < 0.05:  # versions in the wrong order
            return [{**span, "version": 3}, {**changed, "version": 2}]
        if roll < 0.06:  # deleted; sometimes written again afterwards
            deleted = {**identity, "deleted": True}
            return [span, deleted, changed] if chance.random() < 0.3 else [span, deleted]
        if roll < 0.16:
            return self._patched(span, identity)
        if roll < 0.165:  # a patch that waits for ever
            return [{**identity, "patch": True, "status": "ok"}]
        return [span]

    def _patched(self, span, identity):
        """Begin and end as two writes, in either order, with one more patch now and then."""
        chance = self.random
        begin = {key: value for key, value in span.items() if key != "end_time_unix_nano"}
        end = {**identity, "patch": True, "status": chance.choice(["ok", "error"]),
               "attributes": {"attempt": chance.randint(4, 6)}}
        if "end_time_unix_nano" in span:
            end["end_time_unix_nano"] = span["end_time_unix_nano"]
        writes = [end, begin] if chance.random() < 0.4 else [begin, end]
        if chance.random() < 0.3:
            # Below the record's version a patch is without effect.
            begin["version"] = chance.choice([0, 1])
            writes.append({**identity, "patch": True, "version": chance.choice([0, 1]),
                           "model": "model-patched", "input_tokens": chance.randint(1, 99)})
        return writes


def metrics(random, count):
    """Points of six runs; steps written again at later, equal and earlier times; non-finite."""
    records = []
    steps = {}
    while len(records) < count:
        run, name = random.randint(1, 6), f"m{int(5 * random.random() ** 2)}/loss"
        step = steps[run, name] = steps.get((run, name), -1) + 1
        if step and random.random() < 0.06:
            step = random.randint(0, step - 1)
        shift = random.choice([0, 0, 0, 500, -500])
        value = random.choices(
            [random.gauss(0, 10), random.choice(["NaN", "Infinity", "-Infinity"]), 1e100, step],
            [96, 2, 1, 1])[0]
        records.append({
            "project": "runs", "run_id": run if random.random() < 0.5 else str(run), "name": name,
            "step": step, "time_unix_nano": START + (step + shift) * SECOND, "value": value})
    return records


def scores(random, sessions):
    records = []
    for session in sessions:
        for name in ("helpful", "correct"):
            for _ in range(random.choice([0, 1, 1, 2])):
                records.append({
                    "name": name, "session_id": session, "source": random.choice(["judge", "person"]),
                    "value": round(random.random(), 3)})
    return records
