"""Answers of different systems as comparable values. Floats are equal within 1e-9 relative, all
else exactly; an absent value is None for every system (ClickHouse has empty strings and zeros for
it, as its low-cardinality columns are used)."""

import calendar
import json
import math
import time
from decimal import Decimal


def text(value):
    return value.decode() if isinstance(value, bytes) else value or None


def hexadecimal(value):
    """Hexadecimal digits without leading zeros: identifiers, however they are kept."""
    return (value or "").replace("-", "").lower().lstrip("0") or None


def integer(value):
    return None if value is None else int(value)


def number(value):
    """A float; whatever is not finite counts as absent, as the series answers have it."""
    if value is None:
        return None
    value = float(value)
    return value if math.isfinite(value) else None


def decimal(value):
    return None if value is None else Decimal(value).normalize()


def instant(value):
    """Nanoseconds since the epoch, from a number, an Arrow timestamp or RFC 3339."""
    if value is None or isinstance(value, int):
        return value
    if hasattr(value, "value"):
        return value.value
    whole, _, fraction = value.removesuffix("Z").partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 10**9 + int(fraction.ljust(9, "0"))


def scores(value):
    """Names and means, from an object, its text, or pairs."""
    if isinstance(value, str):
        value = json.loads(value)
    if isinstance(value, dict):
        pairs = value.items()
    else:
        pairs = [tuple(item.values()) if isinstance(item, dict) else item for item in value or []]
    return tuple(sorted((text(name), float(mean)) for name, mean in pairs))


def attributes(value):
    """Attributes as text, the way a map of strings holds them."""
    if isinstance(value, str):
        value = json.loads(value, parse_float=Decimal)
    pairs = value.items() if isinstance(value, dict) else value or []
    return tuple(sorted((text(key), _plain(item)) for key, item in pairs))


def _plain(item):
    if isinstance(item, bool):
        return "true" if item else "false"
    return text(item) if isinstance(item, (str, bytes)) else str(item)


def normalised(rows, question):
    """Rows as tuples in the order of the question's columns."""
    if question.is_count:
        return [(sum(row["count"] for row in rows),)]
    result = [tuple(read(row[name]) for name, read in question.columns.items()) for row in rows]
    return result if question.order_matters else sorted(result, key=_sort_key)


def _sort_key(row):
    # Floats last and rounded: the last bit must not decide the order.
    return tuple((value is None, "" if value is None else
                  round(value, 6) if isinstance(value, float) else value) for value in row)


def difference(left, right):
    """None when equal, else a line that says what differs first."""
    if len(left) != len(right):
        return f"{len(left)} rows against {len(right)}"
    for index, (one, other) in enumerate(zip(left, right)):
        for column, (a, b) in enumerate(zip(one, other)):
            if not _same(a, b):
                return f"row {index}, column {column}: {a!r} against {b!r}"
    return None


def _same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=0)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b))
    return a == b
