"""Derived costs against genai-prices, an independent table and calculator in decimal arithmetic."""

import json
import random
from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelPrice, TieredPrices

START = 1_772_359_200_000_000_000
FIELDS = {"input_mtok": "input_cost_per_token", "output_mtok": "output_cost_per_token",
          "cache_read_mtok": "cache_read_input_token_cost",
          "cache_write_mtok": "cache_creation_input_token_cost"}
SHIPPED = [
    "gpt-5", "gpt-5-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o-2024-08-06",
    "gpt-4o-mini", "o1", "o3", "o3-mini", "o4-mini", "claude-opus-4-5-20251101", "claude-opus-4-1",
    "claude-sonnet-4-5-20250929", "claude-haiku-4-5", "claude-3-7-sonnet-latest",
    "claude-3-5-haiku-latest", "gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite",
    "gemini-2.0-flash"]


def litellm(price):
    """A price in LiteLLM's shape; nothing where it has parts that cannot be said in it."""
    entry = {}
    for name, field in FIELDS.items():
        value = getattr(price, name)
        if value is None:
            continue
        rates = [("", value.base)] + [(f"_above_{tier.start}_tokens", tier.price) for tier in value.tiers] \
            if isinstance(value, TieredPrices) else [("", value)]
        for ending, rate in rates:
            if (rate * 1_000_000) % 1:
                return {}
            entry[field + ending] = f"{rate / 1_000_000:.12f}"
    return entry


def usage(rng, entry):
    """A request; counts stay inside one another as in the convention."""
    scale = rng.choice([1_000, 150_000, 400_000])
    read, write, fresh = (rng.randrange(scale) for _ in range(3))
    read = read if "cache_read_input_token_cost" in entry else 0
    write = write if "cache_creation_input_token_cost" in entry else 0
    return {"input_tokens": fresh + read + write, "output_tokens": rng.randrange(scale),
            "cached_tokens": read, "cache_write_tokens": write}


def expected(counts):
    return Usage(input_tokens=counts["input_tokens"], output_tokens=counts["output_tokens"],
                 cache_read_tokens=counts["cached_tokens"],
                 cache_write_tokens=counts["cache_write_tokens"])


def compare(daemon, requests):
    """requests: (model, counts, cost). Each must be priced, to the last digit."""
    daemon.store_lines("spans", [
        {"trace_id": f"t{number}", "span_id": "s", "start_time_unix_nano": START, "model": model,
         **counts} for number, (model, counts, _) in enumerate(requests)])
    costs = {row["trace_id"]: row for row in daemon.rows("costs", "--by", "trace_id")}
    for number, (model, counts, cost) in enumerate(requests):
        row = costs[f"t{number}"]
        assert row["unpriced_count"] == 0, model
        assert Decimal(str(row["cost_usd"])) == cost, (model, counts)
    (total,) = daemon.rows("costs", "--by", "project")
    assert Decimal(str(total["cost_usd"])) == sum(cost for _, _, cost in requests)


@pytest.mark.parametrize("seed", range(3))
def test_the_shipped_table(daemon, seed):
    rng = random.Random(seed)
    requests = []
    for model in SHIPPED:
        counts = usage(rng, {} if model.startswith("o") else FIELDS.values())
        if not model.startswith("claude"):
            counts["input_tokens"] -= counts["cache_write_tokens"]
            counts["cache_write_tokens"] = 0
        requests.append((model, counts, calc_price(expected(counts), model_ref=model).total_price))
    compare(daemon, requests)


def test_an_imported_table(daemon, tmp_path):
    rng = random.Random(7)
    table, requests = {}, []
    for provider in get_snapshot().providers:
        for model in provider.models:
            price = model.prices
            if not isinstance(price, ModelPrice) or getattr(price, "requests_kcount", None):
                continue
            entry = litellm(price)
            if not {"input_cost_per_token", "output_cost_per_token"} <= set(entry):
                continue
            name = f"{provider.id}/{model.id}".lower()
            table[name] = {field: float(rate) for field, rate in entry.items()}
            counts = usage(rng, entry)
            requests.append((name, counts, price.calc_price(expected(counts))["total_price"]))
    assert len(requests) > 300
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(table))
    imported = json.loads(daemon.spanq("prices", "import", str(path)).stdout)
    assert imported["models"] == len(table) and imported["skipped"] == 0
    compare(daemon, requests)


def test_lists_and_differences(daemon, tmp_path):
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"gpt-4o": {"input_cost_per_token": 2e-06, "output_cost_per_token": 1e-05},
                                "new": {"input_cost_per_token": 1}}))
    changes = daemon.rows("prices", "diff", str(path))
    assert [(row["model"], row["field"], row["old_usd"], row["new_usd"]) for row in changes] == [
        ("gpt-4o", "input_cost_per_token", Decimal("0.0000025"), Decimal("0.000002")),
        ("gpt-4o", "cache_read_input_token_cost", Decimal("0.00000125"), None),
        ("new", "input_cost_per_token", None, 1)]
    daemon.spanq("prices", "import", str(path), "--from", "2026-03-01")
    rows = daemon.rows("prices", "list", "--model", "gpt-4o-2024-08-06", "--provider", "openai")
    assert [(row["input_usd"], row["effective_from"]) for row in rows] == [
        (2, "2026-03-01T00:00:00.000000000Z"), (Decimal("2.5"), None)]
    assert rows[0]["price_table"].startswith("2026-03-01T00:00:00Z-")
    bad = daemon.spanq("prices", "import", str(path), "--from", "yesterday", check=False)
    assert bad.returncode == 2
    path.write_text("[]")
    assert daemon.spanq("prices", "import", str(path), check=False).returncode == 65
