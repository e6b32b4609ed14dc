"""Coverage-guided fuzzing of what reads bytes of others: `python scripts/fuzz_inputs.py TARGET [CORPUS] [-max_total_time=300 …]`.

Needs `pip install atheris` (Linux). The targets are those of scripts/fuzz_targets.py. Options behind the corpus are those of libFuzzer. Inputs of
JSON are mostly changed as JSON: a value becomes one of another kind, or moves to another place; others by tokens and lines. The first input of
each fault goes to the folder of `-artifact_prefix` (found/), and the search goes on. What was found is kept in tests/reproducers/TARGET, beside
inputs that reach much; tests/test_reproducers.py runs them all.

    python scripts/fuzz_inputs.py seeds CORPUS      # writes files to start with into CORPUS/TARGET, for all targets
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import shutil
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["llmlint"]):
    from fuzz_targets import TARGETS

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "tests" / "reproducers"
OF_JSON = {"audit", "notebook", "cache", "server"}
ODD = [
    b"*", b"**", b":=", b"lambda: ", b"async ", b"await ", b"yield ", b"not ", b"\\\n", b"\f", b"\t", b"\r", b"\0", b"#", b"'''", b'"""',
    b"f'{", b"}", b"(", b")", b"[", b"]", b"{", b"match x:\n", b"type X = ", b"0x", b"1_0", b"\xc3\xa9", b"\xef\xbb\xbf", b"\xff", b"None",
    b"[a-Z]", b"[!]", b"!", b"/", b"..", b"= ", b"-", b"9" * 5000, b"[[", b"\x1b", b"select", b"nan",
]  # fmt: skip
HOSTILE: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, float("nan"), float("inf"), 2**31, 2**63, 10**400, "", "x", "\0", "\ud800", "\x1b[31m",
    "file:///a%00b", "file://[", "nan", "1e999", "9" * 5000, "2026-13-45T99:99:99Z", [], {}, [[]], [None], {"": None},
]  # fmt: skip


def slots(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a value that holds another: the container and its key."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from slots(node[key])


def change(document: Any, chance: random.Random) -> Any:
    """Change one place of a JSON value."""
    places = list(slots(document))
    if not places:
        return chance.choice(HOSTILE)
    container, key = chance.choice(places)
    kind = chance.randrange(6)
    if kind == 0 and isinstance(container, dict):
        del container[key]
    elif kind == 1:
        other, other_key = chance.choice(places)
        container[key] = json.loads(json.dumps(other[other_key]))
    elif kind == 2 and isinstance(container, dict):
        container[chance.choice(places)[1] if chance.random() < 0.5 else "x"] = container.pop(key)
    elif kind == 3:
        container[key] = [container[key]] * chance.choice((1, 2, 30))
    elif kind == 4 and isinstance(container[key], int | float):
        container[key] = chance.choice((-container[key], container[key] * 2**40, str(container[key]), container[key] + 0.5))
    else:
        container[key] = chance.choice(HOSTILE)
    return document


_TOKEN = re.compile(rb"\w+|\s+|[^\w\s]")


def mutate_source(data: bytes, max_size: int, seed: int) -> bytes:
    """Change source by its tokens and lines, so that much of it still parses."""
    chance = random.Random(seed)
    if chance.random() < 0.3:
        changed: bytes = atheris.Mutate(data, max_size)
        return changed
    pattern = chance.choice((_TOKEN, re.compile(rb"[^\n]*\n|[^\n]+")))
    parts = pattern.findall(data)
    for _ in range(chance.choice((1, 1, 2, 5)) if parts else 0):
        at, other = chance.randrange(len(parts)), chance.randrange(len(parts))
        kind = chance.randrange(5)
        if kind == 0:
            parts[at] = parts[other]
        elif kind == 1:
            parts.insert(at, parts[other])
        elif kind == 2 and len(parts) > 1:
            del parts[at]
        elif kind == 3:
            parts[at], parts[other] = parts[other], parts[at]
        else:
            parts[at] = chance.choice(ODD)
    return b"".join(parts)[:max_size]


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Change an input of JSON, or of one JSON value a line."""
    chance = random.Random(seed)
    changed: bytes = atheris.Mutate(data, max_size)
    if chance.random() < 0.4:
        return changed
    lines = [data] if chance.random() < 0.5 and data.lstrip()[:1] in (b"{", b"[") and b"\n{" not in data else data.split(b"\n")
    at = chance.randrange(len(lines))
    if len(lines) > 1 and chance.random() < 0.2:
        lines.insert(at, lines[chance.randrange(len(lines))])
    try:
        document = change(json.loads(lines[at]), chance)
        lines[at] = json.dumps(document).encode()
    except (ValueError, RecursionError, TypeError):
        return changed
    return b"\n".join(lines)[:max_size]


class Keeper:
    """Runs a target, and keeps the first input of each kind of fault in a folder, so that one fault does not end the search for others."""

    def __init__(self, name: str, folder: Path) -> None:
        self._target, self._prefix = TARGETS[name], folder / name
        self._seen: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, data: bytes) -> None:
        try:
            self._target(bytes(data))
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__}: {frame.filename}:{frame.lineno}: {re.sub('[0-9]+', 'N', str(error))[:300]}"
            if kind not in self._seen:
                self._seen.add(kind)
                path = Path(f"{self._prefix}-{hashlib.sha256(data).hexdigest()[:12]}")
                path.write_bytes(data)
                print(f"FOUND {path}: {kind}", file=sys.stderr, flush=True)


def write_seeds(corpus: Path) -> None:
    """Files of the project that show what each input looks like."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    from tests.audit.test_formats import RECORDS

    for target in TARGETS:
        (corpus / target).mkdir(parents=True, exist_ok=True)
        for kept in sorted((KEPT / target).glob("*")):
            shutil.copy(kept, corpus / target / kept.name)
    sources = sorted(path for path in (ROOT / "fixtures").rglob("*.py") if path.stat().st_size < 6000)
    for path in random.Random(1).sample(sources, 150):
        for target in ("scan", "lint", "prefilter"):
            shutil.copy(path, corpus / target / f"{path.parent.name}_{path.name}")
    for path in [*ROOT.glob("fixtures/**/*.ipynb"), *ROOT.glob("tests/**/*.ipynb")]:
        if path.stat().st_size < 10_000:
            shutil.copy(path, corpus / "notebook" / path.name)
    for number, (name, record, _) in enumerate(RECORDS):
        (corpus / "audit" / f"{name}-{number}").write_text(json.dumps(record) + "\n" + json.dumps(record))
    for path in [ROOT / "pyproject.toml", *ROOT.glob("examples/**/*.toml")]:
        shutil.copy(path, corpus / "config" / f"{path.parent.name}_{path.name}")


def main() -> None:
    if len(sys.argv) > 2 and sys.argv[1] == "seeds":
        write_seeds(Path(sys.argv[2]))
        return
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(__doc__)
    found = next((each[len("-artifact_prefix=") :] for each in sys.argv if each.startswith("-artifact_prefix=")), "found/")
    target = Keeper(sys.argv[1], Path(found).parent if not found.endswith("/") else Path(found))
    mutator = mutate if sys.argv[1] in OF_JSON else mutate_source
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target, custom_mutator=mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
