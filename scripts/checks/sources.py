"""Rules of CONTRIBUTING.md that a formatter does not know, and a report of sizes.

Gates: file headers, forced tries, reminders, paths of one machine, unsafe code only where
SAFETY.md names it. Reports without gating: lengths of files and functions, amount of unsafe code.
"""

import pathlib
import re
import statistics
import subprocess
import sys

_REMINDER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
_MACHINE_PATH = re.compile(r"(?:^|[^\w.])/(?:tmp|work|farm|root|home)/\w", re.MULTILINE)
_FORCED_TRY = re.compile(r"\btry!")
_UNSAFE = re.compile(r"\b(?:Unsafe\w+|withUnsafe\w+|unsafeBitCast|unsafe\w*|Unmanaged)\b")
_FUNCTION = re.compile(
    r"^(\s*)(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|private|fileprivate|internal|static|"
    r"mutating|consuming|borrowing|final|override|convenience|nonisolated|required|async)\s+)*"
    r"(?:func\s+([^\s(<]+)|(init)[?]?[(<]|(deinit)\b|(subscript)[(<])")


def files(root, *patterns):
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-co", "--exclude-standard", "--", *patterns],
        check=True, capture_output=True, text=True).stdout.splitlines()
    return [path for name in listed if (path := root / name).is_file()]


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def matches(path, text, pattern, what, root):
    return [f"{path.relative_to(root)}:{line_of(text, match.start())}: {what}"
            for match in pattern.finditer(text)]


def gate(root):
    problems = []
    for path in files(root, "Sources/*.swift", "Tests/*.swift", "Benchmarks/*.swift"):
        text = path.read_text()
        name = path.relative_to(root)
        if name.name == "Package.swift":
            continue
        if not all(line.startswith("//") for line in text.split("\n")[:1]):
            problems.append(f"{name}:1: the file does not open with a header comment")
        problems += matches(path, text, _FORCED_TRY, "forced try", root)
    for path in files(root, "*.swift", "*.c", "*.h", "*.md", "*.py", "*.sh", "scripts"):
        if "sample-data" in path.parts:
            continue
        text = path.read_text()
        problems += matches(path, text, _REMINDER, "a reminder; do it or open an issue", root)
        if "Tests" not in path.relative_to(root).parts:
            problems += matches(path, text, _MACHINE_PATH, "a path of one machine", root)
    return problems


def unsafe(root):
    """Problems, and the number of unsafe spellings by folder."""
    safety = root / "SAFETY.md"
    named = set(re.findall(r"`(Sources/[\w/]+)`", safety.read_text())) if safety.exists() else set()
    counts = {}
    for path in files(root, "Sources/*.swift"):
        code = "\n".join(line.split("//")[0] for line in path.read_text().splitlines())
        count = len(_UNSAFE.findall(code))
        if count:
            folder = str(path.relative_to(root).parent)
            counts[folder] = counts.get(folder, 0) + count
    problems = [f"SAFETY.md does not name {folder}, which has unsafe code ({count})"
                for folder, count in sorted(counts.items())
                if not any((folder + "/").startswith(name + "/") for name in named)]
    problems += [f"SAFETY.md names {name}, which has no unsafe code" for name in sorted(named)
                 if not any((folder + "/").startswith(name + "/") for folder in counts)]
    return problems, counts


def functions(text):
    """(name, first line, length) of each function, from indentation: the formatter keeps it."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        match = _FUNCTION.match(line)
        if not match:
            continue
        closing = match[1] + "}"
        for end in range(number, len(lines)):
            if end > number and _FUNCTION.match(lines[end]) and \
                    len(_FUNCTION.match(lines[end])[1]) <= len(match[1]):
                break  # a requirement of a protocol: no body
            if lines[end] == closing or (end == number and line.endswith("}")):
                yield match[2] or match[3] or match[4] or match[5], number + 1, end - number + 1
                break


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0


def report(root, unsafe_counts):
    sizes, lengths, comments, total = {}, [], 0, 0
    for path in files(root, "Sources/*.swift"):
        text = path.read_text()
        name = str(path.relative_to(root))
        lines = text.splitlines()
        sizes[name] = len(lines)
        total += len(lines)
        comments += sum(line.lstrip().startswith("//") for line in lines)
        lengths += [(length, f"{name}:{line} {function}")
                    for function, line, length in functions(text)]
    if not sizes:
        return
    tests = sum(len(path.read_text().splitlines())
                for path in files(root, "Tests/*.swift", "Tests/*.py"))
    spans = [length for length, _ in lengths]
    print(f"sources: {len(sizes)} files, {total} lines ({100 * comments // total} % comments), "
          f"tests {tests} lines")
    print(f"files: median {statistics.median(sizes.values()):.0f}, "
          f"p90 {percentile(list(sizes.values()), 0.9)}, max {max(sizes.values())} lines; "
          f"functions: {len(spans)}, median {statistics.median(spans or [0]):.0f}, "
          f"p90 {percentile(spans, 0.9)}, max {max(spans or [0])} lines")
    for name, size in sorted(sizes.items()):
        if size > 400:
            print(f"long file: {size} {name}")
    for length, where in sorted(lengths, reverse=True):
        if length > 70:
            print(f"long function: {length} {where}")
    print("unsafe: " + (", ".join(f"{folder.removeprefix('Sources/')} {count}"
                                  for folder, count in sorted(unsafe_counts.items())) or "none"))


if __name__ == "__main__":
    repository = pathlib.Path(sys.argv[1])
    unsafe_problems, unsafe_code = unsafe(repository)
    found = gate(repository) + unsafe_problems
    report(repository, unsafe_code)
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
