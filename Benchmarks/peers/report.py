"""The results as a table for people: medians, ratios, targets, losses too."""

_FORMS = ["ours", "ours arrow", "ours raw", "ClickHouse", "ClickHouse FINAL merged",
          "ClickHouse FINAL merged, by day", "ClickHouse FINAL unmerged", "DuckDB",
          "DuckDB deduplicated"]
_HEADS = ["ours", "arrow", "raw", "CH", "CH final", "CH by day", "CH unmerged", "Duck", "Duck dedup"]


def _cell(result):
    if result is None:
        return "–"
    if "median_ms" in result:
        return _figure(result["median_ms"])
    reason = result["failure"] or ""
    return "unequal" if reason.startswith("unequal") else \
        "n/a" if reason.startswith("NotAvailable") else "failed"


def _figure(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _median(results, *names):
    """The median of the first form that was measured."""
    for name in names:
        if results.get(name) and "median_ms" in results[name]:
            return results[name]["median_ms"]
    return None


def _ours(results):
    """Our better encoding; questions about every write have no deduplicated form. A wrong answer in
    either encoding is no answer."""
    names = ["ours", "ours arrow"] if "ours" in results else ["ours raw", "ours raw arrow"]
    found = [results[name] for name in names if name in results]
    if any((result.get("failure") or "").startswith("unequal") for result in found):
        return None
    return min((result["median_ms"] for result in found if "median_ms" in result), default=None)


def ratios(result):
    """Ratios of one question: against ClickHouse's deduplicated form and DuckDB's plain one, and of our
    views."""
    results = result["contestants"]
    mine = _ours(results)
    clickhouse = _median(results, "ClickHouse FINAL merged", "ClickHouse")
    duckdb = _median(results, "DuckDB")
    return {"clickhouse": clickhouse / mine if clickhouse and mine else None,
            "duckdb": duckdb / mine if duckdb and mine else None,
            "dedup_over_raw": result.get("dedup_over_raw")}


def progress(result):
    """One question's result as a line."""
    found = ratios(result)
    mine = _ours(result["contestants"])
    figures = [f"{name} {value:.2f}" for name, value in
               (("ours", mine), ("×CH", found["clickhouse"]), ("×Duck", found["duckdb"]),
                ("dedup/raw", found["dedup_over_raw"])) if value is not None]
    return f"{result['key']}: " + ", ".join(figures)


def question_table(results):
    """Medians in milliseconds, then ratios with their targets."""
    head = ["", *_HEADS, "×CH", "target", "×Duck", "target", "dedup/raw"]
    lines = []
    for result in results:
        forms = result["contestants"]
        found = ratios(result)
        arrow = forms.get("ours arrow", forms.get("ours raw arrow"))
        cells = [result["key"], *(_cell(arrow if name == "ours arrow" else forms.get(name))
                                  for name in _FORMS)]
        for peer in ("clickhouse", "duckdb"):
            target = result[f"target_{peer}"]
            ratio = found[peer]
            cells += ["–" if ratio is None else f"{ratio:.1f}{'' if ratio >= target else ' ✗'}",
                      f"{target:g}"]
        cells.append("–" if found["dedup_over_raw"] is None else f"{found['dedup_over_raw']:.2f}")
        lines.append(cells)
    return _aligned([head, *lines])


def _aligned(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(width) if column else cell.ljust(width)
                               for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
                     for row in rows)


def pairs(rows):
    """Lines of a name and its values."""
    return _aligned([[str(cell) for cell in row] for row in rows])
