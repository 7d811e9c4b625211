"""Seeded SQL that the store and DuckDB both understand.

Queries have one to six predicates joined by AND, OR and NOT, a group or none, aggregates, and a
HAVING clause now and then: defects hide where several predicates meet. Times and money are left to
the named questions; here only types that both systems print alike appear.
"""

_PREDICATES = [
    "input_tokens > {n}", "output_tokens <= {n}", "total_tokens IS NULL", "cached_tokens IS NOT NULL",
    "input_tokens BETWEEN {n} AND {n} + 3000", "input_tokens + output_tokens < {n}",
    "output_tokens * 10 - input_tokens > 0", "duration_ms > {n}", "duration_ns < {n}000000",
    "duration_ns IS NULL", "status = 'error'", "status <> 'ok'", "status IN ('ok', 'timeout')",
    "NOT (status = 'unset')", "kind = 'LLM'", "lower(kind) = 'llm'", "kind LIKE 'T%'",
    "name ILIKE 'LLM-%'", "name LIKE '%-_'", "agent_name IN ('agent-00', 'agent-03', 'agent-07')",
    "agent_name > 'agent-05'", "model = 'model-b'", "coalesce(model, 'none') = 'none'",
    "project <> 'beta'", "parent_span_id IS NULL", "session_id = 'session-1'",
    "session_id LIKE 'session-1%'", "contains(output, 'word word')", "length(output) > {n} / 10",
    "output IS NOT NULL", "cost_usd > 0.005", "cost_usd IS NULL", "test_case_id = 'case-4'",
    "CASE WHEN model IS NULL THEN kind = 'TOOL' ELSE input_tokens > {n} END",
]

_GROUPS = ["agent_name", "project", "kind", "status", "model", "name", "session_id", "test_case_id",
           "lower(kind)", "coalesce(model, 'none')"]

_AGGREGATES = [
    "count(*)", "count(input_tokens)", "count(DISTINCT model)", "count(DISTINCT session_id)",
    "sum(input_tokens)", "sum(output_tokens)", "avg(input_tokens)", "min(input_tokens)",
    "max(output_tokens)", "min(name)", "max(agent_name)", "sum(duration_ns)", "avg(duration_ms)",
    "stddev_pop(input_tokens)", "var_pop(output_tokens)", "quantile_cont(duration_ns, 0.95)",
    "quantile_disc(input_tokens, 0.5)", "arg_max(span_id, start_time)",
    "arg_min(name, start_time)", "count(*) FILTER (WHERE status = 'error')",
    "sum(input_tokens) FILTER (WHERE model = 'model-a')", "max(length(output))",
]

_HAVING = ["", "", "", " HAVING count(*) > 3", " HAVING sum(input_tokens) IS NOT NULL"]


def _condition(chance, predicates):
    if len(predicates) == 1:
        return predicates[0]
    cut = chance.randint(1, len(predicates) - 1)
    left, right = (_condition(chance, part) for part in (predicates[:cut], predicates[cut:]))
    text = f"({left} {chance.choice(['AND', 'AND', 'OR'])} {right})"
    return f"NOT {text}" if chance.random() < 0.15 else text


def query(chance):
    """(SQL text, number of leading columns that tell its rows apart)."""
    predicates = [text.format(n=chance.randint(1, 4_000))
                  for text in chance.sample(_PREDICATES, chance.randint(1, 6))]
    groups = chance.sample(_GROUPS, chance.choice([0, 1, 1, 2]))
    aggregates = chance.sample(_AGGREGATES, chance.randint(1, 4))
    items = [f"{text} AS g{n}" for n, text in enumerate(groups)]
    items += [f"{text} AS a{n}" for n, text in enumerate(aggregates)]
    sql = (f"SELECT {', '.join(items)} FROM {chance.choice(['spans', 'spans', 'spans_raw'])}"
           f" WHERE {_condition(chance, predicates)}")
    if groups:
        sql += f" GROUP BY {', '.join(groups)}" + chance.choice(_HAVING)
    return sql, len(groups)
