"""Random SELECTs over the tables of sql_data.py that the store and DuckDB must answer alike.

What the two define differently is not asked: sums of doubles that depend on order, ties of arg_min,
rows without a total order, and count_if, which DuckDB answers with null where there is nothing to
count.
"""

_COLUMNS = {
    "spans": {
        "int": ["input_tokens", "output_tokens", "total_tokens", "version", "duration_ns"],
        "float": ["duration_ms"], "money": ["cost_usd"],
        "text": ["name", "kind", "status", "project", "session_id", "agent_name", "model", "source",
                 "attributes['tier']", "attributes['n']", "input"],
        "id": ["trace_id", "span_id", "parent_span_id"],
        "time": ["start_time", "end_time"],
    },
    "metrics": {
        "int": ["step"], "float": ["value"], "money": [], "text": ["project", "run_id", "name"],
        "id": [], "time": ["time"],
    },
    "sessions": {
        "int": ["span_count", "trace_count", "error_count", "llm_count", "input_tokens",
                "output_tokens", "total_tokens"],
        "float": ["duration_ms"], "money": ["cost_usd"],
        "text": ["session_id", "project", "status", "worst_status"], "id": [],
        "time": ["started_at", "ended_at"],
    },
    "traces": {
        "int": ["span_count", "error_count", "llm_count", "input_tokens", "total_tokens"],
        "float": ["duration_ms"], "money": ["cost_usd"],
        "text": ["name", "source", "session_id", "agent_name", "project", "status", "worst_status"],
        "id": ["trace_id"], "time": ["started_at", "ended_at"],
    },
}
# Integers whose sums and squares are exact in both.
_SMALL = {
    "spans": ["input_tokens", "output_tokens", "input_tokens + output_tokens", "version",
              "length(name)", "input_tokens * 2"],
    "metrics": ["step", "step * 3 - 1", "step % 7", "length(name)"],
    "sessions": ["span_count", "trace_count", "input_tokens", "llm_count * 2 - error_count"],
    "traces": ["span_count", "error_count", "input_tokens", "length(source)"],
}
_LENGTH = {"spans": ("start_time", "end_time"), "sessions": ("started_at", "ended_at"),
           "traces": ("started_at", "ended_at")}
_TEXTS = ["alpha", "Beta", "ok", "error", "LLM", "agent-3", "session-7", "gold", "", "1.5", "世界",
          "it''s", "two", "m-a", "loss", "2"]
_PATTERNS = ["%a%", "a%", "%a", "_eta", "%世%", "%", "", "g%_1", "100%", "%t%e%", "agent-_", "%''s"]
_COMPARISONS = ["=", "<>", "<", "<=", ">", ">=", "!="]


class Queries:
    def __init__(self, chance):
        self.chance = chance

    def next(self):
        chance = self.chance
        self.table = chance.choice(["spans", "spans", "spans", "metrics", "metrics", "sessions",
                                    "traces"])
        self.is_raw = self.table in ("spans", "metrics") and chance.random() < 0.4
        self.columns = _COLUMNS[self.table]
        source = self.table + ("_raw" if self.is_raw else "")
        where = ""
        if chance.random() < 0.8:
            count = chance.choice([1, 1, 2, 2, 3, 4, 5, 6])
            parts = [self.condition(1) for _ in range(count)]
            where = " WHERE " + chance.choice([" AND ", " OR "]).join(parts)
        kind = chance.random()
        if kind < 0.55:
            return self.grouped(source, where)
        if kind < 0.65:
            return self.distinct(source, where)
        return self.rows(source, where)

    # Queries

    def rows(self, source, where):
        """All selected columns are in ORDER BY, so rows that may change places are equal."""
        items = [self.any(2) for _ in range(self.chance.randint(1, 5))]
        listed = [f"{item} AS c{number}" if self.chance.random() < 0.5 else item
                  for number, item in enumerate(items)]
        return f"SELECT {', '.join(listed)} FROM {source}{where}{self.order(items)}{self.page()}"

    def distinct(self, source, where):
        items = [self.key() for _ in range(self.chance.randint(1, 3))]
        return f"SELECT DISTINCT {', '.join(items)} FROM {source}{where}{self.order(items)}{self.page()}"

    def grouped(self, source, where):
        chance = self.chance
        keys = [self.key() for _ in range(chance.choice([0, 1, 1, 2, 2, 3]))]
        values = [self.aggregate_expression() for _ in range(chance.randint(1, 4))]
        items = [f"{key} AS k{number}" for number, key in enumerate(keys)]
        items += [f"{value} AS v{number}" for number, value in enumerate(values)]
        text = f"SELECT {', '.join(items)} FROM {source}{where}"
        if keys:
            style = chance.random()
            names = [str(number + 1) for number in range(len(keys))] if style < 0.3 else \
                [f"k{number}" for number in range(len(keys))] if style < 0.6 else keys
            text += " GROUP BY " + ("ALL" if style > 0.95 else ", ".join(names))
            if chance.random() < 0.3:
                text += f" HAVING {self.having()}"
        aliases = [f"k{number}" for number in range(len(keys))]
        first = []
        number = chance.randrange(len(values))
        # The last digits of these may differ, and with them the order of near equals.
        is_rounded = any(word in values[number] for word in ("var_pop", "stddev", "cont", "median"))
        if chance.random() < 0.6 and not is_rounded:
            first = [f"v{number}{self.direction()}"]
        tail = [name + self.direction() for name in aliases]
        if first + tail:
            text += " ORDER BY " + ", ".join(first + tail)
        return text + (self.page() if keys else "")

    def order(self, items):
        ordinals = list(range(1, len(items) + 1))
        self.chance.shuffle(ordinals)
        terms = []
        if self.chance.random() < 0.2:
            terms.append(items[0] + self.direction())
        terms += [f"{ordinal}{self.direction()}" for ordinal in ordinals]
        return " ORDER BY " + ", ".join(terms)

    def direction(self):
        return self.chance.choice(["", "", " ASC", " DESC", " DESC", " DESC NULLS FIRST",
                                   " NULLS FIRST", " ASC NULLS LAST", " DESC NULLS LAST"])

    def page(self):
        chance = self.chance
        text = f" LIMIT {chance.choice([0, 1, 5, 20, 200])}" if chance.random() < 0.8 else ""
        return text + (f" OFFSET {chance.choice([0, 1, 7, 50])}" if chance.random() < 0.3 else "")

    # Aggregates

    def aggregate_expression(self):
        chance = self.chance
        roll = chance.random()
        if roll < 0.75:
            return self.aggregate()
        if roll < 0.83:
            return f"sum({self.small_int()}) / count(*)"
        if roll < 0.9:
            return f"count(*) * 2 + count({self.any(0)})"
        if roll < 0.95:
            return f"CASE WHEN count(*) > {chance.randint(0, 20)} THEN max({self.integer(0)}) END"
        return f"coalesce(min({self.integer(0)}), -1) - 1"

    def aggregate(self):
        chance = self.chance
        options = [
            lambda: "count(*)", lambda: f"count({self.any(1)})",
            lambda: f"count(DISTINCT {self.any(1)})",
            lambda: f"sum({self.small_int()})", lambda: f"avg({self.small_int()})",
            lambda: f"min({self.any(1)})", lambda: f"max({self.any(1)})",
            lambda: f"quantile_disc({self.integer(1)}, {self.share()})",
            lambda: f"quantile_cont({self.integer(0)}, {self.share()})",
            lambda: f"median({self.integer(0)})",
            lambda: f"stddev_pop({self.small_int()})", lambda: f"var_pop({self.small_int()})",
            lambda: f"quantile_disc({self.time(0)}, {self.share()})",
            lambda: f"bool_or({self.condition(0)})", lambda: f"bool_and({self.condition(0)})",
        ]
        if self.table == "metrics":
            options += [lambda: "sum(value)", lambda: "avg(value)",
                        lambda: f"quantile_disc(value, {self.share()})",
                        lambda: f"quantile_cont(value, {self.share()}) FILTER (WHERE isfinite(value))"]
        else:
            options += [lambda: "sum(cost_usd)", lambda: "avg(cost_usd)", lambda: "max(cost_usd)",
                        lambda: f"quantile_disc(cost_usd, {self.share()})"]
            if not self.is_raw:
                # Starts are distinct there, so the first and the last row are known.
                start = _LENGTH[self.table][0]
                options += [lambda: f"arg_min({self.any(0)}, {start})",
                            lambda: f"arg_max({self.any(0)}, {start})"]
        text = chance.choice(options)()
        if "FILTER" not in text and chance.random() < 0.3:
            text += f" FILTER (WHERE {self.condition(1)})"
        return text

    def having(self):
        chance = self.chance
        return chance.choice([
            f"count(*) > {chance.randint(0, 30)}", f"max({self.integer(0)}) IS NOT NULL",
            f"count(*) BETWEEN 1 AND 50 OR min({self.text(0)}) < 'm'",
            f"sum({self.small_int()}) > {chance.randint(0, 10_000)}"])

    def share(self):
        return self.chance.choice(["0", "1", "0.5", "0.95", "0.99", "0.25", "0.333", "0.07"])

    # Values

    def any(self, depth):
        kinds = [self.integer, self.text, self.time, self.floating, self.identifier]
        if self.columns["money"]:
            kinds.append(self.money)
        return self.chance.choice(kinds)(depth)

    def key(self):
        chance = self.chance
        return chance.choice([
            lambda: self.text(0), lambda: self.text(0), lambda: self.text(1),
            lambda: self.integer(1), lambda: f"date_trunc('day', {self.column('time')})",
            lambda: f"time_bucket(INTERVAL '{chance.choice(['1 hour', '7 days', '1 month'])}',"
                    f" {self.column('time')})",
            lambda: f"hour({self.column('time')})", lambda: self.condition(0),
            lambda: self.floating(0), lambda: self.identifier(0)])()

    def column(self, kind):
        return self.chance.choice(self.columns[kind])

    def integer(self, depth):
        chance = self.chance
        if depth == 0 or chance.random() < 0.3:
            return self.column("int")
        return chance.choice([
            lambda: f"({self.integer(depth - 1)} + {chance.randint(-9, 9)})",
            lambda: f"({self.integer(depth - 1)} - {self.integer(0)})",
            lambda: f"({self.integer(depth - 1)} % {chance.randint(2, 9)})",
            lambda: f"({self.integer(depth - 1)} // {chance.choice([0, 2, 3, 10, 100])})",
            lambda: f"-{self.integer(0)}", lambda: f"abs({self.integer(depth - 1)})",
            lambda: f"length({self.text(depth - 1)})",
            lambda: f"coalesce({self.integer(0)}, {self.integer(0)}, {chance.randint(0, 9)})",
            lambda: f"nullif({self.integer(0)}, {chance.choice([0, 1, 7, 100])})",
            lambda: f"greatest({self.integer(0)}, {chance.randint(0, 100)}, {self.integer(0)})",
            lambda: f"least({self.integer(0)}, {chance.randint(0, 100)})",
            lambda: self.case(lambda: self.integer(0)),
            lambda: "TRY_CAST(attributes['n'] AS BIGINT)" if self.table == "spans"
                    else self.column("int"),
            lambda: f"{chance.choice(['year', 'month', 'day', 'hour', 'minute', 'dayofweek'])}"
                    f"({self.column('time')})",
        ])()

    def small_int(self):
        return self.chance.choice(_SMALL[self.table])

    def floating(self, depth):
        chance = self.chance
        if depth == 0 or chance.random() < 0.4:
            return self.column("float")
        return chance.choice([
            lambda: f"({self.floating(depth - 1)} * 2e0)", lambda: f"({self.integer(0)} / 4)",
            lambda: f"({self.floating(depth - 1)} + {self.integer(0)})",
            lambda: f"CAST({self.integer(0)} AS DOUBLE)",
            lambda: f"abs({self.floating(depth - 1)})", lambda: f"floor({self.floating(0)})",
            lambda: f"ceil({self.floating(0)})", lambda: self.case(lambda: self.floating(0)),
            lambda: f"coalesce({self.floating(0)}, 0.5e0)",
        ])()

    def money(self, depth):
        chance = self.chance
        if depth == 0 or chance.random() < 0.5:
            return "cost_usd"
        return chance.choice([
            lambda: "(cost_usd + cost_usd)", lambda: "(cost_usd * 3)",
            lambda: "(cost_usd - 0.25)", lambda: "coalesce(cost_usd, 0.5)", lambda: "-cost_usd"])()

    def text(self, depth):
        chance = self.chance
        if depth == 0 or chance.random() < 0.4:
            return self.column("text")
        return chance.choice([
            lambda: f"lower({self.text(depth - 1)})", lambda: f"upper({self.text(depth - 1)})",
            lambda: f"({self.text(0)} || '/' || {self.text(0)})",
            lambda: f"concat({self.text(0)}, '-', {self.integer(0)})",
            lambda: f"coalesce({self.text(0)}, '{chance.choice(_TEXTS)}')",
            lambda: f"substring({self.text(0)}, {chance.randint(-3, 4)}, {chance.randint(0, 4)})",
            lambda: f"replace({self.text(0)}, 'a', 'bb')", lambda: f"trim({self.text(0)})",
            lambda: f"CAST({self.integer(0)} AS VARCHAR)",
            lambda: f"nullif({self.text(0)}, '{chance.choice(_TEXTS)}')",
            lambda: self.case(lambda: self.text(0)),
        ])()

    def identifier(self, depth):
        return self.column("id") if self.columns["id"] else self.text(depth)

    def time(self, depth):
        chance = self.chance
        if depth == 0 or chance.random() < 0.5:
            return self.column("time")
        unit = chance.choice(["second", "minute", "hour", "day", "week", "month", "quarter", "year"])
        return chance.choice([
            lambda: f"date_trunc('{unit}', {self.time(depth - 1)})",
            lambda: f"({self.column('time')} + INTERVAL '{chance.randint(1, 90)} minutes')",
            lambda: f"({self.column('time')} - INTERVAL '{chance.randint(1, 30)} days')",
            lambda: f"({self.column('time')} + INTERVAL '{chance.randint(1, 14)} months')",
            lambda: f"time_bucket(INTERVAL '{chance.choice(['90 seconds', '3 days', '1 year'])}',"
                    f" {self.column('time')})",
        ])()

    def case(self, value):
        branches = " ".join(f"WHEN {self.condition(0)} THEN {value()}"
                            for _ in range(self.chance.randint(1, 2)))
        otherwise = f" ELSE {value()}" if self.chance.random() < 0.6 else ""
        return f"CASE {branches}{otherwise} END"

    # Conditions

    def condition(self, depth):
        chance = self.chance
        if depth and chance.random() < 0.25:
            operator = chance.choice([" AND ", " OR "])
            return f"({self.condition(depth - 1)}{operator}{self.condition(depth - 1)})"
        if depth and chance.random() < 0.15:
            return f"NOT ({self.condition(depth - 1)})"
        return chance.choice([self.number_test, self.number_test, self.text_test, self.text_test,
                              self.time_test, self.null_test, self.pair_test])(depth)

    def number_test(self, depth):
        chance = self.chance
        kind = chance.random()
        if kind < 0.2 and self.columns["money"]:
            return f"{self.money(depth)} {chance.choice(_COMPARISONS)} 0.{chance.randint(0, 9)}"
        if kind < 0.5:
            literal = chance.choice(["0", "1.5", "100", "-3", "5000.25", "1e3", "0.5"])
            return f"{self.floating(depth)} {chance.choice(_COMPARISONS)} {literal}"
        value = self.integer(depth)
        literals = [str(chance.choice([0, 1, 2, 7, 100, 5_000, -1])) for _ in range(4)]
        if kind < 0.65:
            members = literals + (["NULL"] if chance.random() < 0.2 else [])
            return f"{value} {chance.choice(['', 'NOT '])}IN ({', '.join(members)})"
        if kind < 0.8:
            return f"{value} {chance.choice(['', 'NOT '])}BETWEEN {literals[0]} AND {literals[1]}"
        return f"{value} {chance.choice(_COMPARISONS)} {literals[0]}"

    def text_test(self, depth):
        chance = self.chance
        value = self.text(depth) if chance.random() < 0.8 else self.identifier(depth)
        kind = chance.random()
        if kind < 0.35:
            return f"{value} {chance.choice(_COMPARISONS)} '{chance.choice(_TEXTS)}'"
        if kind < 0.6:
            members = ", ".join(f"'{chance.choice(_TEXTS)}'" for _ in range(chance.randint(1, 4)))
            return f"{value} {chance.choice(['', 'NOT '])}IN ({members})"
        if kind < 0.9:
            like = chance.choice(["LIKE", "ILIKE", "NOT LIKE", "NOT ILIKE"])
            return f"{value} {like} '{chance.choice(_PATTERNS)}'"
        return f"contains({value}, '{chance.choice(['a', '%', '世', 'eta', '_'])}')"

    def time_test(self, depth):
        chance = self.chance
        literal = f"2026-03-{chance.randint(1, 31):02}"
        if chance.random() < 0.4:
            literal += f" {chance.randint(0, 23):02}:30:00"
        kind = chance.random()
        if kind < 0.5:
            prefix = chance.choice(["", "TIMESTAMP "])
            return f"{self.time(depth)} {chance.choice(_COMPARISONS)} {prefix}'{literal}'"
        if kind < 0.8:
            return (f"{self.column('time')} BETWEEN '{literal}' AND"
                    f" TIMESTAMP '{literal}' + INTERVAL '{chance.randint(1, 20)} days'")
        if self.table == "metrics":
            return f"'{literal}' <= time"
        start, end = _LENGTH[self.table]
        return f"{end} - {start} {chance.choice(['<', '>='])} INTERVAL '1 second'"

    def null_test(self, depth):
        return f"{self.any(depth)} IS {self.chance.choice(['', 'NOT '])}NULL"

    def pair_test(self, depth):
        chance = self.chance
        kind = chance.choice([self.integer, self.text, self.time, self.floating])
        operator = chance.choice(_COMPARISONS + ["IS DISTINCT FROM", "IS NOT DISTINCT FROM"])
        return f"{kind(depth)} {operator} {kind(0)}"
