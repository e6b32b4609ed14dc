"""Coverage-guided fuzzing of what reads bytes of others: `python scripts/fuzz_inputs.py TARGET [CORPUS] [-max_total_time=300 …]`.

Needs `pip install atheris` (Linux). Targets: scan, notebook, ignore, config, prefilter, cache, audit, lint. A target fails where it raises what it
does not promise, or says "internal error". Options behind the corpus are those of libFuzzer. What is found is kept as a test in
tests/test_reproducers.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["llmlint"]):
    from llmlint.audit.reading import read
    from llmlint.cache.records import from_record
    from llmlint.cache.store import Cache
    from llmlint.config import ConfigError, SettingsResolver
    from llmlint.discover.ignorefiles import chain_above, slashed
    from llmlint.discover.prefilter import may_hold_call
    from llmlint.engine import Run
    from llmlint.findings import FileError
    from llmlint.fixing import fix
    from llmlint.loading import load_bytes
    from llmlint.unused_suppression import known_rules

FOLDER = Path(tempfile.mkdtemp())
HEAD = b"import anthropic\nclient = anthropic.Anthropic()\n"


def must_not_fail(outcome: object) -> None:
    if isinstance(outcome, FileError) and "internal error" in outcome.message:
        raise AssertionError(outcome.message)


def scan(data: bytes) -> None:
    must_not_fail(load_bytes("a.py", data))


def notebook(data: bytes) -> None:
    must_not_fail(load_bytes("a.ipynb", data))


def ignore(data: bytes) -> None:
    (FOLDER / ".git").mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_bytes(data)
    base = slashed(str(FOLDER))
    chain = chain_above(base).entering(base, {".gitignore"})
    for name in ("a.py", "b.pyc", "build"):
        chain.ignores(base, name, is_folder=name == "build")


def config(data: bytes) -> None:
    for name in ("llmlint.toml", "pyproject.toml"):
        (FOLDER / name).write_bytes(data)
        try:
            SettingsResolver(str(FOLDER), known=known_rules()).for_directory(str(FOLDER))
        except ConfigError:
            pass
        finally:
            (FOLDER / name).unlink()


def prefilter(data: bytes) -> None:
    may_hold_call(data)


def cache(data: bytes) -> None:
    with contextlib.suppress(ValueError, TypeError, RecursionError):
        from_record(json.loads(data))
    folder = FOLDER / "cache"
    store = Cache(str(folder))
    store.write("name", {"a": 1})
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in (".gitignore", "CACHEDIR.TAG"):
            path.write_bytes(data)
    store.read("name")


def audit(data: bytes) -> None:
    for name in ("a.jsonl", "a.csv", "a.json"):
        path = FOLDER / name
        path.write_bytes(data)
        for error in read([str(path)]).errors:
            must_not_fail(error)


def lint(data: bytes) -> None:
    rules = known_rules()
    run = Run.of_bytes("a.py", HEAD + data, SettingsResolver(str(FOLDER), {}, True, known=rules), rules)
    found = run.lint()
    for error in (*run.errors, *found.errors):
        must_not_fail(error)
    if any(finding.fix is not None for finding in found.findings):
        fixed = fix(run, found, unsafe=True)
        if fixed.refused:
            raise AssertionError(fixed.refused[0].reason)


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (scan, notebook, ignore, config, prefilter, cache, audit, lint)
}


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(__doc__)
    target = TARGETS[sys.argv[1]]
    os.chdir(FOLDER)
    atheris.Setup([sys.argv[0], *sys.argv[2:]], lambda data: target(bytes(data)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
