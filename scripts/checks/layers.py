"""Layers: Package.swift and every import against scripts/layers.txt.

Reads `swift package dump-package` on standard input. SwiftPM alone lets a target import whatever
happens to be built, so the imports are read from the sources. Prints one line for each violation.
"""

import json
import pathlib
import re
import sys

_IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)", re.MULTILINE)
_STANDARD = {"Swift", "Synchronization", "Dispatch", "Glibc"}
_FOUNDATION = {"Foundation", "FoundationEssentials"}
# Layers 6 and up serve users; the engine below them stays without Foundation.
_FOUNDATION_LAYER = 6
# Products of other packages that layers 0–5 may use (ARCHITECTURE.md, dependencies).
_ENGINE_PRODUCTS = {
    "Collections", "BasicContainers", "BitCollections", "DequeModule", "HashTreeCollections",
    "HeapModule", "OrderedCollections"}


class Layers:
    def __init__(self, path):
        self.layer, self.row = {}, {}
        for line in path.read_text().splitlines():
            words = line.split()
            if words and not line.startswith("#"):
                self.layer[words[1]] = int(words[0])
                self.row[words[1]] = words[2:]

    def allowed(self, target):
        """What a target may import: its row, and anything those may import."""
        if self.row[target] == ["*"]:
            return set(self.row) - {target}
        found, waiting = set(), list(self.row[target])
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.row[name]
        return found


def declared(target):
    """(targets of this package or unqualified names, products of others) a target declares."""
    names, products = set(), set()
    for dependency in target["dependencies"]:
        ((kind, value),) = dependency.items()
        (products if kind == "product" else names).add(value[0])
    return names, products


def closure(name, direct):
    found, waiting = set(), list(direct.get(name, ()))
    while waiting:
        item = waiting.pop()
        if item not in found:
            found.add(item)
            waiting += direct.get(item, ())
    return found


def main(root, package):
    layers = Layers(root / "scripts/layers.txt")
    targets = {target["name"]: target for target in package["targets"]}
    direct = {name: declared(target)[0] for name, target in targets.items()}
    problems = []
    for name, target in sorted(targets.items()):
        is_test = target["type"] == "test"
        names, products = declared(target)
        if not is_test:
            if name not in layers.row:
                problems.append(f"scripts/layers.txt has no row for target {name}")
                continue
            for other in sorted(names - layers.allowed(name)):
                problems.append(f"Package.swift: {name} may not depend on {other}")
        layer = 9 if is_test else layers.layer[name]
        if layer < _FOUNDATION_LAYER:
            for product in sorted(products - _ENGINE_PRODUCTS):
                problems.append(f"Package.swift: {name} may not use product {product}")
        folder = target.get("path") or f"{'Tests' if is_test else 'Sources'}/{name}"
        allowed = closure(name, direct) | products | _STANDARD
        if layer >= _FOUNDATION_LAYER:
            allowed |= _FOUNDATION
        if is_test or name == "SpanTesting":
            allowed |= {"Testing"} | _FOUNDATION
        problems += imports(root, folder, name, allowed)
    return problems


def imports(root, folder, target, allowed):
    problems = []
    for path in sorted((root / folder).rglob("*.swift")):
        for match in _IMPORT.finditer(path.read_text()):
            if match[1] not in allowed:
                problems.append(
                    f"{path.relative_to(root)}: {target} imports {match[1]}, which it does not"
                    " declare or may not use")
    return problems


if __name__ == "__main__":
    found = main(pathlib.Path(sys.argv[1]), json.load(sys.stdin))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
