"""Decodes the same OTLP trace requests with spand, to columns, and with swift-protobuf, to its messages, in
turns A B A B on one core, and prints the ratio of their rates.

    PYTHONPATH=Benchmarks .venv-bench/bin/python -m peers.decode --turns 7
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

from . import ours, protobuf

TARGET = 8
# Both keep what they free, as the daemon does: given back at once, it comes back as page faults.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}


def say(line):
    print(f"decode: {line}", file=sys.stderr, flush=True)


def run(*command):
    """Runs one program; its report."""
    result = subprocess.run([*map(str, command)], check=True, stdout=subprocess.PIPE,
                            env=ours.environment() | ALLOCATOR)
    return json.loads(result.stdout)


def compare(bodies, peer, turns, rounds):
    """Reports of both, turn by turn."""
    reports = {"spand": [], "swift-protobuf": []}
    for turn in range(turns):
        say(f"turn {turn + 1} of {turns}")
        reports["spand"].append(
            run(ours.program("spanbench"), "decode", bodies, "--rounds", rounds))
        reports["swift-protobuf"].append(run(peer, bodies, rounds))
    if len({report["spans"] for of in reports.values() for report in of}) != 1:
        raise SystemExit("decode: the decoders found different numbers of spans")
    return reports


def summary(reports):
    """Spans per second of each, the fastest turn, and the ratio, the median of the turns."""
    rates = {name: [report["spans"] / report["seconds"] for report in of]
             for name, of in reports.items()}
    ratios = [one / other for one, other in zip(rates["spand"], rates["swift-protobuf"])]
    return {"spans_per_second": {name: max(of) for name, of in rates.items()},
            "ratio": statistics.median(ratios), "ratio_min": min(ratios),
            "ratio_max": max(ratios)}


def main():
    parser = argparse.ArgumentParser(prog="python -m peers.decode", description=__doc__)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=5, help="passes a turn; the fastest counts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path)
    options = parser.parse_args()
    peer = protobuf.program(say)
    with tempfile.TemporaryDirectory(prefix="span-bench-") as directory:
        bodies = pathlib.Path(directory) / "bodies"
        ours.spanbench("bodies", "--seed", options.seed, bodies)
        reports = compare(bodies, peer, options.turns, options.rounds)
    result = summary(reports)
    size = reports["spand"][0]["bytes"] / reports["spand"][0]["spans"]
    for name, rate in result["spans_per_second"].items():
        print(f"{name:15} {rate:12,.0f} spans/s of {size:.0f} bytes")
    mark = "" if result["ratio"] >= TARGET else " ✗"
    print(f"ratio           {result['ratio']:12.2f} ({result['ratio_min']:.2f} to"
          f" {result['ratio_max']:.2f}), wanted {TARGET}{mark}")
    if options.json:
        options.json.write_text(json.dumps(result | {"turns": reports}, indent=1) + "\n")


if __name__ == "__main__":
    main()
